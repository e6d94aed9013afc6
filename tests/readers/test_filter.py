"""A BPF expression picks packets, and never renumbers them."""

from io import BytesIO

import pytest
from forged import DATA, HIGH, LOW, ethernet, ipv4, pcap

from tcpexplain.errors import TcpexplainError
from tcpexplain.readers import filter as bpf
from tcpexplain.readers import open_stream

FRAMES = [
    (1, ethernet(ipv4(DATA))),
    (2, ethernet(ipv4(DATA, HIGH, LOW))),
    (3, ethernet(bytes(28), 0x0806)),
    (4, ethernet(ipv4(DATA))),
]


def numbers(expression, **options):
    capture = open_stream(BytesIO(pcap(FRAMES, magic=0xA1B23C4D, **options)), "x.pcap", filter=expression)
    return [int(frames.packet[n]) for frames in capture for n in range(frames.count)]


@pytest.mark.parametrize(
    ("expression", "packets"),
    [
        ("src port 80", [2]),
        ("arp", [3]),
        ("tcp and src host 10.0.0.1", [1, 4]),
        ("", [1, 2, 3, 4]),
        ("udp", []),
        ("greater 10", [1, 2, 3, 4]),
    ],
)
def test_packets_keep_their_numbers(expression, packets):
    assert numbers(expression, link=1) == packets


def test_raw_ip_is_compiled_for_its_own_link_type():
    raw = [(time, frame[14:]) for time, frame in FRAMES if frame[12:14] == b"\x08\x00"]
    capture = open_stream(BytesIO(pcap(raw, link=101)), "x.pcap", filter="src port 80")
    assert [frames.packet[0] for frames in capture] == [2]


def test_what_does_not_parse_is_said_in_libpcaps_words():
    with pytest.raises(TcpexplainError, match='the filter "tcp prot 80" does not parse') as error:
        numbers("tcp prot 80")
    assert (error.value.code, error.value.exit_status) == ("TE012", 2)
    assert "syntax error" in error.value.note


def test_without_libpcap_the_message_says_what_to_install(monkeypatch):
    bpf.libpcap.cache_clear()
    monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
    monkeypatch.setattr(bpf, "PLACES", ())
    with pytest.raises(TcpexplainError, match="needs libpcap") as error:
        numbers("tcp")
    assert (error.value.code, error.value.exit_status) == ("TE016", 3)
    bpf.libpcap.cache_clear()
