"""Tables in Parquet files."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from tcpexplain.tables.arrow import ArrowTables
from tcpexplain.tables.schema import TABLES
from tcpexplain.tables.table import ROWS, Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tcpexplain.tables.chunk import Chunk

ENOUGH = 1 << 16
"""Rows from which on they are written as a group: a reader takes in a group at once, and what becomes one stays in the cache."""
OWN = ("packet", "time", "seq", "ack")
"""Columns of events and segments in which nearly every row has a number of its own: a dictionary of them would be as long."""

SPREAD = ("seq", "ack", "length", "window")
"""Numbers of which every group has small and large ones."""


def write(chunks: Iterable[Chunk], targets: dict[str, Path]) -> None:
    """Write the tables that ``targets`` names, ``{"connections": path, "events": path}``, of chunks of a capture.

    Raises
    ------
    TcpexplainError
        TE031 if pyarrow is not installed.
    OSError
        If a file cannot be written.
    """
    with ExitStack() as stack:
        files = {what: stack.enter_context(ParquetFile(what, target)) for what, target in targets.items()}
        for chunk in chunks:
            for what, file in files.items():
                file.add(ROWS[what](chunk))


class ParquetFile:
    """A Parquet file to which the parts of a table are added as they come; see ``write`` for what it raises."""

    def __init__(self, what: str, target: Path) -> None:
        self.arrow, self.what = ArrowTables(), what
        kinds = {f"{name}.list.element" if kind == "ints" else name: kind for name, kind in TABLES[what].items()}
        self.writer: Any = self.arrow.parquet.ParquetWriter(
            target,
            self.arrow.schema(what),
            compression="snappy",
            write_batch_size=ENOUGH,
            use_dictionary=[name for name in kinds if name not in OWN],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in kinds if name in OWN and kinds[name] == "int"},
            # Of words and of what is spread, the least and the greatest would take long, and no reader could leave out much by them.
            write_statistics=[
                name for name, kind in kinds.items() if kind in ("int", "float", "time") and name not in SPREAD
            ],
        )
        self.waiting: list[Table] = []
        self.rows = 0

    def add(self, table: Table) -> None:
        """Write some rows, perhaps not before there are more."""
        self.waiting.append(table)
        self.rows += table["stream"].rows
        if self.rows >= ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        if self.waiting:
            self.writer.write_table(self.arrow.table(self.what, self.waiting), row_group_size=2 * self.rows or None)
        self.waiting, self.rows = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()
        self.writer.close()
