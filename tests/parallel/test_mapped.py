"""Tables of many connections lie in a file: what is let go of them leaves memory, and comes back as it was."""

import errno
import os
from pathlib import Path

import pytest

from tcpexplain.hot import mapped
from tcpexplain.hot.columns import Apart, column, put, put_column
from tcpexplain.hot.record import dtype
from tcpexplain.machine.facts import Facts

np = pytest.importorskip("numpy")

COUNT = 60_000
needs_files = pytest.mark.skipif(
    mapped.DROP is None or not hasattr(os, "posix_fallocate"), reason="memory is not let go here"
)


def resident(table):
    """Bytes of a table that are in this process's memory, as the kernel counts them."""
    start = table.__array_interface__["data"][0]
    counted = mine = 0
    with Path("/proc/self/smaps").open(encoding="ascii") as maps:
        for line in maps:
            first = line.split()[0]
            if "-" in first:
                low, high = (int(one, 16) for one in first.split("-"))
                mine = low <= start < high
            elif mine and first == "Rss:":
                counted += int(line.split()[1]) * 1024
    return counted


@needs_files
def test_what_is_let_go_leaves_memory_and_stays_what_it_was(tmp_path):
    table = mapped.mapped(dtype(Facts), COUNT, str(tmp_path))
    table["start"] = np.arange(COUNT)
    assert resident(table) > table.nbytes // 2
    mapped.let_go(table[5:])
    assert resident(table) == 0
    assert column(table, "start") == list(range(COUNT))
    assert resident(table) == 0
    assert list(tmp_path.iterdir()) == []


@needs_files
def test_a_column_is_read_and_written_with_little_of_the_table_in_memory(tmp_path):
    table = mapped.mapped(dtype(Facts), COUNT, str(tmp_path))
    put_column(table, "duration", np.arange(COUNT))
    put(table, "duration", {7: -1})
    assert resident(table) == 0
    found = Apart(table).duration
    assert (found[:9].tolist(), int(found.sum())) == ([0, 1, 2, 3, 4, 5, 6, -1, 8], COUNT * (COUNT - 1) // 2 - 8)
    assert resident(table) == 0


def test_a_small_table_and_one_on_a_full_disk_lie_in_memory(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    for count in (3, COUNT):
        table = mapped.mapped(dtype(Facts), count, str(tmp_path))
        table["start"] = 9
        mapped.let_go(table)
        assert mapped.file_of(table) is None
        assert int(table["start"].sum()) == 9 * count
