"""Tables that become longer."""

import pytest

from tcpexplain.tracking.entry import Entry
from tcpexplain.wire.segment import Segment

pytest.importorskip("numpy")

from tcpexplain.analysis.memory import WORTH, Arrays


@pytest.mark.parametrize("kind", [Segment, Entry])
def test_a_long_table_becomes_longer_where_it_is(kind):
    memory = Arrays()
    table = memory.grown(memory.records(kind, 3), kind, WORTH)
    table["time"] = range(WORTH)
    longer = memory.grown(table, kind, 9 * WORTH)
    assert longer.ctypes.data == table.ctypes.data
    assert longer["time"].tolist() == [*range(WORTH), *([0] * 8 * WORTH)]


def test_a_part_of_a_table_becomes_longer_elsewhere():
    memory = Arrays()
    table = memory.grown(memory.records(Segment, 3), Segment, WORTH)
    table["time"] = 1
    longer = memory.grown(table[5:7], Segment, 10)
    longer["time"] = 2
    assert (table["time"] == 1).all()
    assert longer["time"].tolist() == [2] * 10
