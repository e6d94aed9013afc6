"""Tables as a data set: a folder of Parquet files each, as pandas, polars, DuckDB and Spark read them."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from tcpexplain.tables import parquet
from tcpexplain.tables.table import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tcpexplain.tables.chunk import Chunk

EACH = 64
"""Chunks in a file, some 130 thousand connections: a reader gives each of its workers a file at least."""


def write(chunks: Iterable[Chunk], folder: Path) -> None:
    """Write ``connections/part-00000.parquet``, ``events/part-00000.parquet`` and so on; what was there before goes.

    Raises
    ------
    TcpexplainError
        TE031 if pyarrow is not installed.
    OSError
        If a file cannot be written.
    """
    for what in ROWS:
        (folder / what).mkdir(parents=True, exist_ok=True)
        for old in (folder / what).glob("part-*.parquet"):
            old.unlink()
    left, number = iter(chunks), 0
    while (first := next(left, None)) or not number:
        some = chain([first] if first else [], islice(left, EACH - 1))
        parquet.write(some, {what: folder / what / f"part-{number:05}.parquet" for what in ROWS})
        number += 1
