"""snoop, Network Monitor, iptrace, ERF and Juniper by own rows: what is there is used, what is not makes one clear error."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pcapfiles import taken, written
from scapy.layers.l2 import Ether
from scapy.utils import ERFEthernetWriter

import tcpexplain
from tcpexplain import registry
from tcpexplain.errors import CaptureError
from tcpexplain.readers import for_files, open_stream
from tcpexplain.readers.filter import libpcap
from tcpexplain.wire.foreign import CAPTURES
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.linktype import LINKTYPES, find, unknown

SAMPLE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


def told(connection):
    return connection.cause, connection.certainty, connection.bytes, connection.final, len(connection.segments_seen)


@pytest.fixture(scope="module")
def expected():
    return told(tcpexplain.read(SAMPLE)[0])


def snoop(datalink=4, dropped=0):
    out = b"snoop\0\0\0" + pack(">II", 2, datalink)
    for time, data, wire, _ in taken(SAMPLE).records:
        padded = data + bytes(-len(data) % 4)
        size = 24 + len(padded)
        out += pack(">6I", wire, len(data), size, dropped, time // 10**9, time % 10**9 // 1000) + padded
    return out


def netmon(minor):
    """Version 2, with the medium behind each frame from 2.1 on."""
    records, frames, offsets = taken(SAMPLE).records, b"", []
    start = records[0].time // 10**6 * 10**6
    for time, data, wire, _ in records:
        offsets.append(128 + len(frames))
        trailer = pack("<H", 1) + bytes({1: 0, 2: 4, 3: 13}[minor]) if minor else b""
        frames += pack("<QII", (time - start) // 1000, wire, len(data)) + data + trailer
    header = b"GMBU" + pack(
        "<BBH8HII", minor, 2, 0 if minor else 1, 2019, 7, 5, 5, 15, 15, 28, 838, 128 + len(frames), 4 * len(offsets)
    )
    return header + bytes(128 - len(header)) + frames + pack(f"<{len(offsets)}I", *offsets)


def iptrace(version, kind=6):
    """Version 1.0 has whole seconds; 2.0 has the time once more, with nanoseconds."""
    out = b"iptrace %d.0" % version
    for time, data, _, _ in taken(SAMPLE).records:
        seconds, nanoseconds = divmod(time, 10**9)
        head = pack(">II4s12sBBxx", seconds, 0, b"en0", b"", kind, 0)[: 26 if version == 1 else 28]
        head += pack(">II", seconds, nanoseconds) if version == 2 else b""
        out += pack(">I", len(head) + 4 - 8 + len(data)) + head + data
    return out


FILES = {
    "snoop": snoop(),
    **{f"netmon 2.{minor}": netmon(minor) for minor in range(4)},
    "iptrace 2.0": iptrace(2),
}
"""A file of each format that has no test file of its own: the reader's name, and which version it is."""


def test_every_reader_that_knows_first_bytes_is_tried():
    """Here, or in a file that bears its name."""
    known = {name for name in for_files() if registry.member("tcpexplain.readers", name).SIGNATURES}
    elsewhere = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert known - elsewhere - {name.split()[0] for name in FILES} == set()


