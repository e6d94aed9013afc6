"""SSH (RFC 4253): the banners, and a disconnect as long as it is in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, skip_all, take, until
from tcpexplain.payload.talk import FATAL, QUIT
from tcpexplain.payload.words import product

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "SSH", 25, (False, False)
OPAQUE = True
"""Behind the key exchange everything is encrypted, lengths too."""
DISCONNECT, NEWKEYS, BY_APPLICATION = 1, 21, 11
LARGEST = 35000
"""Bytes of a packet that every program takes (RFC 4253 section 6.1)."""


def recognises(data: bytes) -> bool:
    """A banner."""
    return data.startswith(b"SSH-")


def resumes(data: bytes) -> bool:
    """Never: an encrypted packet begins with anything."""
    return recognises(data)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """The banner, then packets up to NEWKEYS."""
    banner = yield until(b"\n", 1024)
    parts = banner.split(b"-", 2)
    if len(parts) == 3 and not talk.product:
        talk.product = product(parts[2])
    while True:
        first = yield take(6)
        length = int.from_bytes(first[:4], "big")
        if not 8 <= length <= LARGEST:
            break
        found = yield take(4 if first[5] == DISCONNECT else 0)
        rest = length - 2 - len(found)
        yield skip(rest)
        if first[5] == DISCONNECT:
            code = int.from_bytes(found, "big")
            talk.say_goodbye(side, QUIT if code == BY_APPLICATION else FATAL, f"disconnect {code}", code)
        if first[5] == NEWKEYS:
            break
    talk.memo[side, "sealed"] = True
    yield skip_all()
