"""What the messages of all connections say, in the files of those who read them: one is in memory when it is asked for."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain.hot.mapped import let_go, mapped
from tcpexplain.model.said import Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

    from tcpexplain.hot.array import Integers, Octets

RECORD = [("stream", "<i8"), ("start", "<i8"), ("end", "<i8")]
"""Of each connection: its number in the part, and where in the file what it says lies."""
LARGE = 1 << 18
"""Bytes from which on the table of all lies in a file."""
REST = 1 << 8
"""Connections that are asked for until what was read of the files leaves memory."""


def store_words(np: ModuleType, said: Iterable[tuple[int, Said]], path: Path) -> None:
    """Write what the connections of a part say: one after the other, then where each lies, then how many they are."""
    with path.open("wb") as file:
        rows = [written(file, stream, words) for stream, words in said]
        np.array(rows, RECORD).tofile(file)
        np.array([len(rows)], np.int64).tofile(file)


def written(file: BinaryIO, stream: int, words: Said) -> tuple[int, int, int]:
    """Write one; its record."""
    start = file.tell()
    file.write(pickle.dumps(tuple(words), pickle.HIGHEST_PROTOCOL))
    return stream, start, file.tell()


class StoredWords(Mapping[int, Said]):
    """By stream number what ``store_words`` wrote of all parts.

    Parameters
    ----------
    np
        numpy.
    paths
        The files of the parts.
    numbers
        Of each part: the stream numbers of its connections.
    folder
        Where tables may lie.
    """

    def __init__(self, np: Any, paths: Sequence[str], numbers: Sequence[Integers], folder: str) -> None:
        self.files: list[Octets] = [np.memmap(path, np.uint8, "r") for path in paths]
        kind = np.dtype([("file", "<i4"), ("size", "<i4"), ("start", "<i8")])
        self.table = mapped(kind, sum(map(len, numbers)), folder, LARGE)
        self.asked = 0
        for place, (file, number) in enumerate(zip(self.files, numbers, strict=True)):
            (count,) = file[-8:].view(np.int64).tolist()
            records = file[-8 - count * np.dtype(RECORD).itemsize : -8].view(RECORD)
            streams = number[records["stream"]]
            self.table["file"][streams], self.table["start"][streams] = place, records["start"]
            self.table["size"][streams] = records["end"] - records["start"]
            let_go(file, self.table)

    def __getitem__(self, stream: int) -> Said:
        file, size, start = self.table[stream].item() if stream < len(self.table) else (0, 0, 0)
        if not size:
            raise KeyError(stream)
        found = Said(*pickle.loads(self.files[file][start : start + size].data))  # noqa: S301 (our own workers wrote it)
        self.asked += 1
        if self.asked % REST == 0:
            let_go(self.table, *self.files)
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self.table["size"].nonzero()[0].tolist())

    def __len__(self) -> int:
        return int((self.table["size"] > 0).sum())
