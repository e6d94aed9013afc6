"""What connections of one cause have in common, and which timer closed them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

import tcpexplain
from tcpexplain.analysis.memory import Arrays
from tcpexplain.analysis.neighbourhood import Neighbourhood
from tcpexplain.analysis.tallies import Repeats, place_among, same
from tcpexplain.diagnosis.durations import mode, quiet
from tcpexplain.diagnosis.members import Objects
from tcpexplain.evidence.timeouts import KNOWN, matching, named, silent
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.reports import html, markdown, text
from tcpexplain.terminal.groups import often, when
from tcpexplain.tracking.entry import Entry
from tcpexplain.units import NANOSECOND

TESTS = Path(__file__).parents[1]
MIXED = TESTS.parent / "captures" / "mix2000" / "mix2000.pcap"
PROGRAMS = TESTS / "causes" / "programs"


@pytest.fixture(scope="module")
def groups():
    return {group.code: group for group in tcpexplain.read(MIXED, events=False).groups}


def of(name, code):
    path = next(PROGRAMS.glob(f"{name}.pcap*"))
    return next(group for group in tcpexplain.read(path, events=False).groups if group.code == code)


def test_groups_count_every_connection(groups):
    assert {code: group.count for code, group in groups.items()} == {
        "peer-closed-idle-connection": 143,
        "write-after-close": 41,
        "close-with-unread-data": 38,
        "port-closed": 31,
        "syn-unanswered": 12,
        "peer-vanished": 5,
        "close-wait-leak": 97,
        "linger-zero-abort": 9,
        "still-open": 12,
        "clean": 1612,
    }


def test_worst_groups_come_first(groups):
    assert next(iter(groups)) == "peer-closed-idle-connection"
    assert [group.severity for group in groups.values()] == ["failed"] * 6 + ["suspicious"] * 2 + ["fine"] * 2


def test_each_group_names_its_first_connection(groups):
    assert {code: groups[code].worst for code in ("peer-closed-idle-connection", "close-wait-leak", "clean")} == {
        "peer-closed-idle-connection": 71,
        "close-wait-leak": 9,
        "clean": 0,
    }


def test_stale_pool_is_told_by_servers_timer_and_reuse(groups):
    group = groups["peer-closed-idle-connection"]
    assert group.in_common.startswith(
        "all 143 connections to 10.3.0.11-13:9000, none of the other 1,857; the server's FIN comes 60.0 s after the last data every time"
    )
    assert "the client reuses the connection 5.0 s later" in group.in_common
    assert "AWS Application Load Balancer" in group.in_common
    assert group.do == "Make the client's idle timeout shorter than 60 s."


def test_leak_is_told_by_its_servers_and_the_oldest(groups):
    group = groups["close-wait-leak"]
    assert group.in_common == "all 97 connections to 10.3.0.11-13:8080, none of the other 1,903; oldest 10 min 41 s."
    assert group.do == "The application does not call close() after read → 0."


def test_fine_groups_say_nothing(groups):
    assert groups["clean"].in_common == groups["still-open"].in_common == ""


def test_groups_have_a_first_a_last_and_a_rate(groups):
    group = groups["port-closed"]
    assert 0 < group.first < group.last
    assert group.rate == pytest.approx(60e9 * 30 / (group.last - group.first))


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.05, "3.0 an hour"),
        (0.9, "54 an hour"),
        (1.0, "1.0 a minute"),
        (15.2, "15 a minute"),
        (119.0, "119 a minute"),
        (2400.0, "40 a second"),
    ],
)
def test_how_often_is_said_in_a_unit_that_fits(rate, said):
    assert often(rate) == said


def test_reports_say_since_when_and_how_often(groups):
    assert when(groups["port-closed"]) == "09:30:09 to 09:40:42, 2.8 a minute; first failure 09:30:09.2"
    assert when(replace(groups["port-closed"], count=2, first_failure=0)) == "09:30:09 to 09:40:42"
    assert when(replace(groups["port-closed"], last=groups["port-closed"].first, first_failure=0)) == ""
    capture = tcpexplain.read(MIXED, events=False)
    for report in (text, html):
        assert "09:30:09 to 09:40:42, 2.8 a minute" in " ".join(report.render(capture).split())
    assert "| 09:30:09 | 09:40:42 | 09:30:09.2 | 2.8 a minute |" in markdown.render(capture)


def test_one_connection_alone_has_nothing_in_common():
    assert of("nginx-keepalive-stale", "peer-closed-idle-connection").in_common == ""


def test_one_connection_alone_does_not_prove_a_timer():
    (failed,) = (
        one for one in tcpexplain.read(PROGRAMS / "gunicorn-keepalive-default.pcap") if one.severity == "failed"
    )
    assert "the default of Gunicorn keepalive; one connection alone does not prove a timer" in failed.finding.why


def test_deploy_is_no_timer():
    said = of("deploy-under-pool", "peer-closed-idle-connection").in_common
    assert said.startswith("30 of the 31 connections to 127.0.0.1:8100")
    assert "the server's FIN comes" not in said


def test_three_that_hurt_are_found_among_probes():
    said = of("three-stale-among-probes", "peer-closed-idle-connection").in_common
    assert "the server's FIN comes 2.0 s after the last data every time" in said


@pytest.mark.parametrize(
    ("seconds", "sharp", "count"),
    [
        ([60.0, 60.1, 60.2, 60.05], True, 4),
        ([60.0, 60.1, 60.2, 12.0], False, 0),
        ([60.0, 60.1, 60.2, 60.1, 60.1, 3.0], True, 5),
        ([1.0, 9.0, 30.0, 55.0], False, 0),
        ([60.0, 60.0], False, 0),
        ([0.0, 0.0, 0.0], False, 0),
        ([], False, 0),
    ],
)
def test_only_a_sharp_mode_is_a_timer(seconds, sharp, count):
    value, found = mode([round(one * NANOSECOND) for one in seconds])
    assert (bool(value), found) == (sharp, count)


def test_defaults_are_matched_within_a_timers_slack():
    assert {known.program for known in matching(75.2 * NANOSECOND, "server")} == {"nginx"}
    assert not matching(74.8 * NANOSECOND, "server")
    assert not matching(75.2 * NANOSECOND, "client")
    assert named(()) == ""


def test_every_known_timeout_has_a_setting_and_a_source():
    assert all(known.seconds > 0 and known.program and known.setting and known.source for known in KNOWN)
    assert list(KNOWN) == sorted(KNOWN, key=lambda known: known.seconds)


def test_boxes_that_forget_are_named_only_after_their_time():
    assert silent(100 * NANOSECOND) == ""
    assert silent(352 * NANOSECOND).startswith("AWS NLB, NAT gateway forgets after")


@pytest.mark.parametrize("spread", [10**7, 10**11])
def test_a_mode_of_many_is_found_as_that_of_few(spread, monkeypatch):
    chance = Random(spread)
    values = [60 * NANOSECOND + chance.randrange(spread) for _ in range(6000)] + [0] * 10
    by_array = mode(values)
    monkeypatch.setattr("tcpexplain.diagnosis.durations.MANY", len(values))
    assert by_array == mode(values)


def test_columns_count_the_ends_that_objects_count(monkeypatch):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "0")
    whole = tcpexplain.read(MIXED, events=False)._connections.analysis
    results, memory = whole.results, Arrays()
    rows = memory.taken(whole.rows[: whole.streams], Entry)
    facts, clients, servers = (
        memory.taken(one[: whole.streams], kind)
        for one, kind in ((results.facts, Facts), (results.clients, EndFacts), (results.servers, EndFacts))
    )
    places = range(whole.streams)
    objects = Objects(whole.rows, results.facts, results.clients, results.servers)
    table = Neighbourhood(rows, facts, clients, servers)
    assert table.counted(np.arange(whole.streams)) == objects.counted(places)
    assert table.callers(np.arange(whole.streams)) == objects.callers(places)
    every = np.arange(whole.streams)
    assert table.alone(every) is objects.alone(places) is False
    some = objects.counted([place for place in places if place % 7 == 0])
    mine, other = table.met(every, 60 * NANOSECOND), objects.met(places, 60 * NANOSECOND)
    assert mine.servers == other.servers == objects.counted(places)
    for one, its in zip(mine.at(some), other.at(some), strict=True):
        assert one[:2] == its[:2]
    for client in objects.callers(places):
        assert mine.at(some)[0].of(client) == other.at(some)[0].of(client)
    for minute in objects.minutes(places, 60 * NANOSECOND):
        assert mine.at(some)[1].of(minute) == other.at(some)[1].of(minute)
    assert table.extent("start", every) == objects.extent("start", places)
    assert table.minutes(every, 60 * NANOSECOND) == objects.minutes(places, 60 * NANOSECOND)
    assert table.values("clients", "data", np.arange(4)).tolist() == objects.values("clients", "data", places[:4])


def test_rows_are_the_same_whatever_room_their_values_need():
    chance = Random(3)
    narrow = [np.array([chance.randrange(3) for _ in range(500)]) for _ in range(3)]
    wide = [column * (1 << 62) - (1 << 62) for column in narrow]
    for columns in (narrow, wide):
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        order = {row: number for number, row in enumerate(sorted(set(rows)))}
        numbers = same(*columns).tolist()
        assert [sorted(set(numbers)).index(number) for number in numbers] == [order[row] for row in rows]
        known = [np.array(column) for column in zip(*sorted(set(rows))[::2], strict=True)]
        found = place_among(columns, known).tolist()
        assert found == [order[row] // 2 if order[row] % 2 == 0 else -1 for row in rows]
        repeats = Repeats()
        repeats.note(*columns)
        assert repeats.fits(*columns).all()


class Reset:
    """Members of a group that were reset unasked: one fact of each by its name."""

    def fact(self, name):
        return {"quiet": [0, 0], "idle_before_reset": [240 * NANOSECOND, 241 * NANOSECOND]}[name]


def test_a_group_names_the_silence_before_resets_that_nobody_asked_for():
    (said,), do = quiet(Reset())
    assert said == "the shortest silence was 4 min (the default of Azure Load Balancer idle timeout)"
    assert "240 s" in do
