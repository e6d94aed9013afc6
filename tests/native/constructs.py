"""What the language of hot functions has, a function for each construct; ``test_translator.py`` calls them plain and as machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tcpexplain.hot.inline import entry, inlined, replaced_by
from tcpexplain.wire.words import big, big32x4, little, load16

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array, Bytes
    from tcpexplain.wire.segment import Segment

TABLE = (5, -7, 1 << 40)
FEW = (1, 2, 3)
LARGEST = 0x7FFFFFFFFFFFFFFF


def always() -> bool:
    return True


def has_two(pool: Array[Segment], out: Array[int]) -> bool:
    return len(pool) >= 2 and len(out) >= 4


def has_bytes(data: Bytes) -> bool:
    return len(data) >= 16


@entry(always)
def counts(a: int, b: int) -> int:
    return a + b * 3 - (a - b) * -2


@entry(always)
def divides(a: int, b: int) -> int:
    return a // b * 1000 + a % b


@entry(always)
def shifts(a: int, b: int) -> int:
    by = b & 15
    return (a << by) + (a >> by) + (a >> 70)


@entry(always)
def bits(a: int, b: int) -> int:
    return (a & b) ^ (a | ~b)


@entry(always)
def masks(a: int, b: int) -> int:
    """Products far beyond 64 bits, of which the mask keeps what is the same."""
    return ((a * LARGEST ^ b * 0x51ED270B9E3779B9) - a * b * LARGEST) & LARGEST


@entry(always)
def compares(a: int, b: int) -> int:
    return (
        (a < b)
        + 2 * (a <= b)
        + 4 * (a == b)
        + 8 * (a != b)
        + 16 * (0 < a < b)
        + 32 * (a in FEW)
        + 64 * (b not in (1, 5))
    )


@entry(always)
def decides(a: int, b: int) -> int:
    first = a or b
    last = a and b
    return first * 10 + last * (1 if not a and b else 3) + bool(a) + (7 if a > b else 9)


@entry(always)
def extremes(a: int, b: int) -> int:
    return min(a, b, 4) * 100 + max(a, b) + int(a)


@entry(always)
def looks_up(a: int, b: int) -> int:
    return TABLE[a % 3] + len(TABLE) + b


@entry(always)
def loops(a: int, b: int) -> int:
    found = i = 0
    for i in range(a & 7):
        if i == 3:
            continue
        found += i
    for j in range(b & 7, -2, -2):
        found += 10 * j
        if found > 60:
            break
    while found < 40:
        found += 7
    return found * 8 + i


@entry(always)
def several(a: int, b: int) -> tuple[int, int, int]:
    a, b = b, a
    c = d = a - b
    quotient, rest = halves(c)
    _, other = halves(d + 1)
    return quotient, rest, other


def halves(number: int) -> tuple[int, int]:
    return number // 2, number % 2


@entry(has_two)
def writes(pool: Array[Segment], out: Array[int]) -> int:
    """Fields are as wide as declared; records are copied by value."""
    first, second = pool[0], pool[1]
    first.seq = 70_000
    first.time += 5
    second.flags, second.length = first.flags | 2, first.seq
    pool[1].ack = out[0]
    out[1] = second.ack
    out[2] += 4
    out[3] = field_of(first) + field_of(second)
    return second.length


class Long(Protocol):
    """Whatever has a length."""

    length: int


def field_of(one: Long) -> int:
    """Of a record of any kind that has the field."""
    return one.length


@entry(has_two)
def order_of_calls(pool: Array[Segment], out: Array[int]) -> int:
    """Python evaluates from left to right; C may not."""
    out[0] = len(pool) - 1
    found = out[0] * 1000 + doubled(out) * 100 + out[0] * 10 + doubled(out)
    out[1] = min(out[0], doubled(out)) + (1 if out[0] < doubled(out) else 0)
    return found + both(doubled(out), doubled(out)) + (0 < doubled(out) <= 64)


@inlined
def doubled(out: Array[int]) -> int:
    out[0] *= 2
    return out[0]


def both(a: int, b: int) -> int:
    return a - b


def in_machine_code(a: int) -> int:
    return a + 1


@replaced_by(in_machine_code)
def in_plain_code(a: int) -> int:
    found = {"a": a + 1}
    return found["a"]


@entry(always)
def other_body(a: int, b: int) -> int:
    return in_plain_code(a) + b


@entry(has_bytes)
def words(data: Bytes) -> int:
    (short,) = load16(data, 1)
    one, two, three, four = big32x4(data, 0)
    return short + one - two + three - four + little(data, 3, 2) + big(data, 2, 4) - little(data, 1, 8) // 3 + data[15]
