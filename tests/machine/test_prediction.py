"""Header prediction: passing over what only continues changes nothing of what is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples_of_traffic import generated
from found import analysed, told

ROOT = Path(__file__).parents[2]
CAPTURES = sorted([*(ROOT / "captures").rglob("*.pcap*"), *(ROOT / "tests").rglob("*.pcap*")])


def compare(path):
    whole, brief = (told(analysed(path, every=every), without=()) for every in (True, False))
    for expected, found in zip(whole, brief, strict=True):
        assert found == expected


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_facts_and_resets_are_those_of_the_machine_that_takes_every_segment(path):
    compare(path)


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_the_same_holds_for_generated_traffic(mix, tmp_path, fewer):
    compare(generated(tmp_path / "x.pcap", mix, packets=fewer(6000)))


def test_most_of_a_transfer_is_predicted(tmp_path):
    from tcpexplain.wire.segment import MARK_PREDICTED

    analysis = analysed(generated(tmp_path / "x.pcap", "pool", packets=6000))
    predicted = sum(bool(segment.mark & MARK_PREDICTED) for segment in analysis.pool)
    assert predicted > 0.8 * analysis.segments
