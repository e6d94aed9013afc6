"""Live: what is told when, with a clock of our own."""

import io
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from examples_of_traffic import generated

from tcpexplain.analysis.analysis import FORGOTTEN, Analysis
from tcpexplain.analysis.together import FEW, Together
from tcpexplain.cli.live import watch_lines
from tcpexplain.cli.live_stdin import begins_now
from tcpexplain.cli.options import Options
from tcpexplain.diagnosis.assemble import connection_now, connections_now
from tcpexplain.live.feeder import Feeder
from tcpexplain.live.watch import FORGET, SOON, Watch, terminated, watch
from tcpexplain.live.watched import PATIENCE, QUIET, Watched
from tcpexplain.native.library import usable
from tcpexplain.readers import open_stream
from tcpexplain.reading.tap import MessageTap
from tcpexplain.reports.json import connection_record
from tcpexplain.tracking.table import link_table
from tcpexplain.vantage.inferred import ROOM

CAPTURE = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def cut(packets):
    """The capture's first packets."""
    data = CAPTURE.read_bytes()
    at = 24
    for _ in range(packets):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    return data[:at]


def pieces(*counts):
    """The capture as batches of so many packets; each ends where the next begins."""
    data, before = CAPTURE.read_bytes(), 0
    for count in counts:
        before += count
        yield data[:24] + cut(before)[len(cut(before - count)) :]


@pytest.fixture
def told():
    return []


def feed(analysis, data):
    for frames in open_stream(io.BytesIO(data), "piece"):
        analysis.feed(frames)


def test_a_connection_is_told_once_it_is_over_and_quiet(told):
    clock, analysis, seen = watched(told)
    first, rest = pieces(7, 2)
    feed(analysis, first)
    seen.look()
    assert told == []
    feed(analysis, rest)
    seen.look()
    assert told == []
    clock.now += QUIET
    seen.look()
    seen.look()
    assert told == [("write-after-close", False)]


def watched(told):
    """A clock, an analysis, and who watches it and tells each cause, and whether it is told again."""
    clock, analysis = Clock(), Analysis()
    return clock, analysis, Watch(analysis, lambda connection, again: told.append((connection.cause, again)), clock)


def wait_for_an_answer(seen, clock, told):
    """Half a minute, before which nothing is told."""
    seen.look()
    clock.now += PATIENCE - 1
    seen.look()
    assert told == []
    clock.now += 1
    seen.look()
    seen.look()


def test_a_fin_without_an_answer_is_told_after_half_a_minute(told):
    clock, analysis, seen = watched(told)
    first, rest = pieces(7, 2)
    feed(analysis, first)
    wait_for_an_answer(seen, clock, told)
    assert told == [("close-wait-leak", False)]
    feed(analysis, rest)
    seen.look()
    clock.now += QUIET
    seen.look()
    assert told[1:] == [("write-after-close", True)]
    assert {cause: count for cause, count in seen.causes.items() if count} == {"write-after-close": 1}


UNANSWERED = CAPTURE.parents[1] / "connect-timed-out" / "capture.pcap"


def test_a_connect_that_nobody_answers_is_told_after_half_a_minute_and_forgotten(told):
    clock, analysis, seen = watched(told)
    feed(analysis, UNANSWERED.read_bytes())
    wait_for_an_answer(seen, clock, told)
    assert [again for _, again in told] == [False]
    assert told[0][0] in {"syn-unanswered", "connect-abandoned"}
    clock.now += FORGET
    seen.look()
    assert seen.open == {}


def test_what_was_answered_late_is_told_of_again_when_it_leaks(told):
    clock, analysis, seen = watched(told)
    syn, until_fin = pieces(1, 6)
    feed(analysis, syn)
    wait_for_an_answer(seen, clock, told)
    feed(analysis, until_fin)
    seen.look()
    clock.now += PATIENCE
    seen.look()
    assert [again for _, again in told] == [False, True]
    assert told[1][0] == "close-wait-leak"


def test_what_only_one_end_is_seen_of_is_not_taken_for_unanswered(told):
    clock, analysis = Clock(), Analysis()
    seen = Watch(analysis, lambda connection, _: told.append(connection.cause), clock)
    _, data = pieces(3, 1)
    feed(analysis, data)
    seen.look()
    clock.now += PATIENCE
    seen.look()
    assert told == []


