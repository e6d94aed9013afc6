"""Every kind of frame decodes to the same segment, or says why it holds none."""

from ipaddress import ip_address
from struct import pack

import pytest
from forged import DATA, ETHERNET, HIGH, HIGH6, LOW, LOW6, MACS, RAW, ethernet, ipv4, ipv6, run
from hypothesis import given
from hypothesis import strategies as st
from shares import examples

from tcpexplain.wire.headers import decode
from tcpexplain.wire.linktype import LINKTYPES, find
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress
from tcpexplain.wire.segment import (
    ACK,
    DONT_FRAGMENT,
    HAS_MSS,
    HAS_OTHER,
    HAS_SACK,
    HAS_SACK_PERMITTED,
    HAS_TIMESTAMP,
    HAS_WINDOW_SCALE,
    MARK_CUT,
    MARK_FRAGMENT,
    OPTIONS_CUT,
    PSH,
    SYN,
    Key,
    Segment,
)
from tcpexplain.wire.shape import ENDS_CUT
from tcpexplain.wire.skipped import (
    ARP,
    CAPWAP_FRAGMENT,
    CUT,
    ICMP_ERROR,
    ICMP_OTHER,
    IP_OTHER,
    LATER_FRAGMENT,
    LINK_UNKNOWN,
    MALFORMED,
    NOT_IP,
    SEGMENT,
    SKIP_REASONS,
    UDP,
)


def signed(word):
    return word - (1 << 64) if word >= 1 << 63 else word


def test_a_data_segment_over_ethernet():
    found, segment, key = run(ethernet(ipv4()))
    assert found == SEGMENT
    assert segment == {
        # 32 bits, as a record holds them: signed.
        "seq": 4294967290 - (1 << 32), "ack": 7, "flags": PSH | ACK, "length": 9, "window": 512, "ts_val": 3000000000 - (1 << 32), "ts_ecr": 5,
        "options": HAS_TIMESTAMP | DONT_FRAGMENT, "mark": 0, "lead": -1, "wscale": -1, "sack_left": 0, "sack_right": 0, "sack_high": 0,
        "ip_id": 77, "ttl": 64, "icmp": 0, "sender": 0,
    }  # fmt: skip
    assert key == {
        "version": 4, "low_hi": 0, "low_lo": 0x0A000001, "high_hi": 0, "high_lo": 0x0A000002, "low_port": 40000, "high_port": 80,
        "tunnel": 0,
    }  # fmt: skip


SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"
WIFI = b"\x08\x02" + bytes(22) + SNAP
PREFIXES = {
    1: MACS + b"\x08\x00",
    113: b"\0\0\0\x01\0\x06" + bytes(8) + b"\x08\x00",
    276: b"\x08\x00" + bytes(18),
    0: b"\x02\0\0\0",
    108: b"\0\0\0\x02",
    9: b"\x00\x21",
    50: b"\xff\x03\x00\x21",
    51: bytes(6) + b"\x00\x21",
    166: bytes(2) + b"\x00\x21",
    204: b"\0" + b"\x00\x21",
    104: b"\x0f\0\x08\0",
    6: bytes(14) + SNAP,
    10: bytes(13) + SNAP,
    100: SNAP,
    123: bytes(4) + SNAP,
    122: bytes(16) + SNAP,
    105: WIFI,
    119: bytes(144) + WIFI,
    127: b"\0\0\x0a\0" + bytes(6) + WIFI,
    192: b"\0\0\x08\0" + bytes(4) + WIFI,
    107: b"\x18\x41\x03\xcc",
    138: bytes(16) + b"\x08\0",
    226: bytes(24),
    240: bytes(4) + MACS + b"\x08\0",
    242: bytes(40) + b"\x08\0\0\0",
    8: bytes(16),
    109: bytes(12),
    117: b"\x3d" + bytes(63),
    239: b"\x02\0\0\0" + b"\x08\0\x01\0\x08\0\x01\0" + b"\x06\0\x0a\0ab\0\0" + b"\xff\0\x09\0",
    197: bytes(8) + b"\x02" + bytes(7) + bytes(2) + MACS + b"\x08\0",
    258: b"\x6c\0\0\0" + bytes(4) + b"\x01\0\0\0" + bytes(96) + MACS + b"\x08\0",
    274: bytes(8) + MACS + b"\x08\0",
    19: SNAP,
    205: b"\x01\x0f\0\x08\0",
    206: b"\x01\x18\x41\x03\xcc",
    178: b"MGC\x01" + MACS + b"\x08\0",
    179: b"MGC\0\0\x21",
    180: b"MGC\0\x18\x41\x03\xcc",
    181: b"MGC\0\x0f\0\x08\0",
    219: b"\x00\x01\x01\x40",
    241: bytes(12) + MACS + b"\x08\0",
    259: bytes(8) + MACS + b"\x08\0",
    281: MACS + bytes(4) + b"\x08\0",
    282: bytes(4) + MACS + b"\x08\0",
    284: MACS + bytes(4) + b"\x08\0",
    285: MACS + bytes(8) + b"\x08\0",
}


