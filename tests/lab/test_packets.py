"""Packets made by hand say what they were told to say, and read back the same."""

import struct

import pytest

from tcpexplain.lab.packets import IPv4Endpoint, checksum, icmp_error, options, segment
from tcpexplain.lab.path import reply_reset, routed
from tcpexplain.lab.seen import before, look

CLIENT, SERVER = IPv4Endpoint("10.77.1.2", 40000), IPv4Endpoint("10.77.2.2", 80)


def seen(flags, **fields):
    return look(segment(CLIENT, SERVER, flags, **fields))


def test_checksum_of_a_header_with_its_checksum_in_place_is_zero():
    packet = segment(CLIENT, SERVER, "PA", seq=1, ack=2, payload=b"odd")
    assert checksum(packet[:20]) == 0
    pseudo = packet[12:20] + struct.pack("!HH", 6, len(packet) - 20)
    assert checksum(pseudo + packet[20:]) == 0


def test_segment_reads_back_as_it_was_made():
    found = seen("PA", seq=0xFFFFFFFE, ack=7, window=500, tcp_options=options(timestamps=(1, 2)), payload=b"abc")
    assert found is not None
    assert (found.sender, found.receiver, found.flags) == (CLIENT, SERVER, "PA")
    assert (found.seq, found.ack, found.window, found.length, found.bare) == (0xFFFFFFFE, 7, 500, 3, False)
    assert found.end == 1


def test_options_stand_in_the_order_of_linux():
    text = options(mss=1460, sack_permitted=True, timestamps=(1, 0), window_scale=7).hex()
    assert text == "020405b4" + "0402080a0000000100000000" + "01030307"


def test_icmp_error_is_about_the_segment_it_quotes():
    offending = segment(CLIENT, SERVER, "S", seq=99)
    found = look(icmp_error("10.77.1.1", offending, 3, 13))
    assert found is not None
    assert (found.icmp, found.sender, found.seq) == ((3, 13), CLIENT, 99)


def test_a_router_takes_one_hop_and_keeps_the_checksum_right():
    packet = segment(CLIENT, SERVER, "A", seq=1, ack=1)
    assert routed(packet)[8] == packet[8] - 1
    assert checksum(routed(packet)[:20]) == 0


@pytest.mark.parametrize(("flags", "reset", "seq", "ack"), [("S", "RA", 0, 100), ("PA", "R", 55, 0)])
def test_reply_reset_has_the_shape_of_rfc_9293_section_3_10_7_1(flags, reset, seq, ack):
    found = look(reply_reset(seen(flags, seq=99, ack=55)))
    assert (found.flags, found.seq, found.ack, found.window, found.bare) == (reset, seq, ack, 0, True)


def test_sequence_numbers_compare_modulo_2_to_the_32():
    assert before(0xFFFFFFF0, 3)
    assert not before(3, 0xFFFFFFF0)
    assert not before(5, 5)


@pytest.mark.parametrize("packet", [b"", b"\x60" + bytes(60), bytes.fromhex("45") + bytes(40)])
def test_anything_else_is_nothing_the_lab_looks_at(packet):
    assert look(packet) is None
