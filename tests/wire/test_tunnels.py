"""Connections in tunnels: two networks with the same addresses are two, a packet seen bare and wrapped is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pcapfiles import taken, written
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw
from wrapped import WRAPPINGS, ether, udp

import tcpexplain

SAMPLE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


def packets():
    """Time in ns, and IP packet, of the sample's packets."""
    return [(one.time, one.data[14:]) for one in taken(SAMPLE).records]


def in_vxlan(packet, vni):
    return udp(4789, VXLAN(vni=vni, flags="Instance") / ether(packet))


def verdict(connection):
    return connection.cause, connection.certainty, connection.bytes, connection.final, len(connection.segments_seen)


@pytest.fixture(scope="module")
def bare():
    return tcpexplain.read(SAMPLE)[0]


@pytest.mark.parametrize("name", [name for name, (_, link, _) in WRAPPINGS.items() if link == 1])
def test_a_connection_in_a_tunnel_has_the_answers_of_the_bare_one(name, bare, tmp_path):
    wrap, link, tunnel = WRAPPINGS[name]
    path = written(tmp_path / "x.pcap", [(time, wrap(packet)) for time, packet in packets()], link)
    (connection,) = tcpexplain.read(path)
    assert verdict(connection) == verdict(bare)
    if tunnel and tunnel[0]:
        assert connection.tunnel[0].type == tunnel[0]


def test_two_networks_with_the_same_addresses_are_two_connections(bare, tmp_path):
    frames = sorted((time + vni * 10**9, in_vxlan(packet, vni)) for time, packet in packets() for vni in (1, 2))
    one, two = tcpexplain.read(written(tmp_path / "x.pcap", frames))
    assert [str(each.tunnel[0]) for each in (one, two)] == ["vxlan 1", "vxlan 2"]
    assert verdict(one) == verdict(two) == verdict(bare)


@pytest.mark.parametrize("first", ["bare", "wrapped"])
def test_a_packet_seen_bare_and_wrapped_is_one_packet(first, bare, tmp_path):
    """A host captures on all devices: the container's own, and the one that the tunnel leaves by."""
    frames = []
    for time, packet in packets():
        pair = [ether(packet).build(), in_vxlan(packet, 7)]
        frames += [(time, frame) for frame in (pair if first == "bare" else pair[::-1])]
    (connection,) = tcpexplain.read(written(tmp_path / "x.pcap", frames))
    assert (connection.cause, connection.bytes, connection.final) == (bare.cause, bare.bytes, bare.final)
    assert connection.tunnel == ()


def test_several_files_find_the_same(tmp_path):
    frames = [(time, frame) for time, packet in packets() for frame in (ether(packet).build(), in_vxlan(packet, 7))]
    whole = tcpexplain.read(written(tmp_path / "x.pcap", frames))
    halves = [written(tmp_path / "1.pcap", frames[:9]), written(tmp_path / "2.pcap", frames[9:])]
    split = tcpexplain.read(halves)
    assert [verdict(one) for one in split] == [verdict(one) for one in whole]


def test_what_is_encrypted_is_named_and_says_where_to_capture(tmp_path):
    path = written(tmp_path / "x.pcap", [(10**9, udp(51820, Raw(b"\x04\0\0\0" + bytes(76))))] * 3)
    with pytest.raises(tcpexplain.CaptureError, match="no TCP packet") as raised:
        tcpexplain.read(path)
    assert "3 WireGuard, which is encrypted" in raised.value.note
    assert "wg0" in raised.value.help


def test_lengths_of_old_pcap_files_stand_the_other_way_round(tmp_path):
    """Before version 2.4 the length on the wire came first."""
    kept = [one._replace(data=one.data[:66]) for one in taken(SAMPLE).records]
    path = written(tmp_path / "old.pcap", kept, version=(2, 2))
    assert tcpexplain.read(path)[0].cause == "write-after-close"
