"""Live: random socket programs on this machine's kernel, captured here and now, against what is predicted of them.

The shares are those of docs/accuracy.md less a margin: a dozen programs are few. ``tcpexplain-lab --random 1000`` is the real comparison.
"""

from __future__ import annotations

import json

import pytest

import tcpexplain
from tcpexplain.lab import abilities, random_programs
from tcpexplain.lab.judging import judge
from tcpexplain.lab.replay import replay
from tcpexplain.lab.score import Score
from tcpexplain.lab.trace import Trace
from tcpexplain.reports.json import connection_record

pytestmark = pytest.mark.needs("root")
PROGRAMS = 12
LEAST = {"states": 97, "states_all": 97, "write": 95, "signal": 95, "so_error": 95, "connect": 97}


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    """Every fact about a dozen programs."""
    able, total, folder = abilities.find(), Score(), tmp_path_factory.mktemp("live")
    with Trace() as trace:
        for number in range(1, PROGRAMS + 1):
            scenario, more = random_programs.scenario(20260101, number)
            if able.refuses(scenario):
                continue
            played = replay(scenario, able, trace, **more)
            capture, truth = folder / f"{number}.pcap", folder / f"{number}.json"
            played.save(capture, truth)
            predicted = [json.loads(json.dumps(connection_record(one))) for one in tcpexplain.read(capture)]
            judge(json.loads(truth.read_text()), predicted, total)
    return total


def test_facts_were_observed(score):
    assert len(score.facts) > 20 * PROGRAMS


@pytest.mark.parametrize("category", LEAST)
def test_the_kernel_does_what_is_predicted(score, category):
    row = score.summary()[category]
    assert 100 * row["exact"] >= LEAST[category] * row["n"], [
        fact for fact in score.facts if fact.category == category and fact.verdict != "exact"
    ]


@pytest.mark.parametrize("category", ["read", "poll"])
def test_what_the_kernel_does_is_among_what_is_named(score, category):
    row = score.summary()[category]
    assert 100 * (row["exact"] + row["listed"]) >= 95 * row["n"], score.misses()
