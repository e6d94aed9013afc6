"""The lines of a log as data frames of pandas and polars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.tables.dataframes import missing

if TYPE_CHECKING:
    from tcpexplain.model.log import Matches

COLUMNS = (
    "line",
    "text",
    "product",
    "time",
    "side",
    "call",
    "outcome",
    "found",
    "stream",
    "packet",
    "certainty",
    "score",
    "clock_offset",
    "because",
)


def columns(matches: Matches) -> dict[str, list[Any]]:
    """One list a column, and the cause of each line's connection."""
    found = {name: [getattr(line, name) for line in matches] for name in COLUMNS}
    connections = [matches.connection(line) for line in matches]
    return found | {"cause": [None if one is None else one.cause for one in connections]}


def to_pandas(matches: Matches) -> Any:
    """A ``pandas.DataFrame``; TE031 if pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise missing("pandas") from None
    frame = pd.DataFrame(columns(matches))
    frame["time"] = pd.to_datetime(frame["time"], unit="ns", utc=True)
    return frame.astype({"stream": "Int64", "packet": "Int64"})


def to_polars(matches: Matches) -> Any:
    """A ``polars.DataFrame``; TE031 if polars is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise missing("polars") from None
    frame = pl.DataFrame(columns(matches), infer_schema_length=None)
    return frame.with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC")))
