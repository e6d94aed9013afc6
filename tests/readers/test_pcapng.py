"""pcapng: sections, interfaces with clocks of their own, and every kind of packet block."""

from io import BytesIO
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shares import examples

import tcpexplain
from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_stream
from tcpexplain.reading.workplace import FRAME, LARGE
from tcpexplain.wire.linktype import find
from tcpexplain.wire.pcapng_section import resolution


class Writer:
    """The blocks of a section in one byte order."""

    def __init__(self, order="<"):
        self.order = order

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        size = pack(f"{self.order}I", len(body) + 12)
        return pack(f"{self.order}I", kind) + size + body + size

    def section(self):
        return self.block(0x0A0D0D0A, pack(f"{self.order}IHHq", 0x1A2B3C4D, 1, 0, -1))

    def option(self, code, value):
        return pack(f"{self.order}HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(self, link=101, snap=0, options=b""):
        return self.block(1, pack(f"{self.order}HHI", link, 0, snap) + options)

    def packet(self, time, data, interface=0, options=b"", wire=None):
        body = pack(f"{self.order}IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), wire or len(data)) + data
        return self.block(6, body + bytes(-len(data) % 4) + options)


def rows(data):
    capture = open_stream(BytesIO(data), "x.pcapng")
    return [
        (
            frames.packet[n],
            frames.time[n],
            bytes(frames.buffer[frames.start[n] : frames.start[n] + frames.captured[n]]),
            frames.wire[n],
            frames.link[n],
        )
        for frames in capture
        for n in range(frames.count)
    ], capture


RAW, ETHERNET = find(101).kind, find(1).kind


@pytest.mark.parametrize("order", ["<", ">"])
def test_packets_of_two_interfaces_and_two_sections(order):
    w, other = Writer(order), Writer("<" if order == ">" else ">")
    comment = w.option(1, b"a comment") + w.option(0, b"")
    data = (
        w.section()
        + w.interface()
        + w.interface(1)
        + w.packet(1, b"one", 1, comment)
        + w.block(4, bytes(20))
        + w.packet(2, b"two")
    )
    data += other.section() + other.interface(113) + other.packet(3, b"three", wire=99)
    found, capture = rows(data)
    assert found == [
        (1, 1000, b"one", 3, ETHERNET), (2, 2000, b"two", 3, RAW), (3, 3000, b"three", 99, find(113).kind),
    ]  # fmt: skip
    assert [link.name for link in capture.link_types] == ["RAW", "ETHERNET", "LINUX_SLL"]
    assert (capture.format, capture.warnings) == ("pcapng", [])


@pytest.mark.parametrize(
    ("code", "ticks", "nanoseconds"),
    [
        (0, 7, 7 * 10**9),
        (3, 1001, 1_001_000_000),
        (9, 1_600_000_000_123_456_789, 1_600_000_000_123_456_789),
        (12, 5_000_000_123_456, 5_000_000_123),
        (0x80 | 10, 1536, 1_500_000_000),
        (0x80 | 32, 3 << 31, 1_500_000_000),
        (0x80 | 50, 3 << 49, 1_500_000_000),
    ],
)
def test_a_clock_of_any_resolution(code, ticks, nanoseconds):
    w = Writer()
    assert (
        rows(w.section() + w.interface(options=w.option(9, bytes([code]))) + w.packet(ticks, b"x"))[0][0][1]
        == nanoseconds
    )


def test_a_clock_may_have_an_offset_in_seconds():
    w = Writer()
    options = w.option(14, pack("<q", 1_600_000_000))
    assert rows(w.section() + w.interface(options=options) + w.packet(5, b"x"))[0][0][1] == 1_600_000_000_000_005_000


@given(st.integers(0, 255), st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1))
@examples(100)
def test_any_clock_stays_within_64_bits(code, ticks, offset):
    w = Writer()
    data = (
        w.section()
        + w.interface(options=w.option(9, bytes([code])) + w.option(14, pack("<q", offset)))
        + w.packet(ticks, b"x")
    )
    assert -(2**64) < rows(data)[0][0][1] < 2**64
    assert all(number < 2**63 for number in resolution(code))


def test_a_simple_packet_block_has_no_time_and_the_snap_length_of_the_first_interface():
    w = Writer()
    data = w.section() + w.interface(snap=4) + w.packet(9, b"abcd") + w.block(3, pack("<I", 10) + b"efgh")
    assert rows(data)[0][1] == (2, 9000, b"efgh", 10, RAW)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_obsolete_packet_block(order):
    w = Writer(order)
    data = (
        w.section() + w.interface() + w.interface(1) + w.block(2, pack(f"{order}HHIIII", 1, 500, 0, 7, 3, 8) + b"abc")
    )
    assert rows(data)[0] == [(1, 7000, b"abc", 8, ETHERNET)]


def test_losses_that_the_capture_admits_are_said():
    w = Writer()
    statistics = w.block(5, pack("<III", 0, 0, 0) + w.option(5, pack("<Q", 3)) + w.option(7, pack("<Q", 4)))
    (warning,) = rows(w.section() + w.interface() + w.packet(1, b"x") + statistics)[1].warnings
    assert (warning.code, warning.message) == ("TE009", "the capture lost 7 packets")


def test_an_interface_of_an_unknown_link_type_is_left_out_and_said():
    w = Writer()
    found, capture = rows(w.section() + w.interface(147) + w.interface() + w.packet(1, b"x") + w.packet(2, b"y", 1))
    assert len(found) == 2
    assert (capture.warnings[0].code, capture.warnings[0].message) == (
        "TE005",
        "link type 147 (USER0) is not known here",
    )
    assert capture.warnings[0].note.startswith("1 of 2 packets were left out")


def test_only_unknown_link_types_are_an_error():
    w = Writer()
    with pytest.raises(CaptureError, match="USER0") as error:
        rows(w.section() + w.interface(147) + w.packet(1, b"x"))
    assert error.value.code == "TE005"


SMALL = (
    Writer().section()
    + Writer().interface()
    + Writer().packet(1, b"first")
    + Writer().packet(2, b"second")
    + Writer().block(0x0BAD, b"whatever")
)
ENDS = {0, 28, 48, 88, 128, 148}


def test_cut_at_any_byte_the_packets_before_are_used():
    whole = rows(SMALL)[0]
    assert (len(whole), len(SMALL)) == (2, 148)
    for cut in range(4, len(SMALL)):
        found, capture = rows(SMALL[:cut])
        assert found == whole[: len(found)]
        assert len(found) == (cut >= 88) + (cut >= 128)
        assert [warning.code for warning in capture.warnings] == ([] if cut in ENDS else ["TE003"])


@pytest.mark.parametrize(
    "bad",
    [
        Writer().block(6, pack("<IIIII", 9, 0, 0, 0, 0)),
        Writer().block(6, pack("<IIIII", 0, 0, 0, 400, 400)),
        pack("<II", 6, 7) + bytes(20),
        pack("<II", 6, 2**31) + bytes(20),
        pack("<III", 0x0A0D0D0A, 28, 5) + bytes(20),
    ],
    ids=["no such interface", "captured beyond the block", "odd length", "absurd length", "no byte order"],
)
def test_a_block_that_makes_no_sense_ends_the_capture(bad):
    found, capture = rows(SMALL + bad)
    assert len(found) == 2
    assert capture.warnings[-1].code == "TE007"
    with pytest.raises(CaptureError, match="damaged at packet 1"):
        rows(SMALL[:48] + bad)


@given(st.data())
@examples(100)
def test_any_broken_bytes_are_read_or_refused(data):
    broken = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(4, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        found, _ = rows(bytes(broken) + data.draw(st.binary(max_size=40)))
    except CaptureError:
        return
    assert len(found) < 10


def test_the_names_of_interfaces_are_kept():
    w = Writer("<")
    data = (
        w.section()
        + w.interface(options=w.option(2, b"eth0"))
        + w.interface(options=w.option(2, b"lo"))
        + w.interface()
    )
    _, capture = rows(data + w.packet(5, b"x"))
    assert capture.about.interfaces == ["eth0", "lo"]


def test_a_small_file_of_very_many_packets_goes_on_in_arrays(tmp_path):
    writer, packet = (
        Writer(),
        bytes.fromhex("4500002800010000400600000a0000010a0000020001005000000001000000005002200000000000"),
    )
    path = tmp_path / "small.pcapng"
    path.write_bytes(
        writer.section() + writer.interface() + b"".join(writer.packet(at, packet) for at in range(60_000))
    )
    assert path.stat().st_size < LARGE * FRAME
    assert tcpexplain.read(path).packets == 60_000
