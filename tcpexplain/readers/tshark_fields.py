"""``tshark -T fields``: columns that somebody chose, with their names in the first line (``-E header=y``) or told by what is in them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire.dissected import NAMES, printed
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed_frames import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance
    from tcpexplain.wire.printed import Printed

SIGNATURES: tuple[bytes, ...] = ()
ENOUGH = 5
"""Columns from which on ends, flags and numbers can be there."""


def knows(text: str) -> bool:
    """Whether this is the beginning of such columns."""
    rows = [row for row in lines(text) if row.strip()][:20]
    return bool(rows) and (named(rows[0]) is not None or (len(rows) > 1 and guessed(rows) is not None))


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read columns."""
    yield from batches(
        parsed([row for row in lines(decoded(source.read())) if row.strip()]), "tshark-fields", about, columns
    )


def parsed(rows: list[str]) -> list[Printed]:
    """A packet for each line."""
    header = named(rows[0]) if rows else None
    names = header or guessed(rows) or []
    between, hosts = separator(rows[0], header), HostNames()
    return [printed(_fields(row, names, between), hosts) for row in (rows[1:] if header else rows)]


def _fields(row: str, names: list[str], between: str) -> Iterator[tuple[str, str]]:
    """The fields of one line; where headers are nested, a cell has several values, the outermost first."""
    cells = [
        [part.strip().strip('"') for part in cell.split(",")] if between != "," else [cell.strip().strip('"')]
        for cell in row.split(between)
    ]
    for depth in range(max(map(len, cells), default=0)):
        for name, cell in zip(names, cells, strict=False):
            if depth < len(cell) and cell[depth]:
                yield name, cell[depth]


def separator(row: str, header: list[str] | None) -> str:
    """What stands between two cells."""
    if "\t" in row:
        return "\t"
    return next((mark for mark in ";|," if row.count(mark) >= (len(header or ()) or ENOUGH) - 1 > 0), ",")


def named(row: str) -> list[str] | None:
    """The names in a first line; None if it holds none."""
    names = [name.strip().strip('"') for name in re.split(r"[\t,;|]", row)]
    return names if len(set(names) & set(NAMES)) >= ENOUGH - 1 else None


def guessed(rows: list[str]) -> list[str] | None:
    """The names of columns by what is in them: two addresses, ports beside them, flags in hex, the time with a fraction, then numbers in tshark's order."""
    between = separator(rows[0], None)
    cells = [
        [cell.strip().strip('"').split(",")[0] if between != "," else cell.strip() for cell in row.split(between)]
        for row in rows[:20]
    ]
    width = len(cells[0])
    if width < ENOUGH or any(len(row) != width for row in cells):
        return None
    columns = list(zip(*cells, strict=True))
    kinds = [_kind(column) for column in columns]
    if kinds.count("address") < 2 or "flags" not in kinds:
        return None
    return _names(kinds, columns)


def _kind(column: tuple[str, ...]) -> str:
    """What is in a column."""
    filled = [cell for cell in column if cell]
    if filled and all(_is_address(cell) for cell in filled):
        return "address"
    if filled and all(re.fullmatch(r"0x[0-9a-f]{3,8}", cell) for cell in filled):
        return "flags"
    if filled and all(re.fullmatch(r"\d+\.\d+", cell) for cell in filled):
        return "time"
    return "number" if filled and all(cell.isdecimal() for cell in filled) else "other"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return not text.isdecimal()


def _names(kinds: list[str], columns: list[tuple[str, ...]]) -> list[str]:
    """Wireshark's names for columns of these kinds."""
    names = [""] * len(kinds)
    first, second = [place for place, kind in enumerate(kinds) if kind == "address"][:2]
    version = "ipv6" if ":" in columns[first][0] else "ip"
    names[first], names[second] = f"{version}.src", f"{version}.dst"
    names[kinds.index("flags")] = "tcp.flags"
    if "time" in kinds:
        names[kinds.index("time")] = "frame.time_epoch"
    ports = (first + 1, second + 1) if second > first + 1 else (second + 1, second + 2)
    for place, name in zip(ports, ("tcp.srcport", "tcp.dstport"), strict=True):
        if place < len(kinds) and kinds[place] == "number":
            names[place] = name
    left = [place for place, kind in enumerate(kinds) if kind == "number" and not names[place]]
    if left and columns[left[0]] == tuple(str(int(columns[left[0]][0]) + n) for n in range(len(columns[0]))):
        left.pop(0)  # frame.number
    for place, name in zip(left, ("tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size_value"), strict=False):
        names[place] = name
    return names