def test_what_is_over_is_forgotten(told):
    clock, analysis = Clock(), Analysis()
    seen = Watch(analysis, lambda _, again: told.append(again), clock)
    feed(analysis, CAPTURE.read_bytes())
    for step in (0.0, QUIET, FORGET + 1):
        clock.now += step
        seen.look()
    assert seen.open == {}
    assert told == [False]


def test_at_the_end_everything_that_closed_is_told(told):
    analysis = Analysis()
    seen = Watch(analysis, lambda connection, _: told.append(connection.cause))
    watch(seen, Feeder(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), analysis, threading.Lock()))
    assert told == ["write-after-close"]


def test_a_count_of_packets_is_kept_to_the_packet(told):
    analysis = Analysis()
    seen = Watch(analysis, lambda connection, _: told.append(connection.packets))
    watch(
        seen,
        Feeder(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), analysis, threading.Lock(), count=4),
        everything=True,
    )
    assert analysis.packets == 4
    assert told == [4]


def test_an_error_of_the_reader_reaches_the_caller():
    def broken():
        raise ValueError("no more")
        yield

    analysis = Analysis()
    with pytest.raises(ValueError, match="no more"):
        watch(Watch(analysis, lambda *_: None), Feeder(broken(), analysis, threading.Lock()))


def options(**changes):
    given = dict.fromkeys(Options.__slots__) | {
        "captures": (),
        "os": "linux",
        "events": True,
        "color": "never",
        "as_json": False,
        "why": (),
        "errno": (),
    }
    return SimpleNamespace(**given | changes)


def test_lines_and_the_last_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    source = open_stream(io.BytesIO(CAPTURE.read_bytes()), "x")
    assert watch_lines(source, options(fail_on="failed")) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert "✖ 10.10.121.101:42642 → 10.10.121.102:5000  write-after-close" in first
    assert last == "1 connection failed or suspicious of 1   times: UTC"


def begun_now():
    """The capture as if its packets came just now."""
    data = bytearray(CAPTURE.read_bytes())
    at, shift = 24, int(time.time()) - int.from_bytes(data[24:28], "little")
    while at < len(data):
        seconds = int.from_bytes(data[at : at + 4], "little") + shift
        data[at : at + 4] = seconds.to_bytes(4, "little")
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    return bytes(data)


@pytest.mark.parametrize("ended_by", ["SIGINT", "SIGTERM"])
def test_whoever_ends_a_capture_that_flows_gets_its_summary(ended_by):
    # What runs in the background of a script ignores SIGINT, and so would a program that it starts.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    run = "import runpy; runpy.run_module('tcpexplain', run_name='__main__')"
    command = [sys.executable, "-c", heard + run, "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        program.stdin.write(begun_now())
        program.stdin.flush()
        assert b"write-after-close" in program.stdout.readline()
        program.send_signal(getattr(signal, ended_by))
        last = program.stdout.read().decode().splitlines()[-1]
    assert (program.returncode, last) == (0, "1 connection failed or suspicious of 1   times: UTC")


def test_sigterm_ends_the_program_again_once_nothing_flows():
    before = signal.getsignal(signal.SIGTERM)
    with terminated():
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is before


def test_json_lines_as_they_come(capsys):
    from json import loads

    watch_lines(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), options(as_json=True))
    records = [loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["type"] for record in records] == ["capture", "connection", "summary"]
    assert records[-1]["causes"] == {"write-after-close": 1}


def test_narrowing_holds_for_lines_too(capsys):
    watch_lines(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), options(port=443))
    assert capsys.readouterr().out == "0 connections failed or suspicious of 0\n"


def test_only_what_is_shown_sets_the_exit_status(capsys):
    def watched(**changes):
        return watch_lines(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), options(**changes))

    assert watched(fail_on="EPIPE", client="10.10.121.101:42642") == 1
    assert watched(fail_on="EPIPE", client="10.10.121.101:1") == 0
    assert watched(fail_on="ECONNRESET") == 0
    capsys.readouterr()


def test_a_capture_of_this_minute_flows():
    first = CAPTURE.read_bytes()[:28]
    began = int.from_bytes(first[24:28], "little")
    assert begins_now(first, began + 5.0)
    assert not begins_now(first, began + 3600.0)
    assert not begins_now(b"\x0a\x0d\x0d\x0a" + bytes(24), 0.0)
    assert not begins_now(first[:24], float(began))


