"""What is asked of all connections leaves counts behind: those that went well take no memory of whoever collects them."""

from __future__ import annotations

import tracemalloc
from functools import partial

import pytest

from tcpexplain.analysis import neighbours, shapes, siblings, tallies
from tcpexplain.analysis.memory import Arrays
from tcpexplain.analysis.neighbourhood import Neighbourhood
from tcpexplain.diagnosis.ranking import judge_all
from tcpexplain.hot import mapped
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.parallel.named import NameColumns, rows_by_key, rows_by_number
from tcpexplain.tracking.entry import Entry
from tcpexplain.units import NANOSECOND

np = pytest.importorskip("numpy")

FEW, MANY = 4_000, 16_000
NOISE = 6
"""Bytes for each more connection that lists of pieces and the like may take; one number of each would be eight."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(mapped, "LARGE", 0)
    monkeypatch.setattr(mapped, "PIECE", 128)
    monkeypatch.setattr("tcpexplain.diagnosis.ranking.JUDGED", 128)
    monkeypatch.setattr(tallies, "ROOM", 512)
    monkeypatch.setattr("tcpexplain.parallel.named.AT_ONCE", 512)


def connections(count, folder):
    """So many connections of a few hosts that were closed after an answer: tables in files."""
    types = Arrays().types
    rows, facts, clients, servers = (
        mapped.mapped(types[kind], count, folder) for kind in (Entry, Facts, EndFacts, EndFacts)
    )
    at = np.arange(count)
    rows["version"], rows["low_lo"], rows["high_lo"] = 4, at % 5, 100 + at % 3
    rows["low_port"], rows["high_port"] = at % 60_000, 80
    facts["start"], facts["duration"] = at * 1000, NANOSECOND
    facts["syns"] = facts["syn_acks"] = facts["established"] = 1
    facts["request_bytes"] = facts["response_bytes"] = 100
    for ends in (clients, servers):
        ends["data"] = ends["fin_packet"] = ends["fin_time"] = ends["segments"] = 1
    return rows, facts, clients, servers


def peak(task):
    tracemalloc.start()
    task()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def noted(tables):
    neighbours.note(*tables, len(tables[0]))
    siblings.note(*tables, len(tables[0]))


def counted(tables):
    table, every = Neighbourhood(*tables), range(len(tables[0]))
    assert sum(table.counted(every).values()) == len(every)
    assert sum(table.callers(every).values()) == len(every)
    assert table.extent("start", every) == (0, (len(every) - 1) * 1000)
    assert not table.alone(every)


def shaped(tables):
    assert list(shapes.in_columns(tables, len(tables[0]), 1)) == []


@pytest.mark.parametrize("ask", [noted, counted, shaped])
def test_four_times_the_connections_take_no_more_memory(ask, tmp_path):
    few, many = (connections(count, tmp_path) for count in (FEW, MANY))
    ask(few)
    assert peak(partial(ask, many)) - peak(partial(ask, few)) < NOISE * (MANY - FEW)


def test_a_verdict_takes_a_few_bytes(tmp_path):
    few, many = (connections(count, tmp_path)[1:] for count in (FEW, MANY))
    judge_all(*few)
    more = peak(lambda: judge_all(*many)) - peak(lambda: judge_all(*few))
    assert more < 12 * (MANY - FEW)


def names(count):
    """So many connections of one capture, as whoever decoded it has sorted them."""
    key = np.arange(count, dtype=np.uint64) * np.uint64(2**64 // count)
    number = np.arange(count) * (2**32 // count)
    ones, sums = np.ones(count, np.int64), np.ones(count)
    return NameColumns(key, ones, ones, sums, sums, ones, ones, key, number, number, key, np.arange(count))


def walked(captures):
    assert sum(len(rows.key) for rows in rows_by_key(np, captures, [0, 1])) == 2 * len(captures[0].key)
    assert sum(len(rows.key) for rows in rows_by_number(np, captures, [0, 1])) == 2 * len(captures[0].key)


def test_names_of_captures_are_compared_a_range_at_a_time():
    few, many = ([names(count), names(count)] for count in (FEW, MANY))
    walked(few)
    assert peak(lambda: walked(many)) - peak(lambda: walked(few)) < NOISE * (MANY - FEW)


def test_of_no_connections_nothing_is_noted(tmp_path):
    neighbours.note(*(table[:0] for table in connections(1, tmp_path)), 0)
