"""An analysis as plain numbers, to compare objects and plain code with arrays and machine code."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from random import Random

from mess import ENDS, LINKTYPE_RAW, Mess

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays, Plain, Switching
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.machine.facts import EndFacts, Facts
from tcpexplain.machine.step import ResetRow, StepRow
from tcpexplain.readers import open_capture
from tcpexplain.tracking.entry import Entry

WORD = 1 << 32
PLACES = {"chain", "first", "last", "stretch"}
"""Where in memory something is: that grows otherwise in arrays."""
WORDS = tuple(name for name in vars(Mess) if not name.startswith("_") and name != "put")
GETTERS = {kind: attrgetter(*(name for name, _ in kind.FIELDS)) for kind in (Entry, Facts, EndFacts, StepRow, ResetRow)}
GAPS = (1, 1000, 40_000_000, 300_000_000, 1_500_000_000, 70_000_000_000)
"""ns between two packets."""


def analysed(path, memory, *, every=True, tell=True):
    """The analysis of a capture."""
    columns = Switching()
    columns.now = memory
    analysis = Analysis(memory=memory, every=every, tell=tell)
    for frames in open_capture(path, columns=columns):
        analysis.feed(frames)
    analysis.finish()
    return analysis


def numbers(record, kind):
    """The fields of a record as numbers."""
    return record if isinstance(record, tuple) else GETTERS[kind](record)


def everything(analysis):
    """All rows, facts, steps and resets as plain numbers, with the records they are of."""
    results = analysis.results
    for stream in range(analysis.streams):
        yield Entry, numbers(analysis.rows[stream], Entry)
        facts, client, server = results.of(stream)
        yield Facts, numbers(facts, Facts)
        yield EndFacts, numbers(client, EndFacts)
        yield EndFacts, numbers(server, EndFacts)
        yield from ((StepRow, numbers(step, StepRow)) for step in results.steps_of(stream))
        yield from ((ResetRow, numbers(reset, ResetRow)) for reset in results.resets_of(stream))


def differences(one, other):
    """What two analyses do not agree on: stream by stream the names of fields, and both numbers.

    Sequence numbers are the same modulo 2**32: records hold them with a sign, objects as they stand in the header.
    """
    found = []
    for (kind, mine), (others, theirs) in zip(everything(one), everything(other), strict=True):
        assert kind is others
        if mine != theirs:
            triples = zip((name for name, _ in kind.FIELDS), mine, theirs, strict=True)
            found += [(name, a, b) for name, a, b in triples if name not in PLACES and unsigned(a) != unsigned(b)]
    return found


def unsigned(value):
    """A number of 32 bits without its sign."""
    value = int(value)
    return value % WORD if -WORD <= 2 * value < 2 * WORD else value


def compare(path, arrays):
    """Fail where machine code finds anything else than plain code."""
    plain, native = analysed(path, Plain()), analysed(path, arrays)
    assert plain.streams == native.streams
    assert plain.skipped == native.skipped
    assert not differences(plain, native)


def random_frames(number):
    """Frames of a connection to which anything happens; of every third some bytes are wrong."""
    chance = Random(number)
    script = [
        (chance.choice(WORDS), chance.randrange(2), chance.choice((1, 2, 100, 1448)), chance.choice(GAPS))
        for _ in range(chance.randrange(40))
    ]
    frames = Mess(script, (ENDS[0]._replace(port=10_000 + number % 50_000), ENDS[1])).frames
    return frames if number % 3 else [(time, damaged(data, chance)) for time, data in frames]


def damaged(data, chance):
    """Some bytes of some packets are others; some packets are cut."""
    found = bytearray(data)
    for _ in range(chance.choice((0, 0, 1, 3))):
        found[chance.randrange(min(len(found), 60))] = chance.randrange(256)
    return bytes(found[: chance.randrange(len(found))]) if chance.random() < 0.1 else bytes(found)


def compare_random(numbers, folder, together=1):
    """Compare so many random connections, some together in one capture; the numbers of those that differ are in what fails."""
    arrays, path = Arrays(), folder / "x.pcap"
    for start in range(0, len(numbers), together):
        some = numbers[start : start + together]
        frames = [frame for number in some for frame in random_frames(number)]
        write_pcap(path, sorted(frames, key=itemgetter(0)), link_type=LINKTYPE_RAW)
        try:
            compare(path, arrays)
        except AssertionError as error:
            raise AssertionError(f"random connections {some}: {error}") from error


def compare_captures(paths):
    """Compare captures that there are."""
    arrays = Arrays()
    for path in paths:
        compare(path, arrays)
