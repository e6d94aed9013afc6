"""From what a log line has, error, time, and an end, a person finds the connection: on the first screen, or by one command.

The connections are those of which the scripts that played real programs say what happened to them (``causes/labels.toml``); their
lines have the second in which the call failed, the server's address and port, and in Go's and others' case the client's port.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from shares import one_of

import tcpexplain
from tcpexplain.moments import aware
from tcpexplain.reports import text

TESTS = Path(__file__).parent
LABELS = tomllib.loads((TESTS / "causes" / "labels.toml").read_text(encoding="utf-8"))
BAD = ("failed", "suspicious")
SCREEN = 10
"""Connections among which one is found at a glance."""


def meant(name):
    """The connections of a capture that its script says something bad of, with the capture."""
    capture = tcpexplain.read(next((TESTS / "causes" / "programs").glob(f"{name}.pcap*")), events=False)
    found = []
    for label in LABELS[name].get("connections", ()):
        end = "server" if "server" in label else "client"
        of_port = [one for one in capture if getattr(one, end).port == label[end]]
        chosen = of_port[label["nth"] : label["nth"] + 1] if "nth" in label else of_port
        found += [one for one in chosen if one.severity in BAD and label.get("severity") != ["fine"]]
    return capture, found


def options(one):
    """What a line of this connection's program has: the second of the failure (or of the end), and the server."""
    moment = one.failed_at if one.failed_at is not None else one.ended or one.last_seen
    second = aware(min(moment, one.last_seen)).strftime("%Y/%m/%d %H:%M:%S")
    return {"server": str(one.server), "since": second, "until": second}


def first_screen(capture, one):
    """Whether the first report names the connection: packet by packet, or as the one to look at."""
    report = text.render(capture, width=100)
    return f"stream {one.stream} ·" in report or any(
        line.split()[-1:] == [f"#{one.stream}"] or f"#{one.stream} " in line for line in report.splitlines()
    )


NAMES = [
    name
    for name, label in LABELS.items()
    if any(one.get("severity") != ["fine"] for one in label.get("connections", ()))
]


@pytest.mark.parametrize("name", one_of(2, NAMES))
def test_a_line_leads_to_its_connection(name):
    capture, found = meant(name)
    for one in found:
        line = options(one)
        chosen = capture.where(**line)
        assert one.stream in chosen.streams
        own = chosen.where(client=str(one.client))
        assert list(own.streams) == [one.stream]
        errors = [word for word in one.outcomes if word != "SIGPIPE"]
        by_error = chosen.where(errno=errors) if errors else chosen.where(why=BAD)
        assert one.stream in by_error.streams
        assert (
            first_screen(capture, one)
            or len(by_error.where(why=BAD)) <= SCREEN
            or len(LABELS[name]["connections"]) > SCREEN
        )


def test_there_are_enough_lines():
    assert len(NAMES) >= 100
