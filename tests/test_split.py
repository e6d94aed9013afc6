"""Packets have one order: a capture that is cut anywhere gives the answers of the whole, in however many files it lies."""

from dataclasses import asdict
from random import Random

import pytest
from shares import one_of
from test_jobs import CAPTURES, lines, records

import tcpexplain
from tcpexplain.evidence.order import before, not_after
from tcpexplain.evidence.places import placed, short_names
from tcpexplain.reports import markdown
from tcpexplain.reports.json import connection_record
from tcpexplain.story import story
from tcpexplain.story.files import legend
from tcpexplain.wire.segment import FILE_SHIFT

SMALL = [path for path in CAPTURES if path.suffix == ".pcap" and path.stat().st_size < 200_000]
WAYS = ("in order", "shuffled", "a directory")


def cut(path, folder, places, names="abc"):
    """The capture in files that begin at these packets."""
    header, packets = records(path)
    ends = [*places, len(packets)]
    found = []
    for name, start, end in zip(names, [0, *places], ends, strict=False):
        found.append(folder / f"{name}.pcap")
        found[-1].write_bytes(header + b"".join(packets[start:end]))
    return found


def given(path, folder, way, random):
    """The capture cut in two or three at random, as somebody may give it."""
    size = len(records(path)[1])
    places = sorted(random.sample(range(1, size), min(size - 1, 1 if way == "in order" else 2)))
    files = cut(path, folder, places, "zyx" if way == "a directory" else "abc")
    if way == "a directory":
        return [folder]
    return files if way == "in order" else files[::-1]


def answers(connection):
    """What must not depend on where a packet lies."""
    finding = connection.finding
    return {
        "ends": (connection.client, connection.server, connection.packets, connection.opening, connection.missing),
        "cause": (finding.code, finding.certainty, finding.severity, finding.also, finding.alternatives, finding.title),
        "retry": connection.retry,
        "bytes": connection.bytes,
        "final": (connection.final, connection.closed_first),
        "events": [{**asdict(event), "packet": 0, "file": 0} for event in connection.events],
        "resets": [(one.by, one.origin, one.accepted, one.shape, one.reason) for one in connection.resets],
        "evidence": [found(connection, *key) for key in keys(finding)],
    }


def keys(one):
    """File and number of the packets that something rests on."""
    return list(zip(one.evidence_files or [0] * len(one.evidence), one.evidence, strict=True))


def found(connection, file, packet):
    """A packet by what it is, not by where it lies; nothing of one that has another 4-tuple, as an answer has that NAT forgot."""
    held = [one for one in connection.segments_seen if (one.file, one.packet) == (file, packet)]
    assert held or connection.cause == "nat-not-undone"
    return [(one.time, one.sender, one.seq, one.ack, one.flags) for one in held]


@pytest.mark.parametrize("path", one_of(2, SMALL), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_capture_that_is_cut_anywhere_gives_the_answers_of_the_whole(path, tmp_path):
    if len(records(path)[1]) < 2:
        return
    whole = [answers(one) for one in tcpexplain.read(path)]
    for way in WAYS:
        (folder := tmp_path / way).mkdir()
        files = given(path, folder, way, Random(f"{path.parent.name} {path.stem} {way}"))
        assert [answers(one) for one in tcpexplain.read(files)] == whole, way


@pytest.mark.parametrize("path", SMALL[::30], ids=lambda path: path.parent.name)
def test_so_do_processes(path, tmp_path):
    files = given(path, tmp_path, "shuffled", Random(7))
    whole, parts, shared = tcpexplain.read(path), tcpexplain.read(files), tcpexplain.read(files, jobs=2)
    assert [answers(one) for one in shared] == [answers(one) for one in whole]
    assert lines(shared)[1:] == lines(parts)[1:]


def test_every_packet_is_a_place_to_cut(tmp_path):
    path = next(path for path in SMALL if path.parent.name == "half-open-write")
    whole = [answers(one) for one in tcpexplain.read(path)]
    for place in range(1, len(records(path)[1])):
        assert [answers(one) for one in tcpexplain.read(cut(path, tmp_path, [place]))] == whole


@pytest.fixture
def parts(tmp_path):
    """A connection whose evidence lies in two files."""
    path = next(path for path in SMALL if path.parent.name == "half-open-write")
    (connection,) = tcpexplain.read(path)
    first, *_, last = connection.finding.evidence
    capture = tcpexplain.read(cut(path, tmp_path, [(first + last) // 2]))
    return connection, capture


def test_texts_and_evidence_name_the_file(parts):
    whole, capture = parts
    (connection,) = capture
    finding = connection.finding
    assert not whole.finding.evidence_files
    assert set(finding.evidence_files) == {0, 1}
    told = f"{finding.why} {finding.lost} {finding.sure}"
    assert any(f"packet {packet} of {'ab'[file]}.pcap" in told for file, packet in keys(finding))
    assert "packet 1099" not in told
    (reset, *_) = connection.resets
    assert reset.file == reset.evidence_files[-1] == 1
    assert " of b.pcap" in markdown.render(capture)


def test_the_ladder_says_in_which_file_a_packet_is(parts):
    whole, (connection,) = parts
    assert not legend(whole)
    assert legend(connection) == "1:n is packet n of a.pcap, 2:n of b.pcap"
    numbers = [row.numbers() for row in story(connection) if row.packet]
    assert numbers[0] == "1:1"
    assert numbers[-1].startswith("2:")
    assert "2:1 " in str(connection)
    assert [row.evidence for row in story(connection)] == [row.evidence for row in story(whole)]


def test_one_that_lies_in_one_of_the_files_has_plain_numbers():
    one, other = SMALL[0], SMALL[-1]
    capture = tcpexplain.read([one, other])
    connection = capture[0]
    (file,) = connection.files
    assert legend(connection) == f"packet numbers are those of {connection.file_names[file]}"
    assert story(connection)[0].number == "1"


def test_json_says_the_file_only_where_there_are_several(parts):
    whole, (connection,) = parts
    assert "evidence_files" not in connection_record(whole)
    assert "file" not in connection_record(whole)["resets"][0]
    record = connection_record(connection)
    assert record["evidence_files"] == list(connection.finding.evidence_files)
    assert len(record["evidence"]) == len(record["evidence_files"])
    for reset in record["resets"]:
        assert reset["file"] == reset["evidence_files"][-1]
        assert reset["packet"] == reset["evidence"][-1]


def test_short_names_tell_files_apart():
    assert short_names(["one/a.pcap"]) == ()
    assert short_names(["one/a.pcap", "two/b.pcap"]) == ("a.pcap", "b.pcap")
    assert short_names(["x/one/a.pcap", "y/one/a.pcap", "b.pcap"]) == ("x/one/a.pcap", "y/one/a.pcap", "b.pcap")
    assert short_names(["a.pcap", "a.pcap"]) == ("a.pcap", "a.pcap")


def test_a_text_names_a_file_where_it_changes():
    second = 1 << FILE_SHIFT
    text = f"packet 9 answers packet 8, and packet {second + 3} packet {second + 2}'s data"
    assert placed(text, ()) == text
    assert placed(text, ("a", "b")) == "packet 9 of a answers packet 8, and packet 3 of b packet 2's data"


def test_times_come_before_numbers():
    assert before(1, 5, 2, 3)
    assert not before(2, 3, 1, 5)
    assert before(1, 3, 1, 5)
    assert not before(1, 5, 1, 5)
    assert not_after(1, 5, 1, 5)
    assert not not_after(1, 6, 1, 5)
