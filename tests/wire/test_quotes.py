"""ICMP errors whose quote was cut by a snap length of 54 bytes: they are about the packet that they begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pcapfiles import taken, written

import tcpexplain

CAPTURES = Path(__file__).parents[2] / "captures"
SNAP = 54


def cut_to(path, target, snap=SNAP, drop=()):
    """A pcap file with at most ``snap`` bytes of each packet, without the packets in ``drop``."""
    link, records = taken(path)
    kept = [one._replace(data=one.data[:snap]) for number, one in enumerate(records, 1) if number not in drop]
    return written(target, kept, link)


@pytest.mark.parametrize(
    "name", ["icmp-refuses-connect", "firewall-refuses-connect-with-icmp", "icmp-on-established-connection"]
)
def test_an_error_with_a_cut_quote_ends_what_it_ends_with_a_whole_one(name, tmp_path):
    (whole,) = tcpexplain.read(CAPTURES / name / "capture.pcap")
    (cut,) = tcpexplain.read(cut_to(CAPTURES / name / "capture.pcap", tmp_path / "cut.pcap"))
    assert (cut.cause, cut.severity, cut.final) == (whole.cause, whole.severity, whole.final)
    assert cut.seen["client"].outcome == whole.seen["client"].outcome


def test_an_error_about_a_packet_that_was_not_captured_stays_unread(tmp_path):
    """Nothing tells which connection it is about."""
    path = CAPTURES / "icmp-refuses-connect" / "capture.pcap"
    with pytest.raises(tcpexplain.CaptureError) as raised:
        tcpexplain.read(cut_to(path, tmp_path / "cut.pcap", drop=(1,)))
    assert raised.value.code == "TE004"


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_packet_that_an_error_is_about_may_be_in_another_file(jobs, tmp_path):
    """A capture that was cut in three has the answers of the whole, however short its snap length."""
    path = CAPTURES / "icmp-refuses-connect" / "capture.pcap"
    link, records = taken(path)
    short = [one._replace(data=one.data[:SNAP]) for one in records]
    (whole,) = tcpexplain.read(written(tmp_path / "whole.pcap", short, link))
    parts = [written(tmp_path / f"{at}.pcap", [one], link) for at, one in enumerate(short)]
    (cut,) = tcpexplain.read(parts[::-1], jobs=jobs)
    assert whole.cause == cut.cause == "refused-by-icmp"
    assert cut.packets == len(records)


def test_an_error_that_was_sent_with_a_short_quote_names_nothing(tmp_path):
    """Where the frame is whole, the router quoted no more: among files and in one, nothing is guessed."""
    link, records = taken(CAPTURES / "icmp-refuses-connect" / "capture.pcap")
    short = [one._replace(data=one.data[:SNAP], wire=len(one.data[:SNAP])) for one in records]
    (found,) = tcpexplain.read(written(tmp_path / "x.pcap", short, link))
    assert found.packets == 1
