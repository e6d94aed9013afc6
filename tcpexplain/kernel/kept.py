"""The kernel's account that a pcapng file holds before its first packet, in the comments of interface statistics."""

from __future__ import annotations

from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

from tcpexplain.kernel.account import Account
from tcpexplain.kernel.journal import HEADING, read_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

SECTION, INTERFACE, STATISTICS = 0x0A0D0D0A, 1, 5
BEFORE_PACKETS = (SECTION, INTERFACE, STATISTICS)
COMMENT = 1
AT = 20
"""Where the options of interface statistics begin."""
LARGEST = 1 << 20
HEAD, OPTION = Struct("<II"), Struct("<HH")


def account_of(paths: Iterable[str]) -> Account | None:
    """What the files hold of it; None if they hold nothing."""
    account = None
    for path in paths:
        for comment in comments(path):
            account = account or Account()
            read_into(account, comment)
    return account


def comments(path: str) -> Iterator[str]:
    """The comments of one file that are parts of an account."""
    try:
        with Path(path).open("rb") as file:
            for kind, body in blocks(file):
                text = comment(body) if kind == STATISTICS else ""
                if text.startswith(HEADING):
                    yield text
    except OSError:
        # Whoever reads the packets says what is wrong.
        return


def blocks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The blocks before the first packet, of a file in little-endian order, as it is written here."""
    while len(head := file.read(HEAD.size)) == HEAD.size:
        kind, length = HEAD.unpack(head)
        if kind not in BEFORE_PACKETS or not 12 <= length <= LARGEST:
            return
        yield kind, head + file.read(length - HEAD.size)


def comment(block: bytes) -> str:
    """The first option of interface statistics, if it is a comment."""
    if len(block) < AT + OPTION.size:
        return ""
    code, size = OPTION.unpack_from(block, AT)
    return block[AT + OPTION.size :][:size].decode("utf-8", "replace") if code == COMMENT else ""
