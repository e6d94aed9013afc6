"""Whole dialogues in which bytes, order, times and lengths are changed, hundreds in one capture: machine code in all its ways, and plain code.

A dialogue has addresses of its own, so one capture is as many inputs as it has dialogues. Compared by every number of every record are:
the capture with events and without, in one go and in three files, with room for all segments and with hardly any, and (of a share) machine code and plain code.
"""

from __future__ import annotations

import io
from contextlib import ExitStack, contextmanager
from functools import cache
from unittest import mock

import numpy as np
from dialogues import STEPS, packets
from found import SCRATCH

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain
from tcpexplain.readers import open_stream

WIDE, DIALOGUES, BASES = 96, 400, 600
"""Bytes of a frame at most; dialogues of a capture; dialogues that are made one by one, of which all others are made."""
START = 1_700_000_000
EDGES = np.array([0, 1, 2, 4, 5, 6, 15, 16, 17, 20, 40, 64, 80, 127, 128, 192, 254, 255], np.uint8)
GUESSED = {"condition"}
"""What a socket may hold that nobody has read: where data crosses what comes in between, one dialogue in 300,000 differs without events."""
PLAIN_SHARE, WHOLE_SHARE = 40, 3
"""One of so many captures is read by plain code too; one of so many is cut, or read with little room."""


@cache
def bases():
    """Frames side by side, their lengths, the dialogue of each, and where each dialogue begins."""
    rows = [packets(seed) for seed in range(BASES)]
    flat = [data for talk in rows for _, data in talk]
    frames = np.zeros((len(flat), WIDE), np.uint8)
    for row, data in zip(frames, flat, strict=True):
        row[: min(len(data), WIDE)] = np.frombuffer(data[:WIDE], np.uint8)
    lengths = np.array([len(data) for data in flat])
    counts = np.array([len(talk) for talk in rows])
    return frames, lengths, counts, np.concatenate(([0], np.cumsum(counts)))


def capture(seed):
    """A capture's records as rows of bytes, how many of each count, and their times in microseconds."""
    rng = np.random.default_rng(seed)
    frames, lengths, counts, begins = bases()
    chosen = rng.integers(0, BASES, DIALOGUES)
    owner = np.repeat(np.arange(DIALOGUES), counts[chosen])
    places = np.concatenate([np.arange(begins[one], begins[one + 1]) for one in chosen])
    data, wire = frames[places].copy(), lengths[places].copy()
    n = len(places)
    mutated(data, rng)
    own_addresses(data, owner)
    captured = np.minimum(wire, WIDE)
    cut = rng.random(n) < 0.02
    captured[cut] = rng.integers(0, WIDE, int(cut.sum()))
    wire = np.maximum(wire, captured)
    times = np.cumsum(rng.choice(STEPS, n, p=(0.2, 0.2, 0.2, 0.2, 0.1, 0.05, 0.03, 0.015, 0.005)))
    begin = times[np.searchsorted(owner, np.arange(DIALOGUES))]
    times = times - begin[owner] + rng.integers(0, 2_000_000, DIALOGUES)[owner]
    order = np.argsort(times + (rng.random(n) < 0.02) * rng.integers(-3000, 3000, n), kind="stable")
    return records(data[order], captured[order], wire[order], times[order])


