"""Bytes as hex dumps print them: an offset, pairs of digits, perhaps the characters beside them."""

from __future__ import annotations

import re

ROW = re.compile(
    r"^(?!.* = )\s*(?:0x)?(?P<offset>[0-9A-Fa-f]{3,8}):?\s+(?P<bytes>(?:[0-9A-Fa-f]{2}[ \-:]{1,2}){0,31}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4} ){0,15}[0-9A-Fa-f]{2,4})(?=\s|$)"
)


class Dump:
    """The bytes of one packet, line by line; of several dumps of one packet (reassembled data) the first."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False

    def clear(self) -> None:
        """Begin anew."""
        self.data.clear()
        self.whole = False

    def begins(self, row: str) -> bool:
        """Whether a line is the first of a dump."""
        found = ROW.match(row)
        return bool(found and int(found["offset"], 16) == 0)

    def take(self, row: str) -> bool:
        """Take a line; False if it is none of a dump."""
        found = ROW.match(row)
        if not found:
            return False
        offset = int(found["offset"], 16)
        if offset == 0 and self.data:
            self.whole = True
        if not self.whole and offset == len(self.data):
            digits = re.sub(r"[^0-9A-Fa-f]", "", found["bytes"])
            self.data += bytes.fromhex(digits[: len(digits) // 2 * 2])
        return True