def test_a_connection_that_has_been_over_for_long_leaves_memory_and_its_ports_begin_another(told):
    clock, analysis = Clock(), Analysis()
    analysis.tap = MessageTap()
    seen = Watch(analysis, lambda connection, again: told.append((connection.stream, connection.cause, again)), clock)
    for _ in range(3):
        feed(analysis, CAPTURE.read_bytes())
        seen.look()
        clock.now += QUIET
        seen.look()
        clock.now += FORGET
        seen.look()
        assert not seen.open
        assert FORGOTTEN.kept == 0
        assert not analysis.tap.all
        assert not analysis.tap.latest
    assert told == [(stream, "write-after-close", False) for stream in range(3)]
    assert all(row is FORGOTTEN for row in analysis.rows[: analysis.streams])
    assert len({id(row) for row in analysis.rows}) == len(analysis.rows) - 2
    slot, free = analysis.desk.free, set()
    while slot >= 0:
        free.add(slot)
        slot = analysis.pool[slot].next
    assert len(free) == len(analysis.pool) - ROOM


def test_what_is_forgotten_leaves_the_connections_with_the_same_hash_where_they_are(tmp_path):
    analysis = Analysis()
    feed(analysis, generated(tmp_path / "x.pcap", "web", packets=300).read_bytes())
    analysis.table, analysis.desk.mask = [-1], 0
    link_table(analysis.rows, analysis.table, analysis.desks)
    for stream in (2, 0, analysis.streams - 1):
        analysis.forget(stream)
    found, at = set(), analysis.table[0]
    while at >= 0:
        found.add(at)
        at = analysis.rows[at].chain
    assert len(found) > 3
    assert found == set(range(analysis.streams)) - {2, 0, analysis.streams - 1}


def test_packets_that_the_kernel_drops_are_said_at_once_and_cast_doubt_on_what_follows(told):
    said = []
    analysis = Analysis()
    seen = Watch(analysis, lambda connection, _: told.append(connection), Clock())
    seen.lost, seen.tell_lost = iter([0, 7, 7, 100]).__next__, said.append
    feed(analysis, CAPTURE.read_bytes())
    for _ in range(4):
        seen.look()
        seen.clock.now += QUIET
    assert said == [7, 100]
    assert "drops" in told[0].missing


def test_a_source_that_can_end_by_itself_is_read_to_its_end():
    analysis, stop = Analysis(), threading.Event()

    def frames():
        first, *rest = pieces(4, 5)
        yield from open_stream(io.BytesIO(first), "x")
        stop.wait(10)
        for piece in rest:
            yield from open_stream(io.BytesIO(piece), "x")

    feeder = Feeder(frames(), analysis, threading.Lock(), stop=stop)
    feeder.start()
    feeder.halt()
    assert analysis.packets == 9


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def flush(self):
        raise BrokenPipeError

    def fileno(self):
        raise OSError


def test_who_asked_for_a_verdict_gets_it_though_the_reader_of_the_lines_has_left(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Gone())

    def watched(**changes):
        return watch_lines(open_stream(io.BytesIO(CAPTURE.read_bytes()), "x"), options(**changes))

    assert watched(fail_on="EPIPE") == 1
    with pytest.raises(BrokenPipeError):
        watched(fail_on="ECONNRESET")


def records(connections):
    return [connection_record(one, events=True) for one in connections]


@pytest.mark.skipif(not usable(), reason="machine code and numpy")
def test_connections_that_end_together_are_told_as_each_alone_is(tmp_path):
    analysis = Analysis()
    analysis.tap = MessageTap()
    feed(analysis, generated(tmp_path / "x.pcap", "web", packets=2000).read_bytes())
    every = range(analysis.streams)
    assert len(every) >= FEW
    alone = records(connection_now(analysis, stream) for stream in every)
    assert records(connections_now(Together(analysis), every)) == alone


def test_of_very_many_closed_connections_each_is_remembered_for_less(told, monkeypatch):
    monkeypatch.setattr("tcpexplain.live.watch.MANY", 1)
    clock, analysis, seen = watched(told)
    gone = []
    monkeypatch.setattr(analysis, "forget", gone.append)
    for stream in range(2):
        seen.put_away(Watched(stream, changed=clock.now - SOON - 1), clock.now)
    assert [one.stream for _, one in seen.closed] == [0]
    assert gone == [1]
