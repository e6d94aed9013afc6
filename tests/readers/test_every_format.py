"""Whatever format tshark can write a capture in, the answers are those of the pcap file."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pcapfiles import taken, written

import tcpexplain
from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_capture
from tcpexplain.wire.layered import nanoseconds, packet_of
from tcpexplain.wire.linktype import find

pytestmark = [pytest.mark.needs("tshark"), pytest.mark.skipif(not shutil.which("editcap"), reason="no editcap in PATH")]

SAMPLE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"
BROKEN = {"observer", "commview-ncfx"}
"""Formats of which tshark 4.0 does not read what it wrote: that is said."""


def formats():
    """What editcap can write."""
    done = subprocess.run(["editcap", "-F"], capture_output=True, text=True, check=False)
    return [line.split()[0] for line in (done.stdout + done.stderr).splitlines() if line.startswith("    ")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The sample in every format that can hold Ethernet frames."""
    folder = tmp_path_factory.mktemp("formats")
    # ERF pads frames to eight bytes, and editcap refuses to write one whose end it cannot pad.
    source = written(folder / "source.pcap", taken(SAMPLE).records)

    def write(name):
        path = folder / f"x.{name}"
        done = subprocess.run(["editcap", "-F", name, source, path], capture_output=True, check=False)
        return (name, path) if done.returncode == 0 else (name, None)

    with ThreadPoolExecutor(2) as pool:
        return {name: path for name, path in pool.map(write, formats()) if path}


def is_own(path):
    """Whether it is read without tshark."""
    try:
        open_capture(path).close()
    except CaptureError:
        return False
    return True


def told(connection):
    return connection.cause, connection.certainty, connection.bytes, connection.final, len(connection.segments_seen)


def test_every_format_has_the_answers_of_pcap(files):
    """One test over all of them: tshark takes half a second to start, so two read at once."""
    expected = told(tcpexplain.read(SAMPLE)[0])

    def answer(name):
        try:
            capture = tcpexplain.read(files[name], reader=None if is_own(files[name]) else "tshark")
        except CaptureError as error:
            return name, error.code
        return name, capture.warnings[0].code if capture.warnings else told(capture[0])

    with ThreadPoolExecutor(2) as pool:
        answers = dict(pool.map(answer, files))
    differ = {name: one for name, one in answers.items() if one != expected}
    assert set(differ) <= BROKEN, differ
    assert set(differ.values()) <= {"TE021"}
    assert len(answers) > 15


NAMELESS = {"commview-ncf", "commview-ncfx"}
"""Formats whose files begin with their first packet."""


def test_a_format_that_is_not_read_says_what_it_is(files):
    for name in {name for name, path in files.items() if not is_own(path)} - NAMELESS:
        with pytest.raises(CaptureError, match="is a capture of") as error:
            tcpexplain.read(files[name])
        assert (error.value.code, error.value.help) == ("TE002", f"tcpexplain --reader tshark {files[name]}")


def test_a_capture_before_1970_keeps_its_times(tmp_path):
    """A clock without a battery: tshark writes such times, as pcapng does, below zero."""
    path = tmp_path / "early.pcapng"
    subprocess.run(["editcap", "-t", "-2000000000", SAMPLE, path], check=True, capture_output=True)
    early, usual = tcpexplain.read(path), tcpexplain.read(SAMPLE)
    assert (early[0].cause, *told(early[0])[2:]) == (usual[0].cause, *told(usual[0])[2:])
    assert early.start - usual.start == early.end - usual.end == -2_000_000_000 * 10**9
    assert early.warnings == ()
    assert told(tcpexplain.read(path, reader="tshark")[0]) == told(early[0])


def raw(data, at=0):
    return [data.hex(), at, len(data), 0, 1]


def test_of_two_ip_headers_in_a_frame_that_one_counts_behind_which_a_segment_is():
    """tshark knows tunnels that are not known here: what it found in them is read."""
    packet = taken(SAMPLE).records[0].data[14:]
    outer = bytes.fromhex("4500006000010000401100000a0000010a000002") + bytes(20)
    frame = [("frame.time_epoch", "-1.500000000"), ("frame.len", "200")]
    layers = [
        ("frame_raw", raw(outer + packet)), ("frame", frame),
        ("ip_raw", raw(outer[:20])), ("ip_raw", raw(packet[:20], len(outer))),
    ]  # fmt: skip
    found = packet_of(layers)
    assert (found.time, found.data, found.wire) == (-1_500_000_000, packet, 200 - len(outer))
    assert found.kind == find(101).kind


@pytest.mark.parametrize(
    "layers",
    [[], [("frame_raw", 5)], [("frame_raw", ["zz"])], [("frame_raw", raw(b"x")), ("frame", [])], [("frame_raw", [])],
     [("frame_raw", raw(b"x")), ("frame", [("frame.time_epoch", "never"), ("frame.len", "1")])]],
)  # fmt: skip
def test_layers_that_make_no_sense_are_no_packet(layers):
    assert packet_of(layers) is None


def test_a_time_keeps_its_nanoseconds():
    assert nanoseconds("1562339728.838856001") == 1562339728838856001
