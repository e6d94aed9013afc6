"""What connections tell about each other, the same from objects and from arrays."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from stories import found_in, play

import tcpexplain
from tcpexplain import causes
from tcpexplain.analysis import neighbours, siblings
from tcpexplain.analysis.memory import Arrays
from tcpexplain.diagnosis.ranking import judge, judge_all
from tcpexplain.hot import mapped
from tcpexplain.hot.columns import column, put
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.tracking.entry import Entry
from tcpexplain.units import NANOSECOND

TESTS = Path(__file__).parents[1]
PROGRAMS = TESTS / "causes" / "programs"
NOTED = ("ports_tried", "port_lives", "queue_full", "alike", "twin", "age_alike", "idle_alike")


def cases(name):
    return [one.facts for one in tcpexplain.read(next(PROGRAMS.glob(f"{name}.pcap*")), events=False)]


@pytest.mark.parametrize(
    ("name", "fact", "most"),
    [
        ("nmap-syn-scan", "ports_tried", 300),
        ("nc-connect-scan", "ports_tried", 200),
        ("nginx-upstream-backlog-full", "queue_full", 2),
        ("healthy-haproxy-checks", "alike", 198),
        ("nginx-keepalive-stale", "ports_tried", 0),
        ("postgres-connect-timeout", "queue_full", 0),
    ],
)
def test_what_neighbours_tell(name, fact, most):
    assert max(getattr(case.facts, fact) for case in cases(name)) == pytest.approx(most, abs=1)


def test_port_that_answers_others_lives():
    unanswered = [
        case.facts for case in cases("postgres-connect-timeout") if case.facts.syns and not case.facts.syn_acks
    ]
    assert [facts.port_lives for facts in unanswered] == [1]


def test_arrays_tell_the_same_as_objects():
    found = cases("nginx-upstream-backlog-full")
    rows = []
    for case in found:
        row = Entry()
        row.version, row.low_lo, row.high_lo = 4, 1, 2
        row.low_port, row.high_port = (40_000, 80) if case.facts.client == 0 else (80, 40_000)
        rows.append(row)
    facts, clients, servers = ([getattr(case, which) for case in found] for which in ("facts", "client", "server"))
    memory = Arrays()
    arrays = (
        memory.taken(rows, Entry),
        memory.taken(facts, Facts),
        memory.taken(clients, EndFacts),
        memory.taken(servers, EndFacts),
    )
    for name in NOTED:
        put(arrays[1], name, dict.fromkeys(range(len(found)), 0))
        put(facts, name, dict.fromkeys(range(len(found)), 0))
    for tell in (neighbours.note, siblings.note):
        tell(rows, facts, clients, servers, len(found))
        tell(*arrays, len(found))
    for name in NOTED:
        assert column(arrays[1], name) == column(facts, name), name
    assert max(column(facts, "queue_full")) > 0


def crowd(seed):
    """Connections of a few hosts, of every kind that matters to others."""
    chance = Random(seed)
    for _ in range(1200):
        row, facts, client, server = Entry(), Facts(), EndFacts(), EndFacts()
        row.version, row.low_lo, row.high_lo = 4, chance.randrange(3), chance.randrange(3, 6)
        row.low_port, row.high_port = chance.randrange(40_000, 40_008), chance.randrange(40_000, 40_008)
        facts.client = chance.randrange(2)
        facts.start, facts.duration, facts.left = chance.randrange(10**10), chance.randrange(10**10), 5
        facts.syns, facts.syn_acks, facts.established = (chance.randrange(2) for _ in range(3))
        facts.syn_last = chance.randrange(10**9)
        facts.resets, facts.reset_by = chance.randrange(2), chance.randrange(-1, 2)
        facts.request_bytes, facts.response_bytes = chance.randrange(3), chance.randrange(2)
        client.data, client.fin_packet = chance.randrange(2), chance.randrange(2)
        server.data, server.first_data, server.fin_packet = (chance.randrange(2) for _ in range(3))
        facts.closed_first, server.fin_heard = chance.randrange(-1, 2), chance.randrange(3) * NANOSECOND
        server.fin_time, facts.idle_before_fin = (chance.choice((5, 30, 60)) * NANOSECOND for _ in range(2))
        facts.idle_before_reset = chance.randrange(60 * NANOSECOND)
        yield row, facts, client, server


@pytest.mark.parametrize("piece", [1 << 12, 100])
@pytest.mark.parametrize("seed", range(5))
def test_a_crowd_in_columns_tells_the_same_as_one_of_objects(seed, piece, monkeypatch):
    monkeypatch.setattr(mapped, "PIECE", piece)
    rows, facts, clients, servers = (list(part) for part in zip(*crowd(seed), strict=True))
    memory = Arrays()
    kinds = zip((rows, facts, clients, servers), (Entry, Facts, EndFacts, EndFacts), strict=True)
    arrays = [memory.taken(objects, kind) for objects, kind in kinds]
    for tell in (neighbours.note, siblings.note):
        tell(rows, facts, clients, servers, len(rows))
        tell(*arrays, len(rows))
    for name in NOTED:
        assert column(arrays[1], name) == column(facts, name), name
        assert max(column(facts, name)) > 0, name


def test_causes_of_columns_are_those_of_single_connections():
    ladders = [ladder for _, ladder in found_in(TESTS / "causes")]
    found = [one.facts for ladder in ladders for one in play(ladder)]
    memory = Arrays()
    facts, clients, servers = ([getattr(case, which) for case in found] for which in ("facts", "client", "server"))
    main, certainty, *_ = judge_all(
        memory.taken(facts, Facts), memory.taken(clients, EndFacts), memory.taken(servers, EndFacts)
    )
    single = [judge(*one)[:2] for one in zip(facts, clients, servers, strict=True)]
    assert list(zip(main.tolist(), certainty.tolist(), strict=True)) == single
    said = {causes.ranked()[place].CODE for place, _ in single}
    never = {cause.CODE for cause in causes.ranked() if cause.GROUP == causes.ALSO_ONLY or hasattr(cause, "ASIDE")}
    # A ladder has one name for each end: what NAT does, captures at several points show (tests/identity).
    never |= {"nat-not-undone", "lost-on-the-way"}
    assert {cause.CODE for cause in causes.ranked()} - never <= said


@pytest.mark.parametrize(("served_at", "full"), [(99, 0), (100, 0), (101, 1)])
@pytest.mark.parametrize("where", ["objects", "columns"])
def test_a_port_that_serves_somebody_at_the_very_end_of_the_wait_is_not_full(served_at, full, where):
    """Of three connections to one port the first waits 100 ns for a SYN-ACK, the second for an answer, the third is served."""
    memory, columns = Arrays(), []
    for place in range(3):
        row, facts, client, server = Entry(), Facts(), EndFacts(), EndFacts()
        row.version, row.low_lo, row.high_lo, row.low_port, row.high_port = 4, 1, 2, 40_000 + place, 80
        facts.syns, facts.duration = 1, 1000
        if place == 0:
            facts.start, facts.syn_last = 1, 99
        else:
            facts.syn_acks = facts.established = 1
            facts.start, server.data = (1, 0) if place == 1 else (served_at, 1)
        columns.append((row, facts, client, server))
    found = [list(column) for column in zip(*columns, strict=True)]
    if where == "columns":
        found = [memory.taken(each, kind) for each, kind in zip(found, (Entry, Facts, EndFacts, EndFacts), strict=True)]
    neighbours.note(*found, 3)
    assert bool(column(found[1], "queue_full")[0]) == bool(full)