def test_what_is_read_is_not_said_to_be_for_tshark_alone():
    known = [one for name in for_files() for one in registry.member("tcpexplain.readers", name).SIGNATURES]
    assert [whose for first, whose in CAPTURES if first.startswith(tuple(known))] == []


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_the_answers_are_those_of_pcap(data, expected, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(data)
    capture = tcpexplain.read(path)
    assert told(capture[0]) == expected
    assert capture.start == tcpexplain.read(SAMPLE).start


@pytest.mark.filterwarnings("ignore")
def test_erf_is_read_as_scapy_writes_it(expected, tmp_path):
    path = tmp_path / "x.erf"
    writer = ERFEthernetWriter(str(path))
    for one in taken(SAMPLE).records:
        packet = Ether(one.data)
        packet.time = one.time / 10**9
        writer.write(packet)
    writer.close()
    (connection,) = tcpexplain.read(path)
    assert told(connection)[2:] == expected[2:]


def test_snoop_says_what_it_dropped(tmp_path):
    path = tmp_path / "x.snoop"
    path.write_bytes(snoop(dropped=7))
    assert [warning.code for warning in tcpexplain.read(path).warnings] == ["TE009"]


def test_a_kind_of_link_that_snoop_alone_knows_is_named(tmp_path):
    path = tmp_path / "x.snoop"
    path.write_bytes(snoop(datalink=12))
    with pytest.raises(CaptureError, match="link type") as error:
        tcpexplain.read(path)
    assert error.value.code == "TE005"


def test_the_first_version_of_iptrace_has_whole_seconds(expected, tmp_path):
    path = tmp_path / "x.iptrace"
    path.write_bytes(iptrace(1))
    capture = tcpexplain.read(path)
    assert told(capture[0])[2:] == expected[2:]
    assert capture.start == tcpexplain.read(SAMPLE).start // 10**9 * 10**9


def test_a_kind_of_interface_that_iptrace_alone_knows_is_named(tmp_path):
    path = tmp_path / "x.iptrace"
    path.write_bytes(iptrace(2, kind=55))
    with pytest.raises(CaptureError, match="link type") as error:
        tcpexplain.read(path)
    assert error.value.code == "TE005"


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("version", [1, 2])
def test_iptrace_is_laid_out_as_tshark_reads_it(version, tmp_path):
    path = tmp_path / "x.iptrace"
    path.write_bytes(iptrace(version))
    ours, theirs = tcpexplain.read(path), tcpexplain.read(path, reader="tshark")
    assert (told(ours[0]), ours.start, ours.end) == (told(theirs[0]), theirs.start, theirs.end)


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
@given(cut=st.integers(8, 700), at=st.integers(8, 900), byte=st.integers(0, 255))
def test_any_bytes_raise_nothing_but_capture_errors(data, cut, at, byte):
    for damaged in (data[:cut], data[:at] + bytes([byte]) + data[at + 1 :]):
        try:
            for frames in open_stream(BytesIO(damaged), "x"):
                assert frames.count
        except CaptureError as error:
            assert error.code  # noqa: PT017 (it need not be raised)


def juniper(flags, inner, extensions=b""):
    head = b"MGC" + bytes([flags | (0x80 if extensions else 0)])
    return head + (pack(">H", len(extensions)) + extensions if extensions else b"") + inner


@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        (178, lambda ip: juniper(1, bytes(12) + b"\x08\0" + ip)),
        (178, lambda ip: juniper(0, bytes(12) + b"\x08\0" + ip, b"\x01\x01\x04\x02\x01\x04")),
        (178, lambda ip: juniper(2, b"\0\0\0\x02" + ip)),
        (179, lambda ip: juniper(0, b"\0\x21" + ip)),
        (180, lambda ip: juniper(0, b"\x18\x41\x03\xcc" + ip)),
        (181, lambda ip: juniper(0, b"\x0f\0\x08\0" + ip)),
    ],
    ids=["Ethernet", "with extensions", "no link layer", "PPP", "frame relay", "Cisco HDLC"],
)
def test_junipers_links(link, wrap, expected, tmp_path):
    rows = [(one.time, wrap(one.data[14:])) for one in taken(SAMPLE).records]
    assert told(tcpexplain.read(written(tmp_path / "x.pcap", rows, link))[0]) == expected


@pytest.mark.needs("tshark")
@pytest.mark.skipif(not shutil.which("text2pcap"), reason="no text2pcap in PATH")
@pytest.mark.parametrize("link", [1, 101, 228])
def test_what_text2pcap_writes_is_read(link, expected, tmp_path):
    dump = tmp_path / "dump.txt"
    at = 0 if link == 1 else 14
    lines = [
        f"{one.time // 10**9}.{one.time % 10**9:09d}\n000000 " + one.data[at:].hex(" ") for one in taken(SAMPLE).records
    ]
    dump.write_text("\n".join(lines) + "\n")
    path = tmp_path / "x.pcapng"
    command = ["text2pcap", "-q", "-t", "%s.%f", "-l", str(link), str(dump), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    assert told(tcpexplain.read(path)[0])[2:] == expected[2:]


def test_every_link_type_that_libpcap_knows_is_read_or_named():
    """What scapy, tcpdump or editcap write: a number alone tells nobody what was captured."""
    name_of = libpcap().pcap_datalink_val_to_name
    name_of.restype = ctypes.c_char_p
    for number in range(300):
        if known := name_of(number):
            row = find(number)
            assert row.name, f"{number} is {known.decode()}"
            assert row.family != UNKNOWN or row.name in unknown(row, "x.pcap").message


@pytest.mark.parametrize("number", [163, 189, 227, 999])
def test_a_link_type_that_is_not_read_is_an_error_with_its_name(number, tmp_path):
    path = written(tmp_path / "x.pcap", [(10**9, bytes(60))], number)
    with pytest.raises(CaptureError) as error:
        tcpexplain.read(path)
    assert error.value.code == "TE005"
    assert find(number).name in error.value.message
    assert "--reader tshark" in error.value.help


def test_the_page_of_formats_has_every_link_type():
    text = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    told = {int(number) for number in re.findall(r"\d+", text.split("## Link types")[1].split("Behind them")[0])}
    assert {row.number for row in LINKTYPES} <= told