@pytest.mark.parametrize("link", LINKTYPES, ids=lambda link: f"{link.name}-{link.number}")
def test_every_link_type_carries_the_same_segment(link):
    assert link.number in PREFIXES or link.header == 0, "PREFIXES has nothing that stands before its packets"
    assert run(PREFIXES.get(link.number, b"") + ipv4(), link.kind) == run(ipv4(), RAW)


@pytest.mark.parametrize(
    "tags",
    [
        b"\x81\x00\x00\x05",
        b"\x88\xa8\x00\x05\x81\x00\x00\x06",
        b"\x91\x00\x00\x05\x91\x00\x00\x06\x81\x00\x00\x07",
    ],
    ids=["802.1Q", "QinQ", "three tags"],
)
@pytest.mark.parametrize("cooked", [False, True])
def test_vlan_tags_are_stepped_over(tags, cooked):
    frame = bytes(14) + tags + b"\x08\x00" + ipv4() if cooked else ethernet(ipv4(), tags=tags)
    assert run(frame, find(113).kind if cooked else ETHERNET) == run(ipv4(), RAW)


def test_mpls_labels_and_pppoe_are_stepped_over():
    labels = b"\x00\x01\x00\x40\x00\x01\x01\x40"
    assert run(ethernet(labels + ipv4(), 0x8847)) == run(ipv4(), RAW)
    assert run(ethernet(b"\x11\x00\x00\x01\x00\x40\x00\x21" + ipv4(), 0x8864)) == run(ipv4(), RAW)
    assert run(ethernet(labels + b"\0\0\0\0" + ipv4(), 0x8847))[0] == NOT_IP


@pytest.mark.parametrize(
    "prefix", [b"\x00\x21", b"\x21", b"\xff\x03\x21", b"\xff\x03\x00\x21"], ids=lambda prefix: prefix.hex()
)
def test_ppp_with_and_without_framing_and_compression(prefix):
    assert run(prefix + ipv4(), find(9).kind) == run(ipv4(), RAW)


def test_the_lower_endpoint_stands_first_whoever_sends():
    (_, there, key), (_, back, same) = run(ipv4(), RAW), run(ipv4(DATA, HIGH, LOW), RAW)
    assert (there["sender"], back["sender"]) == (0, 1)
    assert key == same


def test_ports_order_the_endpoints_of_one_address():
    a, b = SocketAddress.parse("127.0.0.1:80"), SocketAddress.parse("127.0.0.1:40000")
    (_, there, key), (_, back, same) = run(ipv4(DATA, a, b), RAW), run(ipv4(DATA, b, a), RAW)
    assert (there["sender"], back["sender"]) == (0, 1)
    assert key == same
    assert (key["low_port"], key["high_port"]) == (80, 40000)


def test_ipv6_addresses_are_signed_words_in_a_fixed_order():
    (found, there, key), (_, back, same) = run(ipv6(), RAW), run(ipv6(DATA, HIGH6, LOW6), RAW)
    assert (found, there["ip_id"], there["length"], there["ttl"]) == (SEGMENT, -1, 9, 64)
    assert key == same
    assert {there["sender"], back["sender"]} == {0, 1}
    words = int(ip_address("fe80::2")).to_bytes(16, "big")
    assert (key["low_hi"], key["low_lo"]) == (signed(int.from_bytes(words[:8], "big")), 2)
    assert key["low_port"] == 80


def with_extensions(*extensions, last=6):
    frame = bytearray(ipv6())
    chain = b""
    kinds = [kind for kind, _ in extensions] + [last]
    for (_, body), following in zip(extensions, kinds[1:], strict=True):
        chain += bytes([following]) + body
    frame[6] = kinds[0]
    frame[4:6] = pack(">H", len(frame) - 40 + len(chain))
    return bytes(frame[:40]) + chain + bytes(frame[40:])


def test_ipv6_extension_headers_are_stepped_over():
    frame = with_extensions((0, bytes(7)), (43, b"\x01" + bytes(14)), (60, bytes(7)), (51, b"\x04" + bytes(22)))
    assert run(frame, RAW) == run(ipv6(), RAW)


