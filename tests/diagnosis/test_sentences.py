"""Every sentence that names a packet is true of it, and no verdict contradicts itself: over all captures of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tcpexplain

ROOT = Path(__file__).parents[2]
LARGEST = 2_000_000
"""Bytes: larger captures hold nothing that the smaller ones do not."""
CAPTURES = sorted(
    path
    for folder in (ROOT / "captures", ROOT / "tests" / "causes" / "programs")
    for path in folder.rglob("*.pcap*")
    if path.stat().st_size < LARGEST
)

PACKET = re.compile(r"packets? (\d+)")
FLAGGED = (
    (re.compile(r"RST in packet (\d+)"), "R"),
    (re.compile(r"packet (\d+) is a RST"), "R"),
    (re.compile(r"FIN in packet (\d+)"), "F"),
    (re.compile(r"packet (\d+) is the FIN"), "F"),
)


def name(path):
    return f"{path.parent.name}/{path.name}"


def text(connection):
    finding = connection.finding
    return f"{finding.title} {finding.why} {finding.lost} {finding.sure} {connection.retry.because}"


def refused(connection):
    """The packets of an answer under another address, and of the client's RST for it: they are of this connection and have not its name."""
    united = connection.facts.united
    return {*united.untranslated, *united.refused} if united else set()


def packets_of_others(one, by):
    """Packets that are named and are not the connection's."""
    named = {int(found) for found in PACKET.findall(text(one))} | set(one.finding.evidence)
    return [f"packet {number}" for number in named - by.keys() - refused(one)]


def wrongly_called(one, by):
    """What is called a RST or a FIN and is none."""
    return [
        found[0]
        for pattern, letter in FLAGGED
        for found in pattern.finditer(text(one))
        if int(found[1]) not in refused(one) and (int(found[1]) not in by or letter not in by[int(found[1])].flags)
    ]


def doubted(one, _):
    """Alternatives to what is certain."""
    return [f"or {other}" for other in one.finding.alternatives if one.certainty == "certain"]


def answers_too_early(one, by):
    """Packets that a RST is said to answer, and that came after it, from the same end, or not at all."""
    return [
        f"RST {reset.packet} and packet {packet}"
        for reset in one.resets
        for packet in reset.evidence
        if packet not in by or (packet != reset.packet and not is_answered(by[packet], by[reset.packet], reset.by))
    ]


def is_answered(segment, reset, by):
    return segment.time <= reset.time and segment.sender != by


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_what_is_said_of_packets_is_true_and_what_is_certain_has_no_alternative(path):
    wrong = []
    for one in tcpexplain.read(path):
        if one.omitted:
            continue
        by = {segment.packet: segment for segment in one.segments_seen}
        for rule in (packets_of_others, wrongly_called, doubted, answers_too_early):
            wrong += [f"{rule.__name__}: stream {one.stream} {one.cause}: {what}" for what in rule(one, by)]
    assert wrong == []
