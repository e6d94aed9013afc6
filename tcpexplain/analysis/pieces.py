"""Records of many owners in several arrays: where those of each lie, and those of some together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.mapped import column_of, let_go, mapped
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

    from tcpexplain.hot.array import Integers, RecordArray


LARGE = 1 << 18
"""Bytes from which on a table of places lies in a file."""


class Places(NamedTuple):
    """By owner: in which array its records are, where there they begin, and where they end. Of many owners they lie in a file."""

    piece: Integers
    start: Integers
    end: Integers


def places(np: ModuleType, pieces: list[RecordArray], field: str, count: int) -> Places:
    """The places of the records whose ``field`` says which of ``count`` owners they belong to.

    If those of one do not lie together, ``pieces`` is put in order first, which copies it.
    """
    table = mapped(np.dtype([(name, np.int64) for name in Places._fields]), count, None, LARGE)
    found = Places(table["piece"], table["start"], table["end"])
    for number, piece in enumerate(pieces):
        if not len(owners := column_of(piece, field)):
            continue
        edges = np.flatnonzero(owners[1:] != owners[:-1]) + 1
        first = np.concatenate(([0], edges))
        found.piece[owners[first]], found.start[owners[first]] = number, first
        found.end[owners[first]] = np.concatenate((edges, [len(owners)]))
        let_go(table)
    if int(found.end.sum() - found.start.sum()) == sum(map(len, pieces)):
        let_go(table)
        return found
    whole = np.concatenate(pieces)
    pieces[:] = [whole.take(np.argsort(whole[field], kind="stable"))]
    return places(np, pieces, field, count)


def gathered(
    np: ModuleType, pieces: list[RecordArray], where: Places, owners: Integers, blank: RecordArray
) -> tuple[RecordArray, Integers]:
    """The records of some owners, one after the other, and how many each has; ``blank``: an empty array of them."""
    piece, start = where.piece.take(owners), where.start.take(owners)
    counts = where.end.take(owners) - start
    let_go(where.start)
    if not counts.any():
        return blank, counts
    if (piece[0] == piece).all() and (start[1:] == start[:-1] + counts[:-1]).all():
        return pieces[piece[0]][start[0] : start[-1] + counts[-1]], counts
    # As words they are copied forty times as fast as field by field.
    words = [one.view(np.int64).reshape(-1, blank.itemsize // 8) for one in pieces]
    spans = zip(piece.tolist(), start.tolist(), (start + counts).tolist(), strict=True)
    found = np.concatenate([words[at][begin:end] for at, begin, end in spans]).view(blank.dtype).ravel()
    let_go(*pieces)
    return found, counts