def test_the_first_fragment_counts_and_later_ones_do_not():
    first, later = with_extensions((44, b"\0\0\x01\0\0\0\x09")), with_extensions((44, b"\0\x05\x08\0\0\0\x09"))
    assert run(first, RAW)[0] == SEGMENT
    assert run(first, RAW)[1]["mark"] == MARK_FRAGMENT
    assert run(later, RAW)[0] == LATER_FRAGMENT
    old = ipv4()
    assert run(old[:6] + b"\x20\x00" + old[8:], RAW)[1]["mark"] == MARK_FRAGMENT
    assert run(old[:6] + b"\x20\x05" + old[8:], RAW)[0] == LATER_FRAGMENT


def test_ipv4_options_are_stepped_over():
    frame = ipv4()
    frame = b"\x46" + frame[1:2] + pack(">H", len(frame) + 4) + frame[4:20] + b"\x01\x01\x01\x00" + frame[20:]
    assert run(ethernet(frame)) == run(ethernet(ipv4()))


def test_padding_is_no_payload():
    bare = ipv4(LadderSegment(True, flags=ACK))
    assert run(ethernet(bare + bytes(6)))[1]["length"] == 0


def test_a_frame_for_segmentation_offload_is_as_long_as_the_frame():
    frame = ipv4()
    assert run(ethernet(frame[:2] + b"\0\0" + frame[4:]))[1] == run(ethernet(frame))[1]
    frame = ipv6()
    assert run(ethernet(frame[:4] + b"\0\0" + frame[6:], 0x86DD))[1]["length"] == 9


def test_the_snap_length_takes_no_payload_away():
    """But what it begins with, and how it ends."""
    cut, whole = run(ethernet(ipv4()), captured=66)[1], run(ethernet(ipv4()))[1]
    assert cut["options"] ^ whole["options"] == ENDS_CUT
    assert cut | {"lead": 0, "options": 0} == whole | {"lead": 0, "options": 0}


@pytest.mark.parametrize("frame", [ethernet(ipv4()), ethernet(ipv6(), 0x86DD)], ids=["IPv4", "IPv6"])
def test_headers_cut_anywhere(frame):
    whole = len(frame) - 9
    for captured in range(len(frame) + 1):
        found, segment, _ = run(frame, captured=captured)
        if captured < whole - 12:
            assert found == CUT
        else:
            assert (found, segment["length"]) == (SEGMENT, 9)
            assert bool(segment["options"] & OPTIONS_CUT) == bool(segment["mark"] & MARK_CUT) == (captured < whole)


def with_options(options):
    frame = bytearray(ipv4(LadderSegment(True, seq=1, flags=SYN)))
    options += bytes(-len(options) % 4)
    frame[2:4] = pack(">H", len(frame) + len(options))
    frame[32] = (20 + len(options)) // 4 << 4
    return bytes(frame) + options


def test_options_of_a_syn():
    segment = LadderSegment(True, flags=SYN, ts_val=9, options=("MSS:1460", "WS:7", "SACKOK"))
    _, found, _ = run(ipv4(segment), RAW)
    assert (found["lead"], found["wscale"], found["ts_val"], found["length"]) == (0, 7, 9, 0)
    assert found["options"] == HAS_MSS | HAS_WINDOW_SCALE | HAS_SACK_PERMITTED | HAS_TIMESTAMP | DONT_FRAGMENT


def test_sack_blocks_give_the_first_and_the_highest_edge_across_the_wrap():
    blocks = pack(">BBIIIIII", 5, 26, 100, 200, 4294967200, 4294967290, 300, 400)
    _, found, _ = run(with_options(blocks), RAW)
    assert (found["sack_left"], found["sack_right"], found["sack_high"]) == (100, 200, 400)
    assert found["options"] & HAS_SACK


@pytest.mark.parametrize(
    ("options", "bits"),
    [
        (b"\x13\x12" + bytes(16), HAS_OTHER),  # MD5 signature
        (b"\x00\x02\x04\x05\xb4", 0),  # nothing counts behind the end of the list
        (b"\x02\x00\x05\xb4", 0),  # a length that would loop for ever
        (b"\x02\x20\x05\xb4", 0),  # a length beyond the header
        (b"\x01\x01\x01\x01\x02\x04\x05\xb4", HAS_MSS),
    ],
)
def test_options_nobody_should_send(options, bits):
    found, segment, _ = run(with_options(options), RAW)
    assert (found, segment["options"] & ~DONT_FRAGMENT) == (SEGMENT, bits)


@pytest.mark.parametrize("offset", [0x40, 0x00, 0xF0])
def test_a_data_offset_that_cannot_be(offset):
    frame = bytearray(ipv4(LadderSegment(True, flags=ACK)))
    frame[32] = offset
    assert run(bytes(frame), RAW)[0] == MALFORMED


