"""JSON Lines: the published contract."""

import json
from importlib.resources import files

import jsonschema
import pytest
from examples import crashed_client, mixed

from tcpexplain.reports import json as report

SCHEMA = json.loads(files("tcpexplain").joinpath("schema/tcpexplain-1.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def records(capture, **options):
    return [json.loads(line) for line in report.render(capture, **options).splitlines()]


def test_every_line_obeys_the_schema():
    """Of lines that differ in nothing but their number, one."""
    for capture in (crashed_client(), mixed()):
        for record in {json.dumps({**record, "stream": 0}): record for record in records(capture)}.values():
            VALIDATOR.validate(record)


def test_the_schema_refuses_what_the_contract_does_not_know():
    record = records(crashed_client())[1]
    for wrong in ({"severity": "bad"}, {"final": {"client": "CLOSED"}}, {"start": "yesterday"}, {"cause": ""}):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate({**record, **wrong})


def test_the_capture_comes_first_the_summary_last():
    told = records(mixed())
    assert [told[0]["type"], told[-1]["type"]] == ["capture", "summary"]
    assert {record["type"] for record in told[1:-1]} == {"connection"}
    assert told[0]["schema"] == "tcpexplain/1"


def test_the_summary_equals_what_the_lines_say():
    *lines, summary = records(mixed())[1:]
    counted = {}
    for line in lines:
        counted[line["cause"]] = counted.get(line["cause"], 0) + 1
    assert summary["causes"] == counted
    assert summary["connections"] == len(lines)


def test_now_then_and_signal_of_the_write_that_fails():
    last = records(crashed_client())[1]["events"][-1]
    assert last["packet"] == 9
    assert last["server"]["next"]["write"] == {"now": "EPIPE", "then": None, "signal": "SIGPIPE"}
    assert last["server"]["next"]["so_error"] == "EPIPE"
    assert last["server"]["next"]["connect"] is None


def test_start_keeps_its_nanoseconds():
    assert records(crashed_client())[1]["start"] == "2019-07-05T15:15:28.838856000Z"


def test_no_events_leaves_the_field_out():
    assert "events" not in records(crashed_client(), events=False)[1]


def test_a_lone_stream_keeps_the_summary_of_the_capture():
    told = records(mixed(), stream=71)
    assert [record.get("stream") for record in told] == [None, 71, None]
    assert told[-1]["connections"] == 2000


def test_a_file_holds_the_same_lines(tmp_path):
    target = tmp_path / "out.json"
    report.write(crashed_client(), target)
    assert target.read_text(encoding="utf-8") == report.render(crashed_client())
