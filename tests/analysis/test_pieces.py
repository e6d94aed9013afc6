"""Records of many owners in several arrays."""

from __future__ import annotations

import numpy as np
import pytest

from tcpexplain.analysis.pieces import gathered, places

KIND = np.dtype([("owner", "i8"), ("value", "i8")])
BLANK = np.zeros(0, KIND)


def piece(*owners):
    """An array of records of these owners, each with a value of its own."""
    found = np.zeros(len(owners), KIND)
    found["owner"], found["value"] = owners, [100 * owner + place for place, owner in enumerate(owners)]
    return found


def values(pieces, owners, count=6):
    where = places(np, pieces, "owner", count)
    rows, counts = gathered(np, pieces, where, np.array(owners, np.int64), BLANK)
    return rows["owner"].tolist(), counts.tolist()


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(0, 0, 1, 3, 3, 3)],
        [piece(3, 3, 3), piece(), piece(0, 0, 1)],
        [piece(3, 0), piece(1, 3), piece(0, 3)],
    ],
    ids=["in order", "in several", "not together"],
)
def test_those_of_an_owner_come_together(pieces):
    assert values(list(pieces), [0, 1, 2, 3]) == ([0, 0, 1, 3, 3, 3], [2, 1, 0, 3])
    assert values(list(pieces), [3, 5, 1]) == ([3, 3, 3, 1], [3, 0, 1])


def test_each_keeps_its_order():
    pieces = [piece(1, 0), piece(0, 1)]
    where = places(np, pieces, "owner", 2)
    rows, _ = gathered(np, pieces, where, np.array([1, 0]), BLANK)
    assert rows["value"].tolist() == [100, 101, 1, 0]


def test_what_lies_as_it_is_wanted_is_not_copied():
    pieces = [piece(0, 0, 1, 2)]
    rows, _ = gathered(np, pieces, places(np, pieces, "owner", 3), np.array([1, 2]), BLANK)
    assert np.shares_memory(rows, pieces[0])


def test_nothing_is_nothing():
    assert values([], [0, 1]) == ([], [0, 0])
    assert values([piece(0)], []) == ([], [])
