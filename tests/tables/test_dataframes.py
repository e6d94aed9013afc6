"""Data frames: one row a connection, event or segment, with the types that one can compute with."""

import sys
from pathlib import Path

import pytest
from examples import START, crashed_client, mixed

from tcpexplain import TcpexplainError, read
from tcpexplain.reports.table import TABLES

CAPTURES = Path(__file__).parents[2] / "captures"
ICMP = CAPTURES / "icmp-refuses-connect" / "capture.pcap"

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pytestmark = pytest.mark.needs("pandas", "polars")


@pytest.mark.parametrize("what", TABLES)
def test_both_libraries_have_the_columns_of_the_reports(what):
    capture = crashed_client()
    assert list(capture.to_pandas(what).columns) == list(TABLES[what])
    assert capture.to_polars(what).columns == list(TABLES[what])
    assert (
        len(capture.to_pandas(what))
        == len(capture.to_polars(what))
        == {"connections": 1, "events": 7, "segments": 9, "messages": 0}[what]
    )


def test_connections_are_typed():
    frame = mixed().to_pandas()
    assert str(frame.start.dtype) == "datetime64[ns, UTC]"
    assert frame.start[0].value == START
    assert str(frame.cause.dtype) == str(frame.severity.dtype) == "category"
    assert frame.server_bytes_lost.dtype == "int64"
    assert frame.duration.dtype == "float64"
    assert frame.cause.value_counts()["clean"] == 1612


def test_polars_are_typed():
    frame = mixed().to_polars()
    assert frame.schema["start"] == polars.Datetime("ns", "UTC")
    assert frame.schema["cause"] == polars.Categorical
    assert frame.schema["evidence"] == polars.List(polars.Int64)
    assert frame["start"][0].year == 2019
    assert frame.filter(polars.col("cause") == "clean").height == 1612


def test_possible_outcomes_are_words_in_pandas_and_lists_in_polars():
    assert crashed_client().to_pandas("events").server_poll.iloc[-1] == "POLLIN POLLOUT POLLERR POLLHUP POLLRDHUP"
    assert crashed_client().to_polars("events")["server_poll"][-1].to_list()[0] == "POLLIN"


def test_what_is_missing_is_missing_and_not_zero():
    frame = crashed_client().to_pandas("segments")
    assert pandas.isna(frame.ack[0])
    assert frame.ack[1] == 1
    assert crashed_client().to_polars("segments")["ack"][0] is None


def test_types_do_not_depend_on_what_is_in_a_capture():
    for what in TABLES:
        full, empty = read(ICMP).to_pandas(what), mixed().to_pandas(what).iloc[:0]
        kinds = [[str(dtype) for dtype in frame.dtypes] for frame in (full, empty)]
        assert kinds[0] == kinds[1]
        assert read(ICMP).to_polars(what).schema == mixed().to_polars(what).schema


def test_when_an_end_met_its_error_is_a_time_and_missing_where_it_met_none():
    capture = read(CAPTURES / "crashed-client-2019" / "capture.pcap")
    row = capture.to_pandas().iloc[0]
    assert row.server_seen_at.value == row.failed_at.value == capture[0].failed_at
    assert str(row.client_seen_at) == "NaT"


def test_a_connection_has_frames_of_its_own():
    one = crashed_client()[0]
    assert len(one.to_pandas()) == 7
    assert one.to_polars("segments").height == 9


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="there are connections, events, segments"):
        crashed_client().to_pandas("packets")


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_missing_package_is_named(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TcpexplainError, match=f"needs {package}") as error:
        getattr(crashed_client(), f"to_{package}")()
    assert error.value.code == "TE031"
    assert f"tcpexplain[{package}]" in error.value.help
