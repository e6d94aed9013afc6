"""Every sentence that names a packet is true of it, and no verdict contradicts itself: over all captures of the repository."""

from __future__ import annotations

import re
from functools import cache
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


@cache
def connections(path):
    return [one for one in tcpexplain.read(path) if not one.omitted]


def name(path):
    return f"{path.parent.name}/{path.name}"


def text(connection):
    finding = connection.finding
    return f"{finding.title} {finding.why} {finding.lost} {finding.sure} {connection.retry.because}"


def refused(connection):
    """The packets of an answer under another address, and of the client's RST for it: they are of this connection and have not its name."""
    united = connection.facts.united
    return {*united.untranslated, *united.refused} if united else set()


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_packets_that_are_named_are_those_of_the_connection(path):
    wrong = [
        f"stream {one.stream} {one.cause}: packet {number}"
        for one in connections(path)
        for number in {int(found) for found in PACKET.findall(text(one))} | set(one.finding.evidence)
        if number not in {segment.packet for segment in one.segments_seen} | refused(one)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_what_is_called_a_reset_or_a_fin_is_one(path):
    wrong = []
    for one in connections(path):
        flags = {segment.packet: segment.flags for segment in one.segments_seen}
        for pattern, letter in FLAGGED:
            wrong += [
                f"stream {one.stream} {one.cause}: {found[0]}"
                for found in pattern.finditer(text(one))
                if int(found[1]) not in refused(one) and letter not in flags.get(int(found[1]), "")
            ]
    assert wrong == []


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_what_is_certain_has_no_alternative(path):
    assert [
        f"stream {one.stream} {one.cause}: or {one.finding.alternatives}"
        for one in connections(path)
        if one.certainty == "certain" and one.finding.alternatives
    ] == []


@pytest.mark.parametrize("path", CAPTURES, ids=name)
def test_what_answers_a_packet_comes_after_it_from_the_other_end(path):
    wrong = []
    for one in connections(path):
        by = {segment.packet: segment for segment in one.segments_seen}
        for reset in one.resets:
            for packet in reset.evidence:
                answered = by.get(packet)
                late = (
                    answered
                    and packet != reset.packet
                    and (answered.time > by[reset.packet].time or answered.sender == reset.by)
                )
                if late or not answered:
                    wrong.append(f"stream {one.stream}: RST {reset.packet} and packet {packet}")
    assert wrong == []
