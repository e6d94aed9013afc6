"""What machine code takes for the beginning of a conversation: all that the readers of protocols do, and hardly anything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conversations import TALKS
from hypothesis import example, given
from hypothesis import strategies as st
from shares import examples

import tcpexplain
from tcpexplain.messages import ENOUGH, languages
from tcpexplain.reading.listening import Sought
from tcpexplain.wire.frames import Lists
from tcpexplain.wire.lead import lead, native_lead

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"
FIRST = [
    b"\x4a\0\0\0\x0a8.0.36\0" + bytes(70), b"\x17\0\0\1\xff\x10\x04", b"\x10\0\0\0\xff\x10\x04" + bytes(13), b"*1\r\n$4\r\nPING\r\n", b"* OK ready\r\n",
    b"+OK ready\r\n", b"-ERR max number of clients reached\r\n", b"220 mail ESMTP\r\n", b"421-busy\r\n", b"\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0",
    b"\0\0\0\x08\x04\xd2\x16\x2f", b"\0\0\0\x10\x04\xd2\x16\x2e" + bytes(8), b"\0\0\0\x14\0\3\0\0user\0me\0\0\0\0", b"\0\0\x12\4\0\0\0\0\0" + bytes(18), b"\0\0\0\4\1\0\0\0\0",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"AMQP\0\0\x09\1", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x10\x0e\0\4MQTT\4\2\0\x1e\0\2me", b"\x10\x0e\0\6MQIsdp\3\2\0\x1e\0\0",
    b"\x16\3\1\0\5\1\0\0\1\0", b"\x15\3\1\0\2\2\x28", b"\0\0\0\x10\0\x12\0\3\0\0\0\0\0\2me" + bytes(4), b"\x20\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0" + bytes(16),
    b"\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1", b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HEAD / HTTP/1.0\r\n\r\n",
    *(said[0][1] for said in TALKS.values()),
]  # fmt: skip
"""Beginnings of every protocol that is known by its bytes."""


def is_known(data: bytes) -> bool:
    """Whether some protocol's reader takes this for its own."""
    return len(data) >= ENOUGH and any(one.recognises(data) for one in languages())


@pytest.mark.parametrize("data", FIRST)
def test_machine_code_sees_every_beginning(data):
    for cut in range(ENOUGH, len(data) + 1):
        if is_known(data[:cut]):
            assert native_lead(data, 0, cut, len(data))
            assert lead(data, 0, cut, len(data))


@given(
    st.sampled_from(FIRST),
    st.integers(4, 40),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 255)), max_size=3),
    st.binary(max_size=20),
)
@example(b"\0\1\0\x10\0\x12\0\3\0\0\0\0\0\2me", 16, [], b"")
@examples(500)
def test_what_a_reader_takes_for_its_own_machine_code_does_too(first, cut, changes, more):
    data = bytearray(first[:cut] + more)
    for at, value in changes:
        data[at % len(data)] = value
    if is_known(bytes(data)):
        assert native_lead(bytes(data), 0, len(data), len(data))
    assert lead(bytes(data), 0, len(data), len(data)) == native_lead(bytes(data), 0, len(data), len(data))


def test_of_bytes_at_random_hardly_any_begin_something():
    chance = random.Random(5)
    noise = [chance.randbytes(200) for _ in range(20_000)]
    assert sum(native_lead(data, 0, 200, 200) != 0 for data in noise) < 40


@pytest.mark.parametrize("numbers", [range(5, 9), [6, 5, 8, 7]])
def test_packets_are_found_in_whatever_order_a_batch_has_them(numbers):
    frames = Lists().frames(bytearray())
    frames.packet, frames.count = numbers, 4
    rows = Sought([3, 6, 8, 20]).rows(frames)
    assert [numbers[row] for row in rows] == [6, 8]


def test_a_request_whose_packet_stands_before_one_with_a_lower_number_is_read():
    found = tcpexplain.read(PROGRAMS / "healthy-go.pcap.gz")[166]
    assert found.said.request == "GET /"
