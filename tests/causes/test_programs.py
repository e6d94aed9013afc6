"""What is said of captures of real programs, against what was done in them (labels.toml, written before)."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
from causes import score_labels

import tcpexplain

if TYPE_CHECKING:
    from causes.score_labels import Judged, Row

LABELS = score_labels.labels()
HEALTHY = sorted(name for name, label in LABELS.items() if label.get("healthy"))
BROKEN = sorted(set(LABELS) - set(HEALTHY))


@cache
def connections(name: str) -> tuple[Row, ...]:
    return tuple(
        {
            "stream": connection.stream,
            "client": {"port": connection.client.port},
            "server": {"port": connection.server.port},
            "cause": connection.cause,
            "severity": connection.severity,
            "certainty": connection.certainty,
            "alternatives": connection.finding.alternatives,
            "also": connection.finding.also,
        }
        for connection in tcpexplain.read(score_labels.capture_of(name), events=False)
    )


@cache
def healthy(name: str) -> tcpexplain.Capture:
    return tcpexplain.read(score_labels.capture_of(name), events=False)


@cache
def judged() -> tuple[Judged, ...]:
    return tuple(one for name in BROKEN for one in score_labels.judge(name, LABELS[name], connections(name)))


def told(ones: list[Judged]) -> str:
    return "\n".join(f"{one.capture}, {one.of}: {one.said}, admissible {one.admissible}" for one in ones)


def test_worst_connection_of_each_capture_is_named_rightly() -> None:
    worst = [one for one in judged() if one.of == "worst"]
    missed = [one for one in worst if one.verdict != "right"]
    assert len(missed) <= 0.05 * len(worst), told(missed)


def test_single_connections_beside_it_are_named_rightly() -> None:
    single = [one for one in judged() if one.of != "worst"]
    missed = [one for one in single if one.verdict != "right"]
    assert len(missed) <= 0.05 * len(single), told(missed)


def test_nothing_is_wrong_and_certain() -> None:
    certain = [one for one in judged() if one.wrong_and_certain]
    assert not certain, told(certain)


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_failed_in_healthy_traffic(name: str) -> None:
    failed = healthy(name).failed
    assert [f"stream {one.stream}: {one.cause}" for one in failed] == []


def test_healthy_captures_hold_thousands_of_connections() -> None:
    assert sum(len(healthy(name)) for name in HEALTHY) > 7000


def test_every_capture_is_labelled_and_every_label_has_its_capture() -> None:
    found = {path.name.partition(".")[0] for path in (score_labels.HERE / "programs").glob("*.pcap*")}
    assert found == set(LABELS)


def test_labels_are_those_of_the_scripts() -> None:
    words = [sys.executable, str(score_labels.HERE / "programs" / "record.py"), "--labels"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert (score_labels.HERE / "labels.toml").read_text(encoding="utf-8") == said


def test_connection_that_is_not_there_counts_as_wrong() -> None:
    label = {"cause": ["port-closed"], "connections": [{"server": 80, "nth": 1, "cause": ["port-closed"]}]}
    row = {
        "stream": 0,
        "client": {"port": 4},
        "server": {"port": 80},
        "cause": "port-closed",
        "severity": "failed",
        "certainty": "certain",
    }
    assert [one.verdict for one in score_labels.judge("x", label, [row])] == ["right", "wrong"]


def test_confusion_table_counts_what_was_said_instead() -> None:
    label = {"cause": ["client-gave-up", "write-after-close"]}
    row = {"stream": 0, "cause": "clean", "severity": "fine", "certainty": "likely", "also": ["client-gave-up"]}
    table = score_labels.confusion(score_labels.judge("x", label, [row]))
    assert "| client-gave-up | 1 | 0 | 1 | 0 | clean 1 |" in table
