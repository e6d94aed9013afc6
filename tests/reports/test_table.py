"""CSV and Parquet."""

import csv
import io
import json
import sys
from importlib import import_module

import pytest
from examples import crashed_client, mixed

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture
from tcpexplain.reports import table


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_one_row_a_connection():
    told = rows(table.render(mixed()))
    assert len(told) == 2000
    assert told[71]["cause"] == "peer-closed-idle-connection"


def test_values_are_those_of_the_connection():
    (row,) = rows(table.render(crashed_client()))
    assert row["start"] == "2019-07-05T15:15:28.838856000Z"
    assert (row["server_bytes_sent"], row["server_bytes_lost"], row["evidence"], row["retry"]) == (
        "52",
        "26",
        "6 8 9",
        "safe",
    )


def test_one_row_an_event():
    told = rows(table.render(crashed_client(), what="events"))
    assert [row["packet"] for row in told] == ["1", "2", "3", "4", "6", "7", "9"]
    assert (told[-1]["server_write"], told[-1]["server_signal"], told[-1]["server_so_error"]) == (
        "EPIPE",
        "SIGPIPE",
        "EPIPE",
    )


def test_a_table_without_rows_has_its_heading():
    assert table.render(Capture([])).startswith("stream,start,")


def test_the_name_chooses_the_table(tmp_path):
    table.write(crashed_client(), tmp_path / "x.csv")
    table.write(crashed_client(), tmp_path / "x.events.csv")
    table.write(crashed_client(), tmp_path / "x.messages.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("stream,start,")
    assert (tmp_path / "x.messages.csv").read_text(encoding="utf-8").startswith("stream,")
    assert (tmp_path / "x.events.csv").read_text(encoding="utf-8").startswith("stream,packet,")


@pytest.mark.needs("pyarrow")
def test_parquet_keeps_the_types(tmp_path):
    from pyarrow import parquet

    table.write(crashed_client(), tmp_path / "x.parquet")
    read = parquet.read_table(tmp_path / "x.parquet")
    assert str(read.schema.field("start").type) == "timestamp[ns, tz=UTC]"
    assert read.to_pylist()[0]["evidence"] == [6, 8, 9]
    assert read.column_names == list(table.TABLES["connections"])


@pytest.mark.needs("pyarrow")
def test_a_folder_becomes_a_data_set_of_both(tmp_path):
    from pyarrow import parquet

    table.write(crashed_client(), tmp_path / "out")
    assert parquet.read_table(tmp_path / "out" / "connections").num_rows == 1
    assert parquet.read_table(tmp_path / "out" / "events").num_rows == 7
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["connections"] == 1


@pytest.mark.needs("pyarrow")
def test_a_data_set_has_several_files_where_there_is_much_and_none_of_before(tmp_path, monkeypatch):
    from pyarrow import parquet

    monkeypatch.setattr("tcpexplain.tables.dataset.EACH", 1)
    monkeypatch.setattr("tcpexplain.tables.from_objects.SOME", 300, raising=False)
    table.write(mixed(), tmp_path / "out")
    assert parquet.read_table(tmp_path / "out" / "connections").column("stream").to_pylist() == list(range(2000))
    table.write(crashed_client(), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "connections").iterdir()] == ["part-00000.parquet"]


@pytest.mark.needs("pyarrow", "pandas", "polars", "duckdb")
@pytest.mark.parametrize("package", ["pandas", "polars", "duckdb"])
def test_others_read_the_data_set(tmp_path, package):
    reader = import_module(package)
    table.write(crashed_client(), tmp_path / "out")
    folder = tmp_path / "out" / "connections"
    if package == "duckdb":
        found = [cause for (cause,) in reader.sql(f"select cause from '{folder}/*.parquet'").fetchall()]
    else:
        found = list(reader.read_parquet(folder)["cause"])
    assert found == ["write-after-close"]


@pytest.mark.needs("pyarrow")
def test_a_data_set_without_connections_has_its_columns(tmp_path):
    from pyarrow import parquet

    table.write(Capture([]), tmp_path / "out")
    assert parquet.read_table(tmp_path / "out" / "events").num_rows == 0


@pytest.mark.needs("pyarrow")
def test_an_empty_capture_has_the_same_schema(tmp_path):
    from pyarrow import parquet

    table.write(Capture([]), tmp_path / "none.parquet")
    table.write(crashed_client(), tmp_path / "one.parquet")
    assert parquet.read_schema(tmp_path / "none.parquet") == parquet.read_schema(tmp_path / "one.parquet")


def test_without_pyarrow_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TcpexplainError, match="pyarrow") as caught:
        table.write(crashed_client(), tmp_path / "x.parquet")
    assert (caught.value.code, caught.value.exit_status) == ("TE031", 3)
    assert "tcpexplain[parquet]" in caught.value.help
