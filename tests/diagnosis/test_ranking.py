"""Which causes hold of many connections at once: as many as there are, however many bits a word has."""

from __future__ import annotations

import pytest

from tcpexplain.diagnosis.ranking import different_sets

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "held", [[set(), {0}, {63}], [{64}, {0, 64}, {0}, {64}], [{3, 63, 64, 127}, {127}, {3, 63, 64, 127}]]
)
def test_sets_of_causes_are_told_apart_beyond_one_word(held):
    bits = np.zeros((2, len(held)), np.uint64)
    for column, places in enumerate(held):
        for place in places:
            bits[place // 64, column] |= np.uint64(1 << place % 64)
    sets, which = different_sets(bits)
    assert [{place for place in range(128) if sets[one] >> place & 1} for one in which] == held
    assert len(sets) == len({frozenset(one) for one in held})
