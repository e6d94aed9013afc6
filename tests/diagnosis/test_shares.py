"""Which server, client or minute has more of a group than its siblings, and of how many connections a group is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.diagnosis.members import siblings
from tcpexplain.diagnosis.shares import by_chance, endpoint, exceeds, sentence, standing_out
from tcpexplain.model.group import Proportion
from tcpexplain.terminal.groups import minute

MIXED = Path(__file__).parents[2] / "captures" / "mix2000" / "mix2000.pcap"


def server(last: int, port: int = 9000) -> tuple[int, ...]:
    return (4, 0, (10 << 24) + last, port)


def test_one_backend_among_three_stands_out():
    own = Counter({server(1): 2, server(2): 41, server(3): 1})
    every = Counter({server(1): 45, server(2): 43, server(3): 45})
    share = standing_out("server", own, siblings(every), endpoint)
    assert share == Proportion("server", "10.0.0.2:9000", 41, 43, 3, 90)
    assert (
        sentence(share)
        == "10.0.0.2:9000 stands out: 41 of its 43 connections, 3 of 90 at the other servers on port 9000"
    )


def test_siblings_that_suffer_alike_are_not_accused():
    own = Counter({server(1): 10, server(2): 12, server(3): 9})
    every = Counter({server(1): 100, server(2): 100, server(3): 100})
    assert standing_out("server", own, siblings(every), endpoint) is None


@pytest.mark.parametrize(
    ("share", "compared", "said"),
    [
        (Proportion("client", "a", 3, 3, 0, 3), 2, False),
        (Proportion("client", "a", 30, 31, 4, 300), 13, True),
        (Proportion("client", "a", 2, 2, 0, 1000), 2, False),
        (Proportion("client", "a", 5, 10, 1, 100), 2, True),
        (Proportion("client", "a", 5, 10, 1, 100), 5000, False),
        (Proportion("client", "a", 150, 1000, 100, 1000), 2, False),
    ],
)
def test_chance_is_told_from_a_difference(share, compared, said):
    assert exceeds(share, compared) is said


def test_the_probability_is_that_of_fishers_test():
    assert by_chance(Proportion("client", "a", 3, 3, 0, 3)) == pytest.approx(1 / 20)
    assert by_chance(Proportion("client", "a", 0, 3, 3, 3)) == 1.0


def test_a_group_is_told_of_how_many():
    groups = {group.code: group for group in tcpexplain.read(MIXED, events=False).groups}
    assert (groups["port-closed"].of, groups["port-closed"].everywhere) == (31, 2000)
    assert groups["peer-vanished"].of == 17
    assert [share.value for share in groups["peer-vanished"].differs if share.by == "server"] == ["10.3.0.41:7002"]
    assert groups["clean"].differs == ()


def test_a_minute_that_stands_out_is_told_by_the_clock():
    group = tcpexplain.read(MIXED, events=False).groups[0]
    start = group.first // (60 * 10**9) * 60 * 10**9
    from dataclasses import replace

    told = minute(replace(group, differs=(Proportion("minute", str(start), 28, 30, 12, 1800),)))
    assert told == "; 09:30 stands out: 28 of the 30 connections that ended in that minute, 12 of 1,800 in the others"
