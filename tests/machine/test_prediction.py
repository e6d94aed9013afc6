"""Header prediction: passing over what only continues changes nothing of what is found."""

from __future__ import annotations

import pytest
from examples_of_traffic import generated
from found import analysed, assert_same


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_facts_and_resets_are_those_of_the_machine_that_takes_every_segment(mix, tmp_path, fewer):
    """So they are in every capture there is: ``tracking/test_coalescing.py``."""
    path = generated(tmp_path / "x.pcap", mix, packets=fewer(6000))
    assert_same(analysed(path, every=True), analysed(path))


def test_most_of_a_transfer_is_predicted(tmp_path):
    from tcpexplain.wire.segment import MARK_PREDICTED

    analysis = analysed(generated(tmp_path / "x.pcap", "pool", packets=6000))
    predicted = sum(bool(segment.mark & MARK_PREDICTED) for segment in analysis.pool)
    assert predicted > 0.8 * analysis.segments
