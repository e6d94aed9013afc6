"""CSV and Parquet: one row a connection, an event, a segment or a message.

A file called ``events.csv``, ``x.events.parquet`` and the like holds events, ``segments.csv`` segments,
``messages.csv`` messages, any other holds connections; a folder (``out/``) becomes a Parquet data set of connections and
events, with the summary in JSON. Several words in a cell are separated by blanks.
"""

from __future__ import annotations

import csv
import sys
from io import StringIO
from json import dumps
from typing import TYPE_CHECKING, Any, TextIO

from tcpexplain.tables import chunks
from tcpexplain.tables.schema import TABLES
from tcpexplain.tables.table import Column, Table, tables
from tcpexplain.units import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tcpexplain.model.capture import Capture

FORMULA = ("=", "+", "-", "@")
"""What a cell begins with that spreadsheets run."""
SUFFIXES = (".csv", ".parquet", "/")
DRAWS: tuple[str, ...] = ()
EVERY = True


def render(capture: Capture, *, stream: int | None = None, what: str = "connections") -> str:
    """CSV of ``connections``, ``events``, ``segments`` or ``messages``, with a heading."""
    text = StringIO()
    _write_csv(text, what, tables(capture, what, stream))
    return text.getvalue()


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (tables draw no pictures)
    theme: str = "light",  # noqa: ARG001 (and have no colours)
) -> None:
    """Write one table, or a data set into a folder.

    Raises
    ------
    TcpexplainError
        TE031 if Parquet is asked for and pyarrow is not installed.
    """
    if target is None:
        _write_csv(sys.stdout, "connections", tables(capture, "connections", stream))
    elif target.suffix == ".csv":
        with target.open("w", encoding="utf-8", newline="") as file:
            _write_csv(file, _kind(target), tables(capture, _kind(target), stream))
    elif target.suffix == ".parquet":
        _write_parquet(capture, stream, {_kind(target): target})
    else:
        _write_data_set(capture, stream, target)


def _kind(target: Path) -> str:
    """Which table a file is for, by its name."""
    name = target.name.lower().removesuffix(target.suffix)
    return next((what for what in TABLES if name.endswith(what)), "connections")


def _write_parquet(capture: Capture, stream: int | None, targets: dict[str, Path]) -> None:
    """One file a table."""
    from tcpexplain.tables.parquet import ParquetFile, write

    (what, target), *_ = targets.items()
    if what in ("segments", "messages"):
        with ParquetFile(what, target) as file:
            for part in tables(capture, what, stream):
                file.add(part)
    else:
        write(chunks(capture, stream, events="events" in targets, sentences=False), targets)


def _write_data_set(capture: Capture, stream: int | None, folder: Path) -> None:
    """Both tables, and the line that ends ``--json``."""
    from tcpexplain.reports import json
    from tcpexplain.tables import dataset

    dataset.write(chunks(capture, stream, sentences=False), folder)
    (folder / "summary.json").write_text(dumps(json.summary(capture)) + "\n", encoding="utf-8")


def _write_csv(file: TextIO, what: str, parts: Iterable[Table]) -> None:
    """A heading and rows; times as ISO 8601."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(TABLES[what])
    for part in parts:
        writer.writerows(zip(*(_cells(column) for column in part.values()), strict=True))


def safe(text: str) -> str:
    """A cell that a spreadsheet takes for text: one that begins like a formula begins with an apostrophe; no control or bidirectional characters."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "?" for one in text)
    return "'" + text if text.startswith(FORMULA) else text


def _cells(column: Column) -> list[Any]:
    """Lists by blanks, times as people read them, what is missing left out."""
    values = [
        _cell(column.kind, None if value is None or value == column.missing else value)
        for value in _listed(column.cells)
    ]
    return values if column.which is None else [values[place] for place in _listed(column.which)]


def _listed(values: Any) -> Any:
    """Python's numbers."""
    return values.tolist() if hasattr(values, "tolist") else values


def _cell(kind: str, value: Any) -> Any:
    """One value."""
    if kind in ("words", "ints"):
        value = " ".join(map(str, value))
    if isinstance(value, str):
        return safe(value)
    return iso(value) if kind == "time" and value is not None else value
