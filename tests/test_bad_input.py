"""Unreadable input is one clear error with what to do next, never a traceback."""

import gzip
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shares import examples

from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_capture, open_stream

MAGICS = [
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\x4d\x3c\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
    b"",
]


def read(path):
    with pytest.raises(CaptureError) as error:
        for _ in open_capture(path):
            pass
    return error.value


def test_a_name_that_is_not_there_brings_the_nearest_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("capture.pcap").write_bytes(b"")
    error = read("captur.pcap")
    assert (error.code, error.message) == ("TE001", "cannot open captur.pcap")
    assert error.note == f"no such file in {tmp_path.resolve()}"
    assert error.help == "did you mean capture.pcap?"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    assert read(tmp_path / "no" / "x.pcap").note == f"there is no folder {(tmp_path / 'no').resolve()}"


def test_a_folder_is_no_capture(tmp_path):
    assert (read(tmp_path).code, read(tmp_path).note) == ("TE001", "is a directory")


def test_text_is_no_capture(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello world\n")
    error = read(path)
    assert (error.code, error.message) == ("TE002", f"{path} is not a packet capture")
    assert error.note == 'it starts with "hello ", not with a pcap or pcapng signature'
    assert "tcpdump -i any -s 128 -w out.pcap tcp" in error.help


def test_bytes_of_another_format_are_shown_in_hex(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x7fELF\x02\x01\x01")
    assert "7f 45 4c 46 02 01" in read(path).note
    assert "--reader tshark" in read(path).help


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    path = tmp_path / "x.pcap"
    path.touch()
    assert read(path).message == f"{path} is empty"


def test_an_unknown_link_type_names_those_that_are_known():
    data = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\xff\xff\0\0" + (147).to_bytes(4, "little")
    with pytest.raises(CaptureError) as error:
        list(open_stream(BytesIO(data), "modem.pcap"))
    assert (error.value.code, error.value.message) == ("TE005", "link type 147 (USER0) is not known here")
    assert error.value.note.startswith(
        "tcpexplain reads Ethernet, Linux cooked v1/v2, raw IP, BSD loopback, PPP, Cisco HDLC, "
    )
    assert error.value.help == "tshark may know it:  tcpexplain --reader tshark modem.pcap"


@given(st.sampled_from(MAGICS), st.binary(max_size=300), st.booleans(), st.sampled_from(["x.pcap", "x.ladder"]))
@examples(300)
@example(b"\x1f\x8b\x08", gzip.compress(b"\xd4\xc3\xb2\xa1" + bytes(20))[3:], False, "x.pcap")
def test_any_bytes_are_read_or_refused(magic, body, compressed, name):
    data = gzip.compress(magic + body, 1) if compressed else magic + body
    try:
        capture = open_stream(BytesIO(data), name)
        frames = sum(batch.count for batch in capture)
    except CaptureError as refused:
        error = refused
    else:
        assert frames == capture.about.packets
        return
    assert error.code.startswith("TE")
    assert error.message
    assert not error.message.endswith(".")


def test_what_comes_out_of_a_compressed_file_is_bounded_and_its_ratio_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.readers.compressed.MANY", 1 << 20)
    path = tmp_path / "zeros.pcap.gz"
    head = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\xff\xff\x00\x00\x65\x00\x00\x00"
    path.write_bytes(gzip.compress(head + bytes(5 << 20)))
    capture = open_capture(path)
    assert 1 << 20 <= 16 * sum(frames.count for frames in capture) < 5 << 20
    assert capture.warnings[0].code == "TE022"


@pytest.mark.needs("zstandard")
def test_a_piece_of_a_zstd_file_stands_for_32_mebibytes_at_most():
    import zstandard

    from tcpexplain.readers import compressed

    asked = []

    class Source(BytesIO):
        def read(self, count=-1):
            asked.append(count)
            return super().read(count)

    data = zstandard.ZstdCompressor().compress(bytes(1 << 20))
    stream = compressed.InFrames(Source(data), lambda: zstandard.ZstdDecompressor().decompressobj())
    assert sum(iter(lambda: stream.readinto(bytearray(1 << 16)), 0)) == 1 << 20
    assert max(asked) // 4 * (128 << 10) <= 32 << 20


def test_a_short_script_before_a_capture_leaves_room_for_its_packets(tmp_path):
    from tcpexplain.reading.read import read as read_all

    script = tmp_path / "a.ladder"
    script.write_text("1. CLOSED LISTEN\n2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED\n")
    data = (Path(__file__).parents[1] / "captures" / "crashed-client-2019" / "capture.pcap").read_bytes()
    found = read_all([open_capture(script), open_stream(BytesIO(data), "capture")])
    assert found.packets == 1 + 9
