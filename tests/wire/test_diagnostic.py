"""RSTs that say why: the draft's own examples, cut short, and foreign payloads."""

from __future__ import annotations

from struct import pack

import pytest
from stories import parse

import tcpexplain
from tcpexplain.readers.ladder import LEFT, RIGHT, sent
from tcpexplain.wire import packets
from tcpexplain.wire.diagnostic import reason_code, reason_words

COOKIE = b"\x19\x30\x39"
LADDER = """
1.  --> <SEQ=100><CTL=SYN> -->
2.  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <--
3.  --> <SEQ=101><ACK=301><CTL=ACK> -->
4.  --> <SEQ=101><ACK=301><CTL=ACK><LEN=10> -->
5.  <-- <SEQ=301><ACK=111><CTL=RST,ACK><LEN=6> <--
"""


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (COOKIE + b"\xa1\x01\x02", 2),
        (COOKIE + b"\xa1\x01\x0e", 14),
        (COOKIE + b"\xa1\x01\x18\x64", 100),
        (COOKIE + b"\xa2\x01\x19\x04\xd2\x02\x19\x7e\xd9", 1234),
        (COOKIE + b"\xa1\x03\x65brief", 0),
        (COOKIE + b"\xa1\x01", 0),
        (COOKIE + b"\xa1\x01\x18", 0),
        (COOKIE + b"\xa1\x01\x19\x04", 0),
        (b"Connection refused", 0),
        (b"", 0),
    ],
)
def test_reason_code(payload, code):
    assert reason_code(payload, 0, len(payload)) == code


def test_codes_in_words():
    assert reason_words(14) == "connection timeout"
    assert reason_words(1234) == "reason 1234"


def test_finding_says_the_reason(tmp_path):
    ends = packets.SocketAddress.parse(LEFT), packets.SocketAddress.parse(RIGHT)
    file = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for time, segment in sent(parse(LADDER)):
        packet, wire = packets.packet(*(ends if segment.from_left else ends[::-1]), segment, 7)
        payload = COOKIE + b"\xa1\x01\x0e" if segment.flags & 4 else bytes(segment.length)
        data = packet + payload
        assert len(data) == wire
        file += pack("<IIII", 0, time // 1000, len(data), len(data)) + data
    path = tmp_path / "reasoned.pcap"
    path.write_bytes(file)
    (connection,) = tcpexplain.read(path)
    assert connection.finding.why.endswith("The RST in packet 5 gives its reason: connection timeout.")
