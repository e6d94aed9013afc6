"""Lines beside those of connections: what was dropped, what could not be looked at, what is being done."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcpexplain.units import counted

if TYPE_CHECKING:
    from tcpexplain.terminal.live import LiveLines
    from tcpexplain.terminal.paper import Color


def drops(lines: LiveLines, count: int, *, as_json: bool) -> None:
    """Say at once that the kernel has dropped packets."""
    said = (
        f"the kernel has dropped {counted(count, 'packet')} so far: what seems missing may only not have been captured"
    )
    aside(lines, said, as_json=as_json)


def behind(lines: LiveLines, count: int, *, as_json: bool) -> None:
    """Say that it ended before all that was captured had been looked at."""
    aside(lines, f"{counted(count, 'captured packet')} could not be looked at before the end", as_json=as_json)


def aside(lines: LiveLines, said: str, *, as_json: bool) -> None:
    """A line that is about no connection; among lines of JSON it is on standard error."""
    if as_json:
        print(said, file=sys.stderr, flush=True)
    else:
        lines.note(said)


def say(text: str, color: Color) -> None:
    """A line on stderr, if somebody is there to read it."""
    if sys.stderr.isatty():
        from tcpexplain.terminal.paper import paper_for

        paper = paper_for(sys.stderr)
        paper.flow([(text, "dim")])
        paper.print(sys.stderr, color)