def mutated(data, rng):
    """Bytes become others, of a tenth of the frames; some frames change places, some are others' again."""
    n = len(data)
    for _ in range(3):
        some = rng.integers(0, n, n // 30)
        data[some, rng.integers(0, WIDE, len(some))] = rng.choice(EDGES, len(some))
    some = rng.integers(0, n, n // 60)
    data[some, rng.integers(0, 60, len(some))] ^= (1 << rng.integers(0, 8, len(some))).astype(np.uint8)
    some = rng.integers(0, n - 1, n // 60)
    data[some] = data[some + 1]  # once more, and one is missing
    some = rng.integers(0, n - 1, n // 60)
    data[some, 24:28], data[some, 28:32] = data[some + 1, 28:32], data[some + 1, 24:28]
    some = rng.integers(0, n, n // 60)
    data[some, 33] = rng.integers(0, 256, len(some))


def own_addresses(data, owner):
    """The bytes in the middle of all addresses, those that ICMP quotes too, are the dialogue's."""
    number = np.stack((owner >> 8, owner & 255), axis=1)
    for at in (13, 17):
        data[:, at : at + 2] = number
    quoting = data[:, 9] == 1
    for at in (41, 45):
        data[quoting, at : at + 2] = number[quoting]


def records(data, captured, wire, times):
    """Rows of bytes as they stand in a pcap file, and how many of each."""
    whole = np.zeros((len(data), 16 + WIDE), np.uint8)
    head = np.stack((START + times // 1_000_000, times % 1_000_000, captured, wire), axis=1).astype("<u4")
    whole[:, :16] = head.view(np.uint8).reshape(len(data), 16)
    whole[:, 16:] = data
    return whole, captured + 16


HEAD = np.array([0xA1B2C3D4, 0x00040002, 0, 0, 65535, 101], "<u4").tobytes()


def pcap(rows, sizes):
    """A capture of records."""
    return HEAD + rows[np.arange(rows.shape[1]) < sizes[:, None]].tobytes()


@contextmanager
def little_room():
    """Segments leave memory early, and join stretches; connections that have closed stay."""
    where = "tcpexplain.analysis.analysis."
    with ExitStack() as changed:
        for name, value in (("BUDGET", 3000), ("LONG", 140), ("FOLDED", 500)):
            changed.enter_context(mock.patch(where + name, value))
        changed.enter_context(mock.patch.object(Analysis, "let_go", return_value=0))
        yield


ARRAYS = cache(Arrays)


def analysed(parts, memory, **how):
    """What is found in captures one after the other."""
    analysis = Analysis(memory=memory, **how)
    for number, part in enumerate(parts):
        for frames in open_stream(io.BytesIO(part), "x.pcap", columns=memory):
            analysis.feed(frames, number)
    analysis.finish()
    return analysis


def facts(analysis):
    """All numbers of all connections, as one array of each kind."""
    found, count = analysis.results, analysis.streams
    return {"facts": found.facts[:count], "client": found.clients[:count], "server": found.servers[:count]}


def differing(one, other, without=frozenset(SCRATCH)):
    """The fields in which two analyses differ, with how many connections."""
    mine, theirs = facts(one), facts(other)
    if one.streams != other.streams:
        return [f"{one.streams} connections, {other.streams}"]
    found = (
        (f"{kind}.{name}", np.flatnonzero(mine[kind][name] != theirs[kind][name]))
        for kind in mine
        for name in mine[kind].dtype.names
        if name not in without
    )
    return [f"{name} of {apart.size}, first {apart[0]}" for name, apart in found if apart.size]


def negative(analysis):
    """Times that are less than nothing."""
    return [f"{name} is negative" for name in ("duration", "left") if (facts(analysis)["facts"][name] < 0).any()]


def batch(seed):
    """How many dialogues were read, and what was found."""
    rows, sizes = capture(seed)
    data = pcap(rows, sizes)
    whole = analysed([data], ARRAYS(), every=True)
    found = [f"talks: {one}" for one in negative(whole)]
    tell = bool(seed & 1)
    summed = analysed([data], ARRAYS(), every=False, tell=tell)
    found += [f"without events: {one}" for one in differing(whole, summed, frozenset(SCRATCH) | GUESSED)]
    if seed % WHOLE_SHARE == 0:
        with little_room():
            found += [
                f"little room: {one}" for one in differing(summed, analysed([data], ARRAYS(), every=False, tell=tell))
            ]
    elif seed % WHOLE_SHARE == 1:
        parts = np.array_split(np.arange(len(rows)), 3)
        analysed([pcap(rows[part], sizes[part]) for part in parts], ARRAYS(), every=False, tell=False)
    if seed % PLAIN_SHARE == 0:
        from comparing import differences

        # Sequence numbers are the same modulo 2**32: plain code holds that of a FIN as it was counted.
        differ = differences(analysed([data], Plain(), every=True), whole)
        found += [f"machine code: {one}" for one in differ if (one[1] - one[2]) % 2**32][:5]
    return DIALOGUES, found
