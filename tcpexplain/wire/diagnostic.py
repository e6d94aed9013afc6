"""The diagnostic payload of a RST (draft-boucadair-tcpm-rst-diagnostic-payload): why its sender says that it reset.

Two CBOR items (RFC 8949): the number 12345, then a map in which key 1 is the reason code. Only the code is read; the draft
forbids showing its free text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.hot.array import Bytes

REASONS = (
    "no reason",
    "illegal option",
    "desynchronized state",
    "new data after close",
    "abort by the process",
    "unexpected ACK before the connection was synchronized",
    "unexpected SYN in the window",
    "unexpected security compartment",
    "malformed message",
    "not authorized",
    "resource exceeded",
    "network failure",
    "reset received from the peer",
    "destination unreachable",
    "connection timeout",
    "too much outstanding data",
    "unacceptable performance",
    "middlebox interference",
)
"""The draft's initial registry of TCP failure causes, in our words; the place is the code."""


def reason_words(code: int) -> str:
    """A reason code in words."""
    return REASONS[code] if 0 < code < len(REASONS) else f"reason {code}"


def reason_code(buffer: Bytes, at: int, end: int) -> int:
    """The reason code in a RST's payload from ``at`` to ``end``; 0 if there is none."""
    if end - at < 6 or buffer[at] != 0x19 or buffer[at + 1] != 0x30 or buffer[at + 2] != 0x39:
        return 0
    if buffer[at + 3] < 0xA1 or buffer[at + 3] > 0xA3 or buffer[at + 4] != 1:
        return 0
    code: int = buffer[at + 5] | 0
    if code == 24:
        code = buffer[at + 6] | 0 if end - at >= 7 else 0
    elif code == 25:
        code = (buffer[at + 6] | 0) << 8 | buffer[at + 7] if end - at >= 8 else 0
    return code if code != 0 and buffer[at + 5] <= 25 else 0
