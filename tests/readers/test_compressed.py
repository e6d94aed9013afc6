"""Compressed captures read like plain ones; one that is cut off gives what it still holds."""

import gzip
import lzma
import sys
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from struct import pack

import pytest
import zstandard

from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_stream

FRAMES = 3000
NOISE = b"".join(pack("<Q", n * 0x9E3779B97F4A7C15 & (2**64 - 1)) for n in range(1, 16))
PCAP = pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101) + b"".join(
    pack("<IIII", n, 0, 120, 120) + bytes(byte ^ n & 0xFF for byte in NOISE) for n in range(FRAMES)
)
KINDS = {"gzip": gzip.compress, "xz": lzma.compress, "zstd": zstandard.ZstdCompressor().compress}
if find_spec("lz4"):
    KINDS["lz4"] = import_module("lz4.frame").compress


def count(data):
    capture = open_stream(BytesIO(data), "x.pcap.z")
    return sum(frames.count for frames in capture), capture


@pytest.mark.parametrize("kind", KINDS)
def test_compressed_is_as_good_as_plain(kind):
    frames, capture = count(KINDS[kind](PCAP))
    assert (frames, capture.format, capture.warnings) == (FRAMES, "pcap", [])


@pytest.mark.parametrize("kind", KINDS)
def test_members_one_after_the_other_are_one_capture(kind):
    half = len(PCAP) // 2
    assert count(KINDS[kind](PCAP[:half]) + KINDS[kind](PCAP[half:]))[0] == FRAMES


@pytest.mark.parametrize("kind", KINDS)
def test_cut_off_what_is_there_is_used(kind):
    data = KINDS[kind](PCAP)
    frames, capture = count(data[: len(data) - 9])
    assert 0 < frames <= FRAMES
    assert "TE014" in [warning.code for warning in capture.warnings]
    assert capture.warnings[0].message == "x.pcap.z ends before its compressed data do"


@pytest.mark.parametrize("kind", KINDS)
def test_cut_before_anything_can_be_read_is_an_error(kind):
    with pytest.raises(CaptureError, match=r"nothing in x\.pcap\.z can be decompressed"):
        count(KINDS[kind](PCAP)[:12])


def test_damaged_data_end_the_capture_with_a_warning():
    data = bytearray(gzip.compress(PCAP, 1))
    data[-8:-4] = b"\0\0\0\0"  # the checksum
    frames, capture = count(bytes(data))
    assert frames > 0
    assert capture.warnings[0].message == "x.pcap.z is damaged inside its compressed data"


def test_compressed_twice_is_refused():
    with pytest.raises(CaptureError, match="more than once"):
        count(gzip.compress(gzip.compress(PCAP)))


def test_compressed_text_is_no_capture():
    with pytest.raises(CaptureError, match="not a packet capture"):
        count(gzip.compress(b"hello world"))


def test_without_a_package_for_zstd_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(CaptureError, match="no package here") as error:
        count(KINDS["zstd"](PCAP))
    assert (error.value.code, "pip install zstandard" in error.value.help) == ("TE013", True)


def test_without_a_package_for_lz4_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "lz4", None)
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(CaptureError, match="compressed with lz4") as error:
        count(b"\x04\x22\x4d\x18" + bytes(40))
    assert (error.value.code, "pip install lz4" in error.value.help) == ("TE013", True)