def other(protocol):
    frame = bytearray(ipv4())
    frame[9] = protocol
    return ethernet(bytes(frame))


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ethernet(bytes(28), 0x0806), ARP),
        (ethernet(bytes(60), 0x88CC), NOT_IP),
        (ethernet(bytes(60), 0x002E), NOT_IP),
        (other(17), UDP),
        (other(132), IP_OTHER),
        (other(1), ICMP_OTHER),
        (ethernet(b"\x35" + ipv4()[1:]), MALFORMED),
        (ethernet(b"\x44" + ipv4()[1:]), MALFORMED),
        (ethernet(ipv4()[:2] + b"\x00\x10" + ipv4()[4:]), MALFORMED),
        (ethernet(b"\x05" * 60), MALFORMED),
        (b"", CUT),
    ],
)
def test_what_is_no_tcp_says_why(frame, reason):
    assert run(frame)[0] == reason
    assert SKIP_REASONS[reason]


def test_an_unknown_link_type_is_a_reason():
    assert run(ipv4(), find(147).kind)[0] == LINK_UNKNOWN


def test_every_reason_has_its_words():
    assert len(SKIP_REASONS) == 1 + CAPWAP_FRAGMENT


def test_an_icmp_error_is_about_the_segment_it_quotes():
    error = LadderSegment(False, seq=1000, ack=2000, flags=ACK, length=9, icmp=(3, 1), ttl=50, ip_id=5)
    found, segment, key = run(ethernet(ipv4(error, HIGH, LOW)))
    assert (found, segment["icmp"], segment["seq"], segment["sender"]) == (ICMP_ERROR, 1 + 256 * 3 + 1, 1000, 0)
    assert (segment["ack"], segment["flags"], segment["length"], segment["ttl"], segment["ip_id"]) == (
        2000,
        ACK,
        9,
        50,
        5,
    )
    assert key == run(ipv4(), RAW)[2]


def test_eight_quoted_bytes_are_enough():
    error = LadderSegment(False, seq=1000, flags=ACK, icmp=(11, 0))
    found, segment, _ = run(ethernet(ipv4(error, HIGH, LOW)), captured=14 + 20 + 8 + 20 + 8)
    assert (found, segment["icmp"], segment["seq"], segment["flags"]) == (ICMP_ERROR, 1 + 256 * 11, 1000, 0)
    assert run(ethernet(ipv4(error, HIGH, LOW)), captured=14 + 20 + 8 + 20 + 7)[0] == CUT


@pytest.mark.parametrize(
    ("message", "icmp"),
    [
        ((1, 0), (3, 0)),
        ((1, 1), (3, 13)),
        ((1, 3), (3, 1)),
        ((1, 4), (3, 3)),
        ((1, 6), (3, 13)),
        ((2, 0), (3, 4)),
        ((3, 0), (11, 0)),
        ((4, 1), (12, 0)),
    ],
)
def test_icmpv6_errors_in_the_numbers_of_icmpv4(message, icmp):
    found, segment, key = run(ipv6(LadderSegment(False, seq=1, flags=SYN, icmp=message), HIGH6, LOW6), RAW)
    assert (found, divmod(segment["icmp"] - 1, 256)) == (ICMP_ERROR, icmp)
    assert key == run(ipv6(), RAW)[2]


@given(
    st.binary(max_size=120),
    st.sampled_from(sorted({row.kind for row in LINKTYPES})),
    st.integers(0, 70000),
)
@examples(300)
def test_no_bytes_make_it_stumble(frame, link, wire):
    assert 0 <= run(frame, link, wire=wire)[0] < len(SKIP_REASONS)


@given(st.data())
@examples(200)
def test_a_broken_byte_makes_no_stumble(data):
    frame = bytearray(
        data.draw(
            st.sampled_from(
                [
                    ethernet(ipv4()),
                    ethernet(ipv6(), 0x86DD),
                    ethernet(ipv4(LadderSegment(False, icmp=(3, 3)), HIGH, LOW)),
                ]
            )
        )
    )
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    captured = data.draw(st.integers(0, len(frame)))
    # Exactly the bytes there are, so that a look beyond them is an error.
    found = decode(bytes(frame[:captured]), 0, captured, len(frame), ETHERNET, Segment(), Key())
    assert 0 <= found < len(SKIP_REASONS)


@pytest.mark.parametrize(("high", "low", "frame"), [(HIGH, LOW, ipv4), (HIGH6, LOW6, ipv6)], ids=["4", "6"])
def test_an_icmp_error_names_its_sender(high, low, frame):
    found, segment, _ = run(
        frame(LadderSegment(False, seq=1, flags=SYN, icmp=(3, 1) if frame is ipv4 else (1, 0)), high, low), RAW
    )
    words = [segment[name] & 0xFFFFFFFF for name in ("ts_val", "ts_ecr", "sack_left", "sack_right")]
    sender = int.from_bytes(b"".join(word.to_bytes(4, "big") for word in words), "big")
    assert (found, sender in (int(high.address), int(low.address))) == (ICMP_ERROR, True)
