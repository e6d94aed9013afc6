"""How often a gap may come before it is the connection's beat."""

from __future__ import annotations

from itertools import accumulate

import pytest

from tcpexplain.model.calls import Packet
from tcpexplain.story.folding import BEAT, Quiet


@pytest.mark.parametrize(("times", "silence"), [(1, True), (BEAT, True), (BEAT + 1, False)])
def test_the_third_gap_of_a_length_is_a_silence_and_the_fourth_is_a_beat(times, silence):
    gaps = [0.001] * 20 + [30.0] * times
    moments = accumulate([0.0, *gaps])
    packets = [Packet(n, moment, "client", "A", 1, 1, 0, 500) for n, moment in enumerate(moments, start=1)]
    assert Quiet(packets)(30.0) == silence
    assert BEAT == 3
