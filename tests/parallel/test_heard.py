"""The messages of all connections, read by whoever follows them: payload lies beside the segments, words in files."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from shares import one_of

import tcpexplain
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.hot import mapped
from tcpexplain.model.said import Said
from tcpexplain.native.library import usable
from tcpexplain.parallel.buckets import BUCKETS
from tcpexplain.parallel.carried import CarriedFile, Payloads
from tcpexplain.parallel.words import StoredWords, store_words
from tcpexplain.readers import open_capture
from tcpexplain.reading.listening import payloads_of

np = pytest.importorskip("numpy")

needs_library = pytest.mark.skipif(not usable(), reason="there is no machine code")
TESTS = Path(__file__).parents[1]
CAPTURES = sorted([*(TESTS.parent / "captures").rglob("*.pcap*"), *(TESTS / "causes" / "programs").glob("*.pcap")])
TALKS = [
    TESTS / "causes" / "programs" / f"{name}.pcap"
    for name in (
        "midway-mqtt-client-killed",
        "midway-redis-killed-in-answer",
        "wholly-pika-with-itself",
        "wholly-rsync",
    )
]
"""Programs that speak MQTT, Redis' protocol, AMQP and rsync."""


def carried(path, memory, folder, number=0):
    """What the segments of a capture carry, in a file."""
    found = CarriedFile(memory, folder / f"{number}.carried", number)
    for frames in open_capture(path, None, memory):
        found.feed(frames)
    return found.end()


def by_packet(found, buckets=range(BUCKETS)):
    """The payload of each packet, looked for in the buckets."""
    files = [np.fromfile(found.path, np.uint8)]
    every = [Payloads(np, files, [found], bucket) for bucket in buckets]
    return {
        packet: data
        for one in every
        for packet, data in zip(one.packet.tolist(), one.of(one.packet.tolist()), strict=True)
    }


@pytest.mark.parametrize("path", one_of(24, CAPTURES), ids=lambda path: path.parent.name + "-" + path.stem)
def test_each_packet_carries_what_is_found_of_it_in_the_capture(path, tmp_path):
    wanted = range(1, 1 + sum(frames.count for frames in open_capture(path, None, Plain())))
    expected = {packet: data for packet, data in payloads_of(path, None, None, wanted, None) if data}
    plain = carried(path, Plain(), tmp_path)
    assert by_packet(plain) == expected
    (half,) = (plain.only(BUCKETS // 2, BUCKETS),)
    upper = by_packet(half, range(BUCKETS // 2, BUCKETS))
    lower = by_packet(plain.only(0, BUCKETS // 2), range(BUCKETS // 2))
    assert lower | upper == expected
    assert not lower.keys() & upper.keys()


@needs_library
@pytest.mark.parametrize("path", one_of(24, CAPTURES), ids=lambda path: path.parent.name + "-" + path.stem)
def test_machine_code_finds_the_same(path, tmp_path):
    (tmp_path / "plain").mkdir()
    plain, compiled = carried(path, Plain(), tmp_path / "plain"), carried(path, Arrays(), tmp_path)
    assert Path(plain.path).read_bytes() == Path(compiled.path).read_bytes()
    assert plain.batches == compiled.batches


def test_of_what_nobody_carried_nothing_is_found(tmp_path):
    found = carried(TALKS[0], Plain(), tmp_path)
    assert list(Payloads(np, [np.fromfile(found.path, np.uint8)], [found], 0).of([1 << 40])) == [b""]
    assert list(Payloads(np, [], [], 0).of([1, 2])) == [b"", b""]


@pytest.mark.parametrize("messages", ["verdict", "full"])
def test_whoever_follows_connections_reads_their_messages(messages, monkeypatch):
    alone = tcpexplain.read(TALKS, every=True, jobs=1, messages=messages)
    monkeypatch.setattr(
        "tcpexplain.reading.across.listen", lambda *_, **__: pytest.fail("the captures were read again")
    )
    shared = tcpexplain.read(TALKS, every=True, jobs=2, messages=messages)
    assert [one.said for one in shared] == [one.said for one in alone]
    assert [(one.cause, one.certainty, one.finding) for one in shared] == [
        (one.cause, one.certainty, one.finding) for one in alone
    ]
    assert {one.said.protocol for one in shared} >= {"MQTT", "Redis", "AMQP"}


def stored(count, folder):
    """What so many connections said, in a file."""
    path = folder / f"{count}.words"
    store_words(np, ((stream, Said("HTTP/1", request=f"GET /{stream}")) for stream in range(0, count, 2)), path)
    return StoredWords(np, [str(path)], [np.arange(count)], str(folder))


def asked(words, count):
    """Ask for the words of each."""
    assert sum(words.get(stream) is not None for stream in range(count)) == count // 2 == len(words)


def test_what_was_said_takes_no_memory_of_whoever_asks_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr("tcpexplain.parallel.words.LARGE", 1)
    monkeypatch.setattr(mapped, "LARGE", 1)
    few, many = stored(2_000, tmp_path), stored(16_000, tmp_path)
    asked(few, 2_000)
    tracemalloc.start()
    asked(many, 16_000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * 16_000
    assert many[14] == Said("HTTP/1", request="GET /14")
    assert list(many)[:3] == [0, 2, 4]
    with pytest.raises(KeyError):
        many[15]
    with pytest.raises(KeyError):
        many[16_000]
