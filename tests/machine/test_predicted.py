"""Header prediction: passing over what only continues changes nothing of what is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples_of_traffic import generated

from tcpexplain.analyse import Analysis
from tcpexplain.machine.facts import END_FIELDS, FIELDS
from tcpexplain.machine.step import RESET_FIELDS
from tcpexplain.readers import open_capture

ROOT = Path(__file__).parents[2]
CAPTURES = sorted([*(ROOT / "captures").rglob("*.pcap*"), *(ROOT / "tests").rglob("*.pcap*")])
BY_STEPS_ONLY = {"condition"}
"""What sockets know between two packets is told where steps are."""


def analysed(path, *, whole):
    analysis = Analysis(every=whole)
    for frames in open_capture(path):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def told(analysis):
    """Facts and RSTs of every connection."""
    for stream in range(analysis.streams):
        for record, fields in zip(analysis.results.of(stream), (FIELDS, END_FIELDS, END_FIELDS), strict=True):
            yield {name: getattr(record, name) for name, _ in fields if name not in BY_STEPS_ONLY}
        for reset in analysis.results.resets_of(stream):
            yield {name: getattr(reset, name) for name, _ in RESET_FIELDS}


def compare(path):
    for expected, found in zip(told(analysed(path, whole=True)), told(analysed(path, whole=False)), strict=True):
        assert found == expected


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_facts_and_resets_are_those_of_the_machine_that_takes_every_segment(path):
    compare(path)


@pytest.mark.parametrize("mix", ["web", "flood", "pool"])
def test_the_same_holds_for_generated_traffic(mix, tmp_path):
    compare(generated(tmp_path / "x.pcap", mix, packets=6000))


def test_most_of_a_transfer_is_predicted(tmp_path):
    from tcpexplain.wire.segment import MARK_PREDICTED

    analysis = analysed(generated(tmp_path / "x.pcap", "pool", packets=6000), whole=False)
    predicted = sum(bool(segment.mark & MARK_PREDICTED) for segment in analysis.pool)
    assert predicted > 0.8 * analysis.segments
