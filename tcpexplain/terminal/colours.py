"""How the parts of a report look in a terminal whose ground nobody knows.

The colours have a contrast of at least 4:1 on white and on black, and of 3:1 on both of Solarized's grounds. Of the sixteen
colours whose looks the terminal's user chooses, only bright red is legible on all of these grounds: where there are no more,
everything but errors keeps the terminal's own colour, and what is meant stands in the words and marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RED = "#ec2a2a"

STYLES = {
    "": "",
    "bad": f"bold {RED}",
    "failed": f"bold {RED}",
    "reset": RED,
    "suspicious": "#a86800",
    "silence": "#a86800",
    "certain": "#12885f",
    "likely": "#a86800",
    "possible": "#a86800",
    "fine": "#7d7d7d",
    "dim": "#7d7d7d",
    "client": "#1a7fc0",
    "server": "#12885f",
    "command": "#1a7fc0",
    "bold": "bold",
    "note": "",
    "badnote": RED,
    "next": "italic",
    "closed": "italic #7d7d7d",
    "same": "#7d7d7d",
    "badnext": f"bold italic {RED}",
}
SIXTEEN = {
    name: style.replace(RED, "bright_red")
    if RED in style
    else " ".join(word for word in style.split() if word[0] != "#")
    for name, style in STYLES.items()
} | {"suspicious": "bold"}
"""The same for a terminal with no more than sixteen colours."""


def looks(colours: str | None) -> Mapping[str, str]:
    """The styles for what rich calls a terminal's colour system."""
    return STYLES if colours in ("truecolor", "256") else SIXTEEN
