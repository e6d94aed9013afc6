"""Conversations of every protocol with bytes changed, pieces cut, lost and out of place: nothing is raised, little is remembered."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from tcpexplain.messages import languages, say
from tcpexplain.payload.talk import Talk
from tcpexplain.reading.listening import payloads_of

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"
TALKS = 500
"""Of a batch."""
MOST = 1 << 17
"""Bytes that are remembered of a direction at most."""


@cache
def corpus():
    """The first payloads of real conversations."""
    found = []
    for path in sorted(PROGRAMS.glob("midway-*.pcap"))[:60]:
        pieces = [data[:200] for _, data in payloads_of(path, None, None, range(1, 60), None) if data]
        found += [pieces[:8]] if pieces else []
    return found


def changed(data, rng):
    """A payload of which some bytes are others."""
    found = bytearray(data)
    for _ in range(rng.choice((0, 0, 1, 1, 3))):
        at = rng.randrange(len(found))
        if rng.random() < 0.7:
            found[at] = rng.choice((0, 1, 10, 13, 32, 127, 128, 255, rng.randrange(256)))
        elif rng.random() < 0.5:
            found[at:at] = found[: rng.choice((1, 4, 20))]
        else:
            del found[at : at + rng.choice((1, 4, 20))]
        if not found:
            return b"\0"
    return bytes(found)


def talked(rng):
    """A conversation, as somebody hears it."""
    talk, at, language = Talk(every=rng.choice((0, 50))), [0, 0], None
    if rng.random() < 0.5:
        language = talk.protocol = rng.choice(languages())
        for side in (0, 1):
            talk.read(side, language.reading(talk, side))
    pieces = rng.choice(corpus())
    for number, piece in enumerate(pieces, start=1):
        other = rng.choice(rng.choice(corpus())) if rng.random() < 0.1 else piece
        data, side = changed(other, rng), (number + 1) % 2 if rng.random() < 0.8 else rng.randrange(2)
        seen = data[: rng.randrange(len(data))] if rng.random() < 0.1 else data
        say(talk, side, at[side] + (17 if rng.random() < 0.05 else 0), seen, len(data), number, number, None)
        at[side] += len(data)
    talk.finish((at[0], at[1]))
    return talk


def batch(seed):
    """How many conversations were heard, and what was found."""
    rng, found = Random(seed), []
    for number in range(TALKS):
        try:
            talk = talked(rng)
        except Exception as error:  # noqa: BLE001 (whatever is raised is what is looked for)
            found.append(f"talk {number}: {type(error).__name__}: {error}")
        else:
            found += [f"talk {number} remembers too much" for flow in talk.flows if len(flow.buffer) > MOST]
    return TALKS, found
