"""More causes than a word has bits: columns name them as objects do."""

import random

import pytest

from tcpexplain import causes
from tcpexplain.diagnosis.ranking import numbered

np = pytest.importorskip("numpy")


def test_sets_of_causes_are_told_apart_whichever_word_they_are_in():
    generator = random.Random(11)
    rows = [[generator.choice((0, 1, 1 << 63)), generator.choice((0, 1, 2))] for _ in range(200)]
    which, first = numbered(np, np.array(rows, np.uint64).T.copy())
    assert len(first) == len({tuple(row) for row in rows})
    assert [rows[place] for place in first[which].tolist()] == rows


def test_no_rows_are_no_sets():
    which, first = numbered(np, np.zeros((2, 0), np.uint64))
    assert (len(which), len(first)) == (0, 0)


def test_every_cause_has_a_bit():
    assert len(causes.ranked()) <= 2 * 64
