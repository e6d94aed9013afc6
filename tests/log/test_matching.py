"""A line leads to its connection, or to the reason why it is not there; reports show both."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import tcpexplain as tx
from tcpexplain.cli.arguments import command

CAPTURES = Path(__file__).parents[2] / "captures"
CRASHED = CAPTURES / "crashed-client-2019" / "capture.pcap"
LINE = "write tcp 10.10.121.102:5000->10.10.121.101:42642: write: broken pipe"
SCHEMA = json.loads(files("tcpexplain").joinpath("schema/tcpexplain-1.json").read_text())


def match(*lines):
    """The answers about the crashed client's capture."""
    return tx.read(CRASHED).match(*lines)


def test_both_ends_and_the_outcome_make_it_certain():
    (line,) = match(LINE)
    assert (line.stream, line.packet, line.side, line.call, line.outcome, line.certainty) == (
        0,
        9,
        "server",
        "write",
        "EPIPE",
        "certain",
    )
    assert line.clock_offset is None


@pytest.mark.parametrize(
    ("stamp", "offset"),
    [("2019/07/05 15:15:48.839700", 0), ("2019/07/05 23:15:48.839700", -28800), ("2019/07/05 15:16:25.839700", -37)],
)
def test_the_zone_and_the_clock_are_found(stamp, offset):
    matches = match(f"{stamp} {LINE}")
    assert round(matches[0].clock_offset) == offset
    assert bool(matches.clocks) == bool(offset)
    assert matches[0].time != matches[0].at or not offset


@pytest.mark.parametrize(
    ("line", "because"),
    [
        ("read tcp 10.9.9.9:1->10.10.121.102:5000: read: connection reset by peer", "10.9.9.9:1"),
        ("2019-07-05T12:00:00Z app: java.net.SocketException: Connection reset", "the capture begins"),
        ("java.net.ConnectException: Connection refused", "ECONNREFUSED"),
        ("2019/07/05 15:15:48 [error] 1#1: no live upstreams while connecting to upstream", "no call"),
    ],
)
def test_what_is_not_there_is_said_with_the_reason(line, because):
    (answer,) = match(line)
    assert not answer.found
    assert because in answer.because


def test_behind_nat_the_far_end_and_the_time_are_enough():
    (line,) = match("2019-07-05T15:15:48.84Z write tcp 172.17.0.2:9999->10.10.121.101:42642: write: broken pipe")
    assert line.found
    assert line.certainty != "certain"
    assert "NAT" in line.because


def test_an_own_timer_is_never_an_error_on_the_wire():
    (line,) = match("upstream timed out (110: Connection timed out) while reading response header from upstream")
    assert line.outcome == "timer"


def test_json_lines_stand_behind_the_captures_and_obey_the_schema():
    told = (
        CliRunner()
        .invoke(
            command, [str(CRASHED), "--json", "--log", LINE, "--log", "java.net.ConnectException: Connection refused"]
        )
        .output
    )
    records = [json.loads(line) for line in told.splitlines()]
    assert [one["type"] for one in records] == ["capture", "log", "log", "connection", "summary"]
    for one in records:
        jsonschema.Draft202012Validator(SCHEMA).validate(one)
    assert [one["stream"] for one in records[1:3]] == [0, None]


def test_the_ladder_has_the_line_in_its_place():
    shown = CliRunner().invoke(command, [str(CRASHED), "--log", f"2019-07-05T15:15:50Z {LINE}"]).output
    assert shown.index("── RST ──") < shown.index("log line 1") < shown.index("\nwhy ")
    assert "stream 0, packet 9" in shown


def test_every_report_leads_from_the_line_to_the_ladder(tmp_path):
    CliRunner().invoke(
        command,
        [
            str(CRASHED),
            "--log",
            LINE,
            "-o",
            str(tmp_path / "x.html"),
            "-o",
            str(tmp_path / "x.md"),
            "-o",
            str(tmp_path / "x.txt"),
        ],
    )
    html, markdown, text = ((tmp_path / f"x.{kind}").read_text() for kind in ("html", "md", "txt"))
    assert '<a href="#s0">#0</a>' in html
    assert "## The log beside it" in markdown
    assert "log line 1" in text


def test_a_log_without_failures_is_no_error(tmp_path):
    log = tmp_path / "quiet.log"
    log.write_text("2019-07-05T15:15:48Z started\n2019-07-05T15:15:49Z stopped\n")
    matches = match(str(log))
    assert len(matches) == 0
    assert matches.ignored == 2
    assert matches.untold == (0,)
    assert "No line tells of" in str(matches)


@pytest.mark.needs("pandas")
def test_data_frames_have_a_row_for_each_line():
    import pandas as pd

    frame = match(LINE, "java.net.ConnectException: Connection refused").to_pandas()
    assert frame["cause"].tolist()[0] == "write-after-close"
    assert pd.isna(frame["stream"][1])


def test_a_runtime_words_what_calls_return():
    # Wide enough for the words to stand on one line, whatever the terminal of whoever runs this is.
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(command, [str(CRASHED), "--runtime", "go"]).output
    assert "write: broken pipe" in shown
    refused = CliRunner().invoke(command, [str(CRASHED), "--runtime", "cobol"])
    assert refused.exit_code != 0


def test_what_strace_recorded_stands_beside_what_was_predicted(tmp_path):
    log = tmp_path / "server.strace"
    log.write_text(
        '9 1562339748.839400 sendto(4<TCP:[10.10.121.102:5000->10.10.121.101:42642]>, "x", 26, 0, NULL, 0) = 26\n'
        '9 1562339748.839900 sendto(4<TCP:[10.10.121.102:5000->10.10.121.101:42642]>, "x", 26, 0, NULL, 0) = -1 EPIPE (Broken pipe)\n'
    )
    matches = match(str(log))
    assert [(one.side, one.text) for one in matches.calls] == [
        ("server", "sendto() = 26"),
        ("server", "sendto() = -1 EPIPE"),
    ]
    assert matches[0].outcome == "EPIPE"
    assert "returned: sendto() = -1 EPIPE" in " ".join(str(matches).split())
