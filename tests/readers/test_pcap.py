"""pcap files of every kind give the same frames, whole or cut, at once or in pieces."""

import os
from io import BytesIO
from struct import pack
from threading import Thread

import pytest
from forged import PACKETS, pcap
from hypothesis import given
from hypothesis import strategies as st
from shares import examples

from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_capture, open_stream
from tcpexplain.wire.frames import CAPACITY
from tcpexplain.wire.stream import Source, Window
from tcpexplain.wire.write import PcapWriter


def rows(data, **options):
    """Every frame as (packet, time, bytes, length on the wire), and the capture."""
    capture = open_stream(BytesIO(data), "x.pcap", **options)
    found = [
        (
            frames.packet[n],
            frames.time[n],
            bytes(frames.buffer[frames.start[n] : frames.start[n] + frames.captured[n]]),
            frames.wire[n],
        )
        for frames in capture
        for n in range(frames.count)
    ]
    return found, capture


EXPECTED = [(n, time, data, len(data) + 5) for n, (time, data) in enumerate(PACKETS, 1)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_both_byte_orders_and_resolutions_are_equal(order, magic):
    found, capture = rows(pcap(order=order, magic=magic))
    assert found == EXPECTED
    assert (capture.format, [link.name for link in capture.link_types], capture.warnings) == ("pcap", ["RAW"], [])


def test_kuznetzov_records_have_eight_bytes_more():
    assert rows(pcap(magic=0xA1B2CD34, extra=bytes(8)))[0] == EXPECTED


def test_a_snap_length_of_4_gib_is_fine():
    assert rows(pcap(snap=2**32 - 1))[0] == EXPECTED


def test_bits_about_the_check_sequence_are_no_link_type():
    assert rows(pcap(link=101 | 0x14000000))[0] == EXPECTED


def test_more_packets_than_a_batch_holds():
    many = [(n, b"x") for n in range(CAPACITY + 3)]
    found, _ = rows(pcap(many, magic=0xA1B23C4D))
    assert [(packet, time) for packet, time, _, _ in found] == [(n + 1, n) for n in range(CAPACITY + 3)]


def test_a_packet_larger_than_the_window_widens_it():
    large = [(1, b"y" * 3_000_000), (2, b"z")]
    found, capture = rows(pcap(large, magic=0xA1B23C4D))
    assert [data for _, _, data, _ in found] == [data for _, data in large]
    assert capture.warnings == []


def test_a_record_may_span_reads():
    class Dribble(BytesIO):
        def readinto1(self, buffer):
            return self.readinto(memoryview(buffer)[:7])

    capture = open_stream(Dribble(pcap()), "x.pcap")
    assert [frames.packet[n] for frames in capture for n in range(frames.count)] == list(range(1, 9))


@pytest.mark.parametrize("cut", range(24, len(pcap())))
def test_cut_at_any_byte_the_packets_before_are_used(cut):
    found, capture = rows(pcap()[:cut])
    assert found == EXPECTED[: len(found)]
    whole = 24 + sum(16 + n for n in range(1, len(found) + 1))
    assert [warning.code for warning in capture.warnings] == (["TE003"] if cut > whole else [])
    if cut >= whole + 16:
        used = {0: "no packet came before it", 1: "packet 1 was used"}.get(
            len(found), f"packets 1-{len(found)} were used"
        )
        assert capture.warnings[0].message == f"x.pcap ends inside packet {len(found) + 1}"
        assert (
            capture.warnings[0].note
            == f"{cut - whole - 16} of its {len(found) + 1} bytes are there; {used}, what came later is unknown"
        )


@pytest.mark.parametrize("cut", range(4, 24))
def test_a_file_header_that_is_cut_is_an_error(cut):
    with pytest.raises(CaptureError, match="ends inside its file header") as error:
        rows(pcap()[:cut])
    assert error.value.note == f"{cut} of its 24 bytes are there"


def test_an_absurd_length_ends_the_capture_with_a_warning():
    found, capture = rows(pcap() + pack("<IIII", 0, 0, 2**31, 2**31) + b"noise" * 1000)
    assert found == EXPECTED
    (warning,) = capture.warnings
    assert (warning.code, warning.message) == ("TE007", "x.pcap is damaged at packet 9")
    assert warning.note.startswith(
        f"its record claims 2,147,483,648 bytes, {len(pcap())} bytes into the file; packets 1-8 were used"
    )


def test_an_absurd_length_at_once_is_an_error():
    with pytest.raises(CaptureError, match="damaged at packet 1") as error:
        rows(pcap([]) + pack("<IIII", 0, 0, 2**31, 2**31))
    assert (error.value.code, error.value.offset) == ("TE007", 24)


def test_timestamps_that_go_backwards_are_said_once_and_counted():
    back = [(5000, b"a"), (3000, b"b"), (4000, b"c"), (2000, b"d")]
    found, capture = rows(pcap(back, magic=0xA1B23C4D))
    assert [time for _, time, _, _ in found] == [2000, 3000, 4000, 5000]
    (warning,) = capture.warnings
    assert (warning.code, warning.note) == (
        "TE008",
        "first at packet 2, by 0.000002 s; packets up to 0.02 s late were put in the order of their times, a larger step is taken for a clock that was set",
    )
    assert capture.about.backwards == 2


def test_a_header_only_is_a_capture_without_packets():
    assert rows(pcap([]))[0] == []


def test_a_pipe_answers_while_the_capture_flows():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as sink, os.fdopen(reading, "rb") as source:
        sink.write(pcap(PACKETS[:2])[:-1])
        frames = iter(open_stream(source, "pipe"))
        assert next(frames).count == 1
        Thread(target=lambda: (sink.write(pcap(PACKETS[:2])[-1:]), sink.close())).start()
        assert [batch.count for batch in frames] == [1]


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "x.pcap"
    with path.open("wb") as file:
        writer = PcapWriter(file, 101)
        for time, data in PACKETS:
            writer.write(time, data, len(data) + 5)
    assert rows(path.read_bytes())[0] == EXPECTED
    assert sum(frames.count for frames in open_capture(path)) == len(PACKETS)


def test_looking_at_the_first_bytes_takes_none():
    source = Source(BytesIO(b"abcdef"))
    assert (source.peek(4), source.peek(2), source.read(3), source.peek(9), source.read()) == (
        b"abcd",
        b"ab",
        b"abc",
        b"def",
        b"def",
    )


def test_a_window_knows_where_in_the_file_it_is():
    window = Window(BytesIO(bytes(range(100))), size=8)
    assert window.need(8)
    window.take(6)
    assert window.need(3)
    assert (window.offset, window.take(3), window.need(1000)) == (6, bytes([6, 7, 8]), False)


@given(st.sampled_from([0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34]), st.sampled_from("<>"), st.binary(max_size=200))
@examples(100)
def test_any_records_are_read_or_refused(magic, order, junk):
    try:
        found, _ = rows(pcap(PACKETS[:1], magic, order, extra=bytes(8 * (magic == 0xA1B2CD34))) + junk)
    except CaptureError:
        return
    assert found
