"""Markdown: what a postmortem needs, and nothing that breaks its page."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from examples import crashed_client, mixed

from tcpexplain import read
from tcpexplain.reports import markdown

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.fixture
def zone(monkeypatch):
    def change(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


def test_the_verdict_is_the_title():
    assert markdown.render(crashed_client()).splitlines()[0] == "# The server wrote to a client that was gone"


def test_every_part_of_a_postmortem_is_there():
    text = markdown.render(crashed_client())
    for part in (
        "**Cause.**",
        "**Lost.**",
        "**What to do.**",
        "**How sure.** certain",
        "May the request be sent again?** safe",
        "### Timeline",
        "```mermaid",
    ):
        assert part in text
    assert "Evidence: packets 6, 8, 9; in Wireshark `tcp.stream == 0`." in text


def test_the_timeline_has_the_clock_in_utc(zone):
    zone("UTC")
    text = markdown.render(crashed_client())
    assert "| packet | time | client | | server |" in text
    assert text.count("UTC") == 1
    row = next(line for line in text.splitlines() if line.startswith("| 9 |"))
    assert row.startswith("| 9 | 15:15:48.839603 | CLOSED<br>if open: next read → 0 (EOF) | RST → | CLOSED<br>")
    assert row.endswith(
        "<br>**next write → EPIPE + SIGPIPE**<br>**next SO\\_ERROR → EPIPE**<br>*next read → 0 (EOF)* |"
    )


def test_the_timeline_has_the_local_clock_where_it_differs(zone):
    zone("Europe/Berlin")
    text = markdown.render(crashed_client())
    assert "| packet | UTC | CEST | client | | server |" in text
    assert "| 9 | 15:15:48.839603 | 17:15:48 | CLOSED<br>" in text
    assert "(2019-07-05 17:15:28 CEST)" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_heading():
    text = markdown.render(mixed()) + markdown.render(crashed_client())
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_many_connections_begin_with_the_impact():
    text = markdown.render(mixed())
    assert text.startswith("# 2,000 TCP connections: 270 failed, 106 suspicious, 1,624 fine\n")
    assert "| ✖ | 143 | `peer-closed-idle-connection` |" in text
    assert "- `close-wait-leak`: all 97 on" in text
    assert "## Stream 71: the client wrote" in text


def test_fine_connections_are_not_shouted():
    assert "## Stream 0:" not in markdown.render(mixed())


def test_hostile_text_is_text():
    capture = crashed_client()
    capture.files = ("`x`|<script>.pcap\n# big",)
    one = capture[0]
    one.finding = replace(one.finding, title="<img src=x onerror=alert(1)> | [x](javascript:y)", why="a\n# b")
    text = markdown.render(capture)
    assert "<img" not in text.replace("\\<img", "")
    assert "\n# b" not in text
    assert "\n# big" not in text


def test_a_chosen_stream_is_told_alone():
    assert markdown.render(mixed(), stream=12).startswith("# The server wrote to a client that was gone\n")


def test_it_says_when_it_failed_and_who_closed_first():
    capture = read(CAPTURES / "crashed-client-2019" / "capture.pcap")
    told = markdown.render(capture)
    assert "**When.** First failure 15:15:48.839603; the client closed first; first packet 15:15:28.838856" in told


def test_files_are_named_without_their_folders():
    capture = crashed_client()
    capture.files = ("/srv/incident/a.pcap",)
    told = markdown.render(capture)
    assert "From `a.pcap`:" in told
    assert "/srv" not in told
