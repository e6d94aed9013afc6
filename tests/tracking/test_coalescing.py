"""Segments that joined a stretch as they came: what is found is the same as if all had been kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from examples_of_traffic import generated
from found import SCRATCH, analysed, assert_same
from hypothesis import example, given
from hypothesis import strategies as st
from mess import LINKTYPE_RAW, Mess
from shares import examples, one_of

from tcpexplain.analysis.memory import Plain
from tcpexplain.lab.pcapfile import write_pcap

ROOT = Path(__file__).parents[2]
CAPTURES, OTHERS = (sorted((ROOT / folder).rglob("*.pcap*")) for folder in ("captures", "tests"))


@pytest.fixture(autouse=True)
def from_the_first_segment_on(monkeypatch):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 0)
    monkeypatch.setattr(Plain, "worth_folding", 0)


def compare(path):
    kept, folded = analysed(path, tell=True), analysed(path, tell=False)
    assert_same(kept, folded, without=SCRATCH)
    return folded


@pytest.mark.parametrize("path", [*CAPTURES, *one_of(3, OTHERS)], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_facts_and_resets_are_the_same_and_those_of_the_machine_that_takes_every_segment(path):
    """Header prediction passes over what only continues (``machine/test_prediction.py``); folding keeps less still."""
    whole, predicted, folded = analysed(path, every=True), analysed(path), analysed(path, tell=False)
    assert_same(whole, predicted)
    assert_same(predicted, folded, without=SCRATCH)


@pytest.mark.parametrize("mix", ["web", "pool", "flood"])
def test_the_same_holds_for_generated_traffic(mix, tmp_path, fewer):
    folded = compare(generated(tmp_path / "x.pcap", mix, packets=fewer(9000 if mix == "flood" else 20_000)))
    gone = sum(row.gone for row in folded.rows[: folded.streams])
    assert gone > {"web": 0.4, "pool": 0.9, "flood": 0}[mix] * folded.segments - 1


@pytest.mark.parametrize("mix", ["web", "pool"])
def test_connections_that_were_open_when_folding_begins_are_folded_from_their_beginning(
    mix, tmp_path, monkeypatch, fewer
):
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", fewer(10_000))
    path = generated(tmp_path / "x.pcap", mix, packets=fewer(20_000))
    before = compare(path)
    monkeypatch.setattr("tcpexplain.analysis.analysis.FOLDED", 0)
    after = compare(path)
    gone = [sum(row.gone for row in folded.rows[: folded.streams]) for folded in (before, after)]
    assert gone[0] == gone[1]


USUAL = ["data", "ack", "answered", "answered", "echo"]
RARE = [
    "unseen",
    "again",
    "twice",
    "twice_nothing",
    "closed_window",
    "probe",
    "other_way",
    "fin",
    "reset",
    "forged",
    "forged_syn",
]
words = st.one_of(st.sampled_from(USUAL), st.sampled_from(USUAL), st.sampled_from(USUAL), st.sampled_from(RARE))
gaps = st.sampled_from([1000, 300_000, 40_000_000, 1_500_000_000])
scripts = st.lists(st.tuples(words, st.integers(0, 1), st.integers(1, 900), gaps), min_size=12, max_size=60)


NEEDLESS = [
    *[("data", 0, 1, 1000)] * 7, ("answered", 1, 1, 1000), ("ack", 0, 1, 1000), ("ack", 1, 1, 1000),
    *[("data", 0, 1, 1000)] * 2, ("again", 1, 1, 300_000), ("data", 0, 1, 1000),
]  # fmt: skip
"""A byte is sent again although its acknowledgment was captured: the copy is none of what the peer has not heard."""


@examples(150)
@given(scripts)
@example(NEEDLESS)
def test_whatever_happens_folding_changes_nothing(script):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tcpexplain.analysis.analysis.FOLDED", 0)
        path = Path(folder) / "x.pcap"
        write_pcap(path, Mess(script).frames, link_type=LINKTYPE_RAW)
        compare(path)
