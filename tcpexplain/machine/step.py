"""What the loop writes down: a step for every change, a row for every RST, the facts of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpexplain.hot.record import Record, i1, i2, i4, i8
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from tcpexplain.hot.array import Array
    from tcpexplain.wire.segment import Segment

SEEN, INFERRED, TIMER = range(3)
BASES = ("seen", "inferred", "timer")


class StepRow(Record):
    """One step."""

    row: i8  # the connection
    packet: i8
    time: i8  # ns since 1970
    file: i4
    seq: i4  # relative to the sender's ISN, modulo 2**32
    ack: i4  # relative to the peer's
    has_ack: i1
    sender: i1
    basis: i1
    flags: i2
    length: i4
    previous0: i1  # end 0: state before, state, condition
    state0: i1
    previous1: i1
    state1: i1
    condition0: i4
    condition1: i4


class ResetRow(Record):
    """One RST."""

    row: i8
    packet: i8
    time: i8
    answers: i8  # packet it answers, 0: none
    file: i4
    by: i1
    origin: i1
    accepted: i1  # 1, 0, -1 not proved
    shape: i1
    reason: i1
    other: i1  # the reason it may be instead, -1: none
    odd_ttl: i1  # its TTL is not its pretended sender's
    alive: i1  # its pretended sender talks on after it
    habit: i1  # why it counts as its end's own though it does not look like Linux's, see ``resets.HABITS``
    exact: i1  # its sequence number is its pretended sender's next


class Rows(list[Any]):
    """Rows that come into being when they are first asked for, as an array's are there from the start."""

    def __init__(self, kind: type[Record]) -> None:
        super().__init__()
        self.kind = kind

    def __getitem__(self, i: Any) -> Any:
        if i == len(self):
            self.append(self.kind())
        return super().__getitem__(i)


class Book(NamedTuple):
    """Where the loop writes: rows of steps and resets, how many of each are in use (``used``: [steps, resets]); and what is wanted.

    ``whole``: whether steps are. ``forced``: which systems the ends are taken for, the client's code and the server's four bits
    higher (``vantage.stacks``), 0 where it shows.
    """

    steps: Array[StepRow]
    resets: Array[ResetRow]
    used: Array[int]
    whole: int
    forced: int = 0


def new_step(book: Book, row: int) -> StepRow:
    """The next free step; the driver has made room."""
    step = book.steps[book.used[0]]
    book.used[0] += 1
    step.row = row
    return step


def new_reset(book: Book, row: int) -> ResetRow:
    """The next free reset; the driver has made room."""
    entry = book.resets[book.used[1]]
    book.used[1] += 1
    entry.row = row
    return entry


def reset_of(book: Book, row: int, segment: Segment) -> ResetRow:
    """The entry of a RST that has left and now arrives."""
    i = book.used[1] - 1
    while book.resets[i].row != row or book.resets[i].packet != segment.packet or book.resets[i].file != segment.file:
        i -= 1
    return book.resets[i]
