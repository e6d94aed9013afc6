"""Directories and several captures: in the order of their packets, nothing lost without a word."""

import shutil
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.errors import CaptureError
from tcpexplain.reading import paths

SAMPLE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"
RECORD = 16


def cut_in_three(folder):
    """The sample as tcpdump -C would have left it after its ring wrapped: the newest packets are in the first file."""
    data, at, pieces = SAMPLE.read_bytes(), 24, [[], [], []]
    for packet in range(9):
        size = RECORD + int.from_bytes(data[at + 8 : at + 12], "little")
        pieces[packet // 3].append(data[at : at + size])
        at += size
    for name, piece in zip(("cap2", "cap10", "cap"), pieces, strict=True):
        (folder / name).write_bytes(data[:24] + b"".join(piece))


def test_a_directory_is_read_in_the_order_of_its_packets(tmp_path):
    cut_in_three(tmp_path)
    capture = tcpexplain.read(tmp_path)
    assert [Path(name).name for name in capture.files] == ["cap2", "cap10", "cap"]
    assert (capture.packets, [c.cause for c in capture], capture.given) == (9, ["write-after-close"], (str(tmp_path),))


def test_files_of_a_shells_pattern_are_put_in_order(tmp_path):
    cut_in_three(tmp_path)
    capture = tcpexplain.read(sorted(tmp_path.iterdir()))
    assert [c.final for c in capture] == [c.final for c in tcpexplain.read(SAMPLE)]


def test_what_else_lies_in_a_directory_is_said(tmp_path):
    shutil.copy(SAMPLE, tmp_path)
    for name in ("notes.txt", "empty.pcap"):
        (tmp_path / name).write_text("" if name.startswith("empty") else "hello")
    (warning,) = tcpexplain.read(tmp_path).warnings
    assert (warning.message, warning.note) == (
        f"2 files in {tmp_path} are no captures",
        "left out: empty.pcap, notes.txt",
    )


def test_a_directory_without_captures_is_one_error(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(CaptureError) as error:
        tcpexplain.read(tmp_path)
    assert (error.value.code, error.value.note) == ("TE001", "it holds 1 file, none of them a capture")


def test_one_unreadable_file_of_several_is_a_warning(tmp_path):
    (tmp_path / "x.pcap").touch()
    capture = tcpexplain.read([SAMPLE, tmp_path / "x.pcap"])
    assert ([w.message for w in capture.warnings], len(capture)) == ([f"{tmp_path / 'x.pcap'} is empty"], 1)


def test_a_file_that_is_not_there_is_an_error_among_several_too(tmp_path):
    with pytest.raises(CaptureError) as error:
        tcpexplain.read([SAMPLE, tmp_path / "x.pcap"])
    assert error.value.code == "TE001"


def test_what_ends_inside_its_first_packet_says_so(tmp_path):
    (tmp_path / "x.pcap").write_bytes(SAMPLE.read_bytes()[:60])
    with pytest.raises(CaptureError) as error:
        tcpexplain.read(tmp_path / "x.pcap")
    assert "ends inside packet 1: 20 of its 74 bytes are there" in error.value.note


def test_a_filter_that_lets_nothing_through_is_named():
    with pytest.raises(CaptureError) as error:
        tcpexplain.read(SAMPLE, filter="port 99")
    assert (error.value.code, error.value.note) == ("TE004", "it says: port 99")


def test_a_quoted_pattern_stands_for_the_files_it_fits(tmp_path):
    cut_in_three(tmp_path)
    (tmp_path / "notes.txt").write_text("hello")
    capture = tcpexplain.read(str(tmp_path / "cap*"))
    assert [Path(name).name for name in capture.files] == ["cap2", "cap10", "cap"]


def test_a_pattern_that_fits_nothing_is_an_error(tmp_path):
    with pytest.raises(CaptureError) as error:
        tcpexplain.read(str(tmp_path / "cap*"))
    assert (error.value.code, error.value.note) == ("TE001", "nothing fits this pattern")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    shutil.copy(SAMPLE, tmp_path / "x[1].pcap")
    assert tcpexplain.read(str(tmp_path / "x[1].pcap")).packets == 9


def test_folders_of_several_hosts_are_one_set(tmp_path):
    for host in ("web1", "web2"):
        (tmp_path / host).mkdir()
    cut_in_three(tmp_path / "web2")
    shutil.copy(SAMPLE, tmp_path / "web1")
    capture = tcpexplain.read(tmp_path)
    assert (len(capture), capture[0].packets, capture.packets, len(capture.files)) == (1, 9, 18, 4)


def test_hidden_files_are_no_captures(tmp_path):
    cut_in_three(tmp_path)
    (tmp_path / ".git").mkdir()
    shutil.copy(SAMPLE, tmp_path / ".git")
    assert tcpexplain.read(tmp_path).packets == 9


def test_a_file_that_is_given_twice_is_read_once(tmp_path):
    cut_in_three(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "cap")
    assert tcpexplain.read([tmp_path, tmp_path / "cap2", tmp_path / "link"]).packets == 9


def test_little_is_read_of_a_file_to_learn_when_it_began(tmp_path, monkeypatch):
    path, read = tmp_path / "x.pcap", []
    path.write_bytes(SAMPLE.read_bytes() * 1000)
    monkeypatch.setattr(paths, "SIP", 4096)
    original = paths.Sips.readinto
    monkeypatch.setattr(paths.Sips, "readinto", lambda self, buffer: read.append(original(self, buffer)) or read[-1])
    assert paths.began(path) == paths.began(SAMPLE) > 0
    assert sum(read) < 20_000 < path.stat().st_size


def test_symbolic_links_in_a_circle_are_one_error(tmp_path):
    path = tmp_path / "loop"
    path.symlink_to(path.name)
    with pytest.raises(CaptureError, match="cannot open") as error:
        tcpexplain.read(path)
    assert error.value.code == "TE001"
    assert "symbolic links" in error.value.note
