"""Whatever a packet is wrapped in, it is the same segment; what cannot be unwrapped is named."""

from __future__ import annotations

from struct import pack

import pytest
from forged import ETHERNET, ipv4, ipv6, run
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from wrapped import MACS, WRAPPINGS, udp

from tcpexplain.wire.linktype import find
from tcpexplain.wire.skipped import ENCRYPTED, ESP, SEGMENT, SKIP_REASONS, TOO_DEEP, UDP, WIREGUARD
from tcpexplain.wire.wrappings.kinds import NAMES, SHIFT

RAW = find(101).kind


def bare(packet):
    """What the packet is without its wrapping."""
    found, segment, key = run(packet, RAW)
    return found, segment, key


@pytest.mark.parametrize("packet", [ipv4(), ipv6()], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_segment_is_the_bare_one(name, packet):
    wrap, link, tunnel = WRAPPINGS[name]
    found, segment, key = run(wrap(packet), find(link).kind)
    told = key.pop("tunnel")
    _, same, expected = bare(packet)
    expected.pop("tunnel")
    assert (found, segment, key) == (SEGMENT, same, expected)
    if tunnel:
        assert (NAMES[told >> SHIFT], told & (1 << SHIFT) - 1) == tunnel
    else:
        assert NAMES[told >> SHIFT] in ("ipip", "6in4", "ah")


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapping_that_is_cut_is_no_error(name):
    """Wherever the snap length cuts, there is a reason or a segment, and nothing is read behind the frame."""
    wrap, link, _ = WRAPPINGS[name]
    frame = wrap(ipv4())
    for captured in range(len(frame)):
        found, _, _ = run(frame, find(link).kind, captured=captured)
        assert found == SEGMENT or SKIP_REASONS[found] or not found


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (bytes(Ether(**MACS) / IP(proto=50) / Raw(bytes(40))), ESP),
        (udp(4500, Raw(b"\x12\x34\x56\x78" + bytes(60))), ESP),
        (udp(51820, Raw(b"\x04\0\0\0" + bytes(76))), WIREGUARD),
        (udp(1234, Raw(b"\x01\0\0\0" + bytes(144))), WIREGUARD),
        (udp(4500, Raw(bytes(64))), UDP),
        (udp(53, Raw(b"\x12\x34\x01\0\0\x01" + bytes(40))), UDP),
        (udp(5247, Raw(b"\x01" + bytes(40))), ENCRYPTED),
        (bytes(Ether(**MACS, type=0x88E5) / Raw(b"\x0c" + bytes(60))), ENCRYPTED),
    ],
    ids=["ESP", "ESP in UDP", "WireGuard data", "WireGuard handshake", "IKE", "DNS", "CAPWAP with DTLS", "MACsec"],
)
def test_what_cannot_be_unwrapped_is_named(frame, reason):
    assert run(frame, ETHERNET)[0] == reason


def test_encrypted_wifi_is_named():
    frame = pack("<BB", 0x08, 0x42) + bytes(60)
    assert run(frame, find(105).kind)[0] == ENCRYPTED


def test_wrappings_within_wrappings_have_an_end():
    packet = ipv4()
    for _ in range(12):
        packet = bytes(IP(proto=4) / Raw(packet))
    assert run(packet, RAW)[0] == TOO_DEEP
