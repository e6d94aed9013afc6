"""Why the messages of a connection could not be followed to its end: what no verdict about them can rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLLOWED, SNAP_LENGTH, GAP, START, ENCRYPTED, UNKNOWN_PROTOCOL, NOT_ASKED = range(7)
UNREAD = (None, "snap-length", "gap", "start", "encrypted", "unknown-protocol", "not-asked")
"""The words of reports; None: they were followed, or nothing was said."""
PLURAL = {
    "snap-length": "the snap length cut them",
    "gap": "packets are missing in between",
    "start": "the capture began in the middle",
    "encrypted": "TLS or SSH encrypts them",
    "unknown-protocol": "their protocol is not known",
    "not-asked": "not looked at (--messages none)",
}
"""The same of several connections."""
LACKING = {
    SNAP_LENGTH: "The snap length cut its messages: not all of them were followed.",
    GAP: "Packets are missing between its messages: not all of them were followed.",
    NOT_ASKED: "Its messages were not looked at (--messages none).",
}
"""The same of one connection, where another capture or another command would tell more."""


def unread_words(unread: Mapping[str, int], connections: int) -> str:
    """``Messages were not followed in 5 of 12 connections: 3, TLS or SSH encrypts them; 2, the snap length cut them``; empty if there are none."""
    if not unread:
        return ""
    parts = [
        f"{count:,}, {PLURAL[word]}" for word, count in sorted(unread.items(), key=lambda item: (-item[1], item[0]))
    ]
    return f"Messages were not followed in {sum(unread.values()):,} of {counted(connections, 'connection')}: {'; '.join(parts)}"
