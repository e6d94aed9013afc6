"""Values that lie exactly at an edge: the number of a forged SYN, the moment at which a connection has been quiet long enough."""

from __future__ import annotations

import pytest

from tcpexplain.tracking.ended import finished
from tcpexplain.tracking.entry import FIN_HIGH, FIN_LOW, Counters, Entry
from tcpexplain.tracking.table import weigh
from tcpexplain.wire.segment import ACK, SYN, Segment


def segment(**fields):
    found = Segment()
    for name, value in fields.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(("seq", "belongs"), [(5010, 1), (5009, 0), (5011, 1)])
def test_a_segment_with_the_number_of_a_syn_in_doubt_is_of_its_connection(seq, belongs):
    before, doubtful = Entry(), Entry()
    before.first = before.last = 0
    doubtful.first = doubtful.last = 1
    doubtful.doubt = doubtful.kept = doubtful.packets = 1
    before.chain = doubtful.chain = -1
    pool = [segment(seq=5000, flags=ACK), segment(seq=5010, flags=SYN), segment(seq=seq, flags=ACK)]
    assert weigh(1, 0, pool[2], pool, [], [before, doubtful], [1]) == belongs


@pytest.mark.parametrize(("quiet_since", "count"), [(99, 0), (100, 1), (101, 1)])
def test_a_connection_that_was_quiet_exactly_so_long_is_finished(quiet_since, count):
    row, desk = Entry(), Counters()
    row.known, row.time, desk.rows = FIN_LOW | FIN_HIGH, 100, 1
    assert finished([row], [desk], quiet_since, [0]) == count
