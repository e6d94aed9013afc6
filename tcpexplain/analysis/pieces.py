"""Records of many owners in several arrays: where those of each lie, and those of some together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

    from tcpexplain.hot.array import Integers, RecordArray


class Places(NamedTuple):
    """By owner: in which array its records are, where there they begin, and where they end."""

    piece: Integers
    start: Integers
    end: Integers


def places(np: ModuleType, pieces: list[RecordArray], field: str, count: int) -> Places:
    """The places of the records whose ``field`` says which of ``count`` owners they belong to.

    If those of one do not lie together, ``pieces`` is put in order first, which copies it.
    """
    found = Places(*(np.zeros(count, np.int64) for _ in Places._fields))
    for number, piece in enumerate(pieces):
        if not len(owners := piece[field]):
            continue
        edges = np.flatnonzero(owners[1:] != owners[:-1]) + 1
        first = np.concatenate(([0], edges))
        found.piece[owners[first]], found.start[owners[first]] = number, first
        found.end[owners[first]] = np.concatenate((edges, [len(owners)]))
    if int((found.end - found.start).sum()) == sum(map(len, pieces)):
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
    if not counts.any():
        return blank, counts
    if (piece[0] == piece).all() and (start[1:] == start[:-1] + counts[:-1]).all():
        return pieces[piece[0]][start[0] : start[-1] + counts[-1]], counts
    # As words they are copied forty times as fast as field by field.
    words = [one.view(np.int64).reshape(-1, blank.itemsize // 8) for one in pieces]
    spans = zip(piece.tolist(), start.tolist(), (start + counts).tolist(), strict=True)
    return np.concatenate([words[at][begin:end] for at, begin, end in spans]).view(blank.dtype).ravel(), counts
