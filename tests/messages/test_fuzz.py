"""No bytes make a protocol raise, run away, or remember more than it should."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shares import examples

from tcpexplain.messages import languages, say
from tcpexplain.payload.talk import Talk
from tcpexplain.reading.listening import payloads_of

if TYPE_CHECKING:
    from collections.abc import Sequence
from pathlib import Path

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"
PIECES = st.lists(
    st.tuples(st.integers(0, 1), st.binary(max_size=60), st.integers(-20, 20), st.integers(0, 30)), max_size=20
)


def talked(pieces: Sequence[tuple[int, bytes, int, int]], language: object = None) -> Talk:
    """Both ends say these bytes; each piece may lie a little before or behind where it belongs, and be cut."""
    talk, at = Talk(every=50), [0, 0]
    for number, (side, data, shift, cut) in enumerate(pieces, start=1):
        if language and talk.protocol is None:
            talk.protocol = language
            for each in (0, 1):
                talk.read(each, language.reading(talk, each))  # type: ignore[attr-defined]
        if data:
            say(
                talk,
                side,
                max(at[side] + (shift if shift > 15 else 0), 0),
                data[: len(data) - min(cut, len(data) - 1) if cut > 25 else None],
                len(data),
                number,
                number,
                None,
            )
            at[side] += len(data)
    talk.finish((at[0], at[1]))
    return talk


@given(PIECES, st.sampled_from(languages()))
@examples(300)
def test_no_bytes_make_a_protocol_raise(pieces, language):
    talk = talked(pieces, language)
    for flow in talk.flows:
        assert len(flow.buffer) <= 1 << 17


@given(PIECES)
@examples(200)
def test_no_bytes_are_recognised_as_something_that_raises(pieces):
    talked(pieces)


def conversation(name: str) -> list[bytes]:
    """The payloads of a capture."""
    numbers = range(1, 200)
    return [data for _, data in payloads_of(PROGRAMS / f"{name}.pcap", None, None, numbers, None) if data]


@pytest.mark.parametrize(
    "name",
    [
        "midway-python-exits-in-body", "midway-postgres-shut-down-in-query", "midway-mariadb-too-many-connections",
        "midway-redis-killed-in-answer", "midway-grpc-in-order", "midway-mqtt-in-order", "midway-rabbitmq-killed",
        "midway-websocket-server-exits", "midway-tls-without-common-cipher", "midway-ssh-without-common-cipher",
    ],
)  # fmt: skip
def test_real_payload_with_any_byte_changed_raises_nothing(name):
    chance = random.Random(name)
    whole = conversation(name)
    assert whole
    for _ in range(40):
        pieces = []
        for place, data in enumerate(whole[:40]):
            changed = bytearray(data[:400])
            for _ in range(chance.randrange(3)):
                changed[chance.randrange(len(changed))] = chance.choice((0, 255, 127, 128, chance.randrange(256)))
            pieces.append(
                (
                    place % 2 if chance.random() < 0.1 else int(chance.random() < 0.5),
                    bytes(changed),
                    chance.choice((0, 0, 0, 17)),
                    chance.choice((0, 0, 28)),
                )
            )
        talked(pieces)
