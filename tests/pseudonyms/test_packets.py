"""Packets under other names: whole as far as they go, with right checksums, and with the verdict that the real ones have."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from pcapfiles import taken, written
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrRouting
from wrapped import WRAPPINGS

import tcpexplain
from tcpexplain.causes import CERTAINTIES
from tcpexplain.pseudonyms.packets import nameless
from tcpexplain.pseudonyms.prefixes import Addresses
from tcpexplain.reports import json as json_report
from tcpexplain.reports import pcapng
from tcpexplain.wire.linktype import find

CAPTURES = Path(__file__).parents[2] / "captures"
SAMPLE = CAPTURES / "crashed-client-2019" / "capture.pcap"
KEY = b"k" * 32
WITHOUT_PAYLOAD = [
    "crashed-client-2019",
    "icmp-refuses-connect",
    "idle-close-race",
    "keepalive-timeout",
    "linger-zero-abort",
    "forged-reset-in-window",
]
KEPT = ("vxlan", "geneve", "gre", "ipip", "6in4", "gtp-u", "nvgre")
LEFT_OUT = ("gre-in-udp", "vxlan-gpe")
"""Of these kinds, the forms that are not made anew."""


def lines(capture):
    """What JSON says of a capture's connections, but for why their messages were not followed: what is written has no payload."""
    told = [json.loads(line) for line in json_report.render(capture).splitlines()[1:]]
    return [{name: value for name, value in line.items() if name != "messages_unread"} for line in told]


def again(path, folder, key=KEY):
    """The capture under other names, and the one that is read from what it is written as."""
    other = tcpexplain.read(path, anonymize=key)
    pcapng.write(other, folder / "other.pcapng")
    return other, tcpexplain.read(folder / "other.pcapng")


@pytest.mark.parametrize("name", WITHOUT_PAYLOAD)
def test_what_is_written_has_the_verdict_and_every_step_of_the_real_packets(name, tmp_path):
    told, read = (lines(one) for one in again(CAPTURES / name / "capture.pcap", tmp_path))
    for one, other in zip(told, read, strict=True):
        if one["type"] == "connection":
            # Without the last words of an end less is proved.
            assert CERTAINTIES.index(one.pop("certainty")) <= CERTAINTIES.index(other.pop("certainty"))
    assert told == read


def inner_packets():
    return [(one.time, one.data[14:]) for one in taken(SAMPLE).records]


@pytest.mark.parametrize("name", sorted(WRAPPINGS))
def test_a_tunnel_is_kept_or_left_out_and_the_connection_in_it_stays_what_it_is(name, tmp_path):
    wrap, link, _ = WRAPPINGS[name]
    path = written(tmp_path / "x.pcap", [(time, wrap(packet)) for time, packet in inner_packets()], link)
    told, read = again(path, tmp_path)
    (real,), (one,), (other,) = tcpexplain.read(path), told, read
    assert real.cause == one.cause == other.cause
    assert (one.client, one.server) == (other.client, other.server)
    assert str(real.client.address) not in (one.client.address, other.client.address)
    kept = real.tunnel and real.tunnel[0].type in KEPT and name not in LEFT_OUT
    assert other.tunnel == (real.tunnel if kept else ())


def test_two_networks_stay_two(tmp_path):
    wrap = WRAPPINGS["vxlan"][0]
    frames = [(time, wrap(packet)) for time, packet in inner_packets()]
    second = [(time + 10**9, frame.replace(b"\0\0\7\0\2", b"\0\0\x08\0\2")) for time, frame in frames]
    told, read = again(written(tmp_path / "x.pcap", sorted(frames + second)), tmp_path)
    assert [str(one.tunnel[0]) for one in told] == [str(one.tunnel[0]) for one in read] == ["vxlan 7", "vxlan 8"]


def checked(packet):
    """A packet as scapy writes it with checksums of its own."""
    for layer, names in ((IP, ("chksum",)), (TCP, ("chksum",))):
        if layer in packet:
            for name in names:
                packet[layer].delfieldval(name)
    return bytes(packet)


@pytest.mark.parametrize("ip", [IP(src="192.0.2.7", dst="198.51.100.8"), IPv6(src="2001:db8::7", dst="2001:db8::8")])
def test_checksums_are_right(ip):
    packet = bytes(ip / TCP(sport=1, dport=2, flags="S", options=[("MSS", 1460), ("Timestamp", (1, 2))]))
    found = nameless(packet, len(packet), find(101).kind, Addresses(KEY))
    assert checked(type(ip)(found.data)) == found.data
    assert found.data != packet


def test_payload_is_gone_and_its_length_stays():
    packet = bytes(IP() / TCP(flags="PA") / b"zq7")
    found = nameless(packet, len(packet), find(101).kind, Addresses(KEY))
    assert (len(found.data), found.size, found.data[2:4]) == (40, 43, packet[2:4])


def test_the_checksum_does_not_tell_the_payload():
    sent = [bytes(IP() / TCP(flags="PA") / data) for data in (b"yes", b"no!")]
    one, other = (nameless(packet, len(packet), find(101).kind, Addresses(KEY)) for packet in sent)
    assert one.data == other.data


def test_addresses_in_options_are_gone():
    route = IPv6ExtHdrRouting(addresses=["2001:db8:5ec::1"], segleft=0)
    packet = bytes(
        IPv6(src="2001:db8::7", dst="2001:db8::8")
        / route
        / TCP(flags="S", options=[(28, b"\xcb\0\x71\x4d"), (30, b"\x30\xcb\0\x71\x4d")])
    )
    found = nameless(packet, len(packet), find(101).kind, Addresses(KEY))
    assert b"\xcb\0\x71\x4d" not in found.data
    assert b"\x0d\xb8\x05\xec" not in found.data
    assert len(found.data) == len(packet)


def test_any_bytes_raise_nothing():
    draw, addresses = random.Random(7), Addresses(KEY)
    real = [one.data for one in taken(SAMPLE).records] + [
        bytes(WRAPPINGS[name][0](packet)) for name in WRAPPINGS for _, packet in inner_packets()[:2]
    ]
    kinds = [find(number).kind for number in (1, 101, 113, 276)]
    for _ in range(4000):
        data = bytearray(draw.choice(real))
        for _ in range(draw.randrange(4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        data = bytes(data[: draw.randrange(1, len(data) + 1)])
        found = nameless(data, len(data), draw.choice(kinds), addresses)
        assert found is None or found.more >= 0


def test_what_is_no_tcp_is_left_out():
    for packet in (b"", bytes(60), b"\xff" * 12 + b"\x08\x06" + bytes(46)):
        assert nameless(packet, len(packet), find(1).kind, Addresses(KEY)) is None
