"""Several captures by several processes: the same as by one, whatever dies, is broken, or was captured twice."""

import os
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from examples_of_traffic import generated

import tcpexplain
from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.parallel.copies import COPIES
from tcpexplain.parallel.crew import Crew, alone
from tcpexplain.parallel.processes import processes
from tcpexplain.reports import json, text

CAPTURES = sorted((Path(__file__).parent.parent / "captures").rglob("*.pcap*"))
HEADER, RECORD = 24, 16
TIME = slice(0, 8)


def records(path):
    """The file header of a little-endian pcap, and its records."""
    data, at, found = path.read_bytes(), HEADER, []
    while at < len(data):
        size = RECORD + int.from_bytes(data[at + 8 : at + 12], "little")
        found.append(data[at : at + size])
        at += size
    return data[:HEADER], found


def rotated(path, folder, pieces):
    """The capture in files as a ring would have left them."""
    header, packets = records(path)
    size = -(-len(packets) // pieces)
    for number in range(pieces):
        (folder / f"ring{number}.pcap").write_bytes(header + b"".join(packets[number * size : (number + 1) * size]))
    return sorted(folder.glob("ring*.pcap"))


def later(record, microseconds):
    """The packet as a clock that goes wrong, or a tap further away, has it."""
    seconds, fraction = int.from_bytes(record[:4], "little"), int.from_bytes(record[4:8], "little")
    total = seconds * 1_000_000 + fraction + microseconds
    return (total // 1_000_000).to_bytes(4, "little") + (total % 1_000_000).to_bytes(4, "little") + record[8:]


def lines(capture):
    """Its JSON, in full."""
    out = StringIO()
    with redirect_stdout(out):
        json.write(capture, None)
    return out.getvalue().splitlines()


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files go."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def on_disk(monkeypatch):
    """One process, but as if the captures were too large for its memory."""

    def change():
        monkeypatch.setattr("tcpexplain.reading.several.HELD", -1)

    return change


@pytest.fixture
def ring(tmp_path):
    folder = tmp_path / "ring"
    folder.mkdir()
    return rotated(generated(tmp_path / "x.pcap", "web", packets=1500), folder, 8)


def test_two_processes_give_the_json_of_one(ring):
    one = lines(tcpexplain.read(ring, every=True))
    two = lines(tcpexplain.read(ring, jobs=2, every=True))
    assert one == two


def test_so_do_they_for_all_sample_captures_as_one_set():
    one = lines(tcpexplain.read(CAPTURES, every=True))
    two = lines(tcpexplain.read(CAPTURES, jobs=2, every=True))
    assert one == two


def test_and_what_one_process_keeps_on_disk(ring, on_disk):
    in_memory = lines(tcpexplain.read(ring))
    on_disk()
    assert lines(tcpexplain.read(ring)) == in_memory


def test_a_ring_says_what_the_whole_capture_says(ring, tmp_path):
    whole, pieces = tcpexplain.read(tmp_path / "x.pcap"), tcpexplain.read(ring)
    assert [(c.cause, c.final, c.packets, c.start, c.bytes) for c in whole] == [
        (c.cause, c.final, c.packets, c.start, c.bytes) for c in pieces
    ]


def test_a_connection_on_disk_comes_back_with_all_its_packets(ring, on_disk):
    in_memory = tcpexplain.read(ring)[5]
    on_disk()
    found = tcpexplain.read(ring)[5]
    assert [(s.packet, s.file, s.time) for s in in_memory.segments_seen] == [
        (s.packet, s.file, s.time) for s in found.segments_seen
    ]
    assert in_memory.events[-1] == found.events[-1]


def test_nothing_is_left_on_disk(ring, on_disk, scratch):
    on_disk()
    capture = tcpexplain.read(ring)
    assert list(scratch.iterdir())
    del capture
    assert list(scratch.iterdir()) == []


def test_nothing_is_left_on_disk_after_an_error(ring, on_disk, scratch):
    on_disk()
    with pytest.raises(CaptureError):
        tcpexplain.read([*ring, "nowhere.pcap"])
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_broken_file_is_reported_and_the_rest_goes_on(ring, tmp_path, jobs):
    (tmp_path / "broken.pcap").write_bytes(b"no capture at all")
    capture = tcpexplain.read([*ring, tmp_path / "broken.pcap"], jobs=jobs)
    assert ([w.code for w in capture.warnings], capture.packets) == (["TE002"], 1500)


def test_a_file_cut_in_the_middle_gives_what_is_there(ring):
    ring[3].write_bytes(ring[3].read_bytes()[:-7])
    capture = tcpexplain.read(ring)
    assert ([w.code for w in capture.warnings], capture.packets) == (["TE003"], 1499)


@pytest.mark.parametrize("large", [False, True], ids=["in memory", "on disk"])
def test_captures_without_tcp_are_one_error(tmp_path, on_disk, large):
    header, packets = records(generated(tmp_path / "x.pcap", "web", packets=100))
    udp = [packet[: RECORD + 23] + b"\x11" + packet[RECORD + 24 :] for packet in packets]
    for name in ("a.pcap", "b.pcap"):
        (tmp_path / name).write_bytes(header + b"".join(udp))
    if large:
        on_disk()
    with pytest.raises(CaptureError) as error:
        tcpexplain.read([tmp_path / "a.pcap", tmp_path / "b.pcap"])
    assert (error.value.code, error.value.note) == ("TE004", "200 packets: 200 UDP")


def test_what_the_terminal_shows_is_the_same(ring, on_disk):
    in_memory = text.render(tcpexplain.read(ring))
    on_disk()
    assert text.render(tcpexplain.read(ring)) == in_memory


# ---- workers ----


def dies_once(task):
    """A task whose worker is killed the first time."""
    flag, number = task
    if number == 3 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def dies(_):
    os.kill(os.getpid(), signal.SIGKILL)


def fails(_):
    message = "of its own accord"
    raise ValueError(message)


def test_a_worker_that_dies_is_replaced(tmp_path):
    with processes(2, compiled=False) as crew:
        assert crew.run(dies_once, [(tmp_path / "flag", n) for n in range(8)]) == [n * n for n in range(8)]


def test_workers_that_always_die_are_one_error():
    with processes(1, compiled=False) as crew, pytest.raises(TcpexplainError) as error:
        crew.run(dies, [1, 2])
    assert (error.value.code, error.value.note.split(";")[0]) == ("TE046", "2 tasks of theirs could not be done")


@pytest.mark.parametrize("crew", [alone, lambda: processes(1, compiled=False)], ids=["here", "process"])
def test_what_a_task_raises_is_raised(crew):
    with crew() as workers, pytest.raises(ValueError, match="own accord"):
        workers.run(fails, [1])


@pytest.mark.parametrize("threads", [0, 1], ids=["forked", "served"])
def test_a_script_without_a_main_guard_runs_once(ring, tmp_path, threads):
    script = tmp_path / "postmortem.py"
    script.write_text(
        "import threading, tcpexplain\n"
        "print('begins')\n"
        f"for _ in range({threads}): threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        f"print(tcpexplain.read({[str(path) for path in ring]}, jobs=2).packets)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["begins", "1500"], "")


def test_results_are_in_the_order_of_tasks_and_told_as_they_come():
    told = []
    assert Crew(alone().hire, 1).run(abs, [-3, -1, -2], told.append) == [3, 1, 2]
    assert sorted(told) == [1, 2, 3]


# ---- the same traffic twice ----


def story(capture):
    return [(c.cause, c.finding.also, c.final, c.packets, c.bytes, c.flags) for c in capture]


@pytest.fixture
def whole(tmp_path):
    return generated(tmp_path / "x.pcap", "web", packets=1500)


def test_a_ring_copied_twice_counts_once(whole, tmp_path):
    (tmp_path / "again.pcap").write_bytes(whole.read_bytes())
    once, twice = tcpexplain.read(whole), tcpexplain.read([whole, tmp_path / "again.pcap"])
    assert story(once) == story(twice)
    assert (twice.packets, twice.segments, twice.skipped[COPIES]) == (3000, once.segments, once.segments)


@pytest.mark.parametrize("microseconds", [1, 20_000, 400_000], ids=lambda n: f"{n} us")
def test_a_second_tap_further_on_adds_nothing(whole, tmp_path, microseconds):
    header, packets = records(whole)
    other = tmp_path / "tap.pcap"
    other.write_bytes(header + b"".join(later(packet, microseconds) for packet in packets))
    assert story(tcpexplain.read([whole, other])) == story(tcpexplain.read(whole))


def test_what_each_of_two_taps_has_missed_is_had_from_the_other(whole, tmp_path):
    header, packets = records(whole)
    for name, left_out in (("a.pcap", 0), ("b.pcap", 1)):
        kept = [packet for number, packet in enumerate(packets) if number % 3 != left_out]
        (tmp_path / name).write_bytes(header + b"".join(kept))
    assert story(tcpexplain.read([tmp_path / "a.pcap", tmp_path / "b.pcap"])) == story(tcpexplain.read(whole))


def test_taps_at_both_ends_and_two_processes_agree_with_one(whole, tmp_path):
    header, packets = records(whole)
    (tmp_path / "b.pcap").write_bytes(header + b"".join(later(packet, 3_000) for packet in packets))
    both = [whole, tmp_path / "b.pcap"]
    assert lines(tcpexplain.read(both)) == lines(tcpexplain.read(both, jobs=2))
