"""What a reader need not see one by one: repeated transmissions, runs of plain data, and the silences between."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from tcpexplain.story.foretold import annotated
from tcpexplain.story.row import Cell, Row, label
from tcpexplain.units import counted, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.model.calls import Packet, Side
    from tcpexplain.model.connection import Connection

SILENCE = 1.0
"""Seconds: shorter gaps are never called silence."""
STANDS_OUT = 10.0
"""A silence is also this many times the gap that a quarter of the connection's gaps do not reach."""
KEPT = 3
"""Rows of a plain run that stay visible before and after its fold."""
FOLDED = 5
"""Fewer rows than this are not worth a fold."""
BEAT = 3
"""More gaps than this of about the same length are the connection's beat, and no silence."""
MOST, FIRST, LAST = 120, 60, 50
"""A story of more rows than ``MOST`` keeps these of its beginning and end; between them only states and evidence."""


class Quiet:
    """Which gaps of a connection are silences: long ones that stand out from the others.

    None is longer than ``longest`` (seconds), the longest time without a packet: where packets are not among ``segments``, nothing was silent.
    """

    def __init__(self, segments: list[Packet], longest: float = inf) -> None:
        self.longest = longest
        waits = (later.time - earlier.time for earlier, later in pairwise(segments) if not later.retransmission)
        self.gaps = sorted(waits)

    def __call__(self, gap: float) -> bool:
        """Whether ``gap`` seconds are a silence."""
        if not SILENCE <= gap <= self.longest or not self.gaps or gap < STANDS_OUT * self.gaps[len(self.gaps) // 4]:
            return False
        return len(self.gaps) - bisect_left(self.gaps, gap / 2) <= BEAT


def with_repeats(rows: list[Row]) -> list[Row]:
    """Fold repeated transmissions of the same segment into one row, and the ICMP errors that answer them into another."""
    told: list[Row] = []
    for row in rows:
        for back in (-1, -2):
            if len(told) >= -back and _again(told[back], row) and (back == -1 or _between(told[-1], row)):
                told[back] = _repeated(told[back], row)
                break
        else:
            told.append(row)
    return told


def _again(last: Row, row: Row) -> bool:
    """Whether ``row`` repeats what ``last`` already repeated."""
    one, other = last.segment, row.segment
    if not one or not other or row.client.state or row.server.state or last.kind == "timer":
        return False
    if row.kind == "icmp" or one.icmp:
        return one.icmp == other.icmp and one.sender == other.sender
    if (one.sender, one.seq, one.probe, last.astray) != (other.sender, other.seq, other.probe, row.astray):
        return False
    return (one.retransmission and other.retransmission) or (one.probe and other.probe)


def _between(middle: Row, row: Row) -> bool:
    """Whether a transmission and the ICMP error about it take turns."""
    return bool(middle.segment) and middle.sender == row.sender and (middle.kind == "icmp") != (row.kind == "icmp")


def _repeated(last: Row, row: Row) -> Row:
    """``last`` with one more repetition."""
    count = last.count + 1
    what = row.segment
    assert what is not None  # noqa: S101 (_again saw it)
    span = f"{counted(count, 'time')} over {duration(row.time - last.time)}"
    name, verb = (
        label(replace(what, retransmission=False), was_closed=row.label.startswith("window probe")),
        " sent" if what.probe else "" if what.icmp else " retransmitted",
    )
    text = f"{name}{verb} {span}{last.astray}"
    return replace(
        last,
        kind="icmp" if what.icmp else "repeat",
        until=row.time,
        last=row.packet,
        last_file=row.file,
        label=text,
        count=count,
        evidence=last.evidence or row.evidence,
        client=_later(last.client, row.client),
        server=_later(last.server, row.server),
    )


def _later(cell: Cell, other: Cell) -> Cell:
    """Two cells of one end as one: what was done in either, the end as it is after both."""
    did = (*cell.did, *(note for note in other.did if note not in cell.did))
    end, gone = (other.end, other.gone) if other.end else (cell.end, cell.gone)
    return replace(cell, did=did, end=end, gone=gone, plain=cell.plain and other.plain)


def net_of(rows: Sequence[Row], side: Side) -> Cell:
    """The cell of a fold: one end as it is after it."""
    told = [cell for row in rows if (cell := row.cell(side)).end]
    return Cell(end=told[-1].end, gone=told[-1].gone) if told else Cell()


def _plain(row: Row) -> bool:
    """Whether a row may vanish in a fold: data or ACKs that change no state and fail no call."""
    if (
        row.kind not in ("segment", "repeat")
        or row.evidence
        or row.astray
        or row.flags.strip("PAUEC")
        or row.client.state
        or row.server.state
    ):
        return False
    return row.client.plain and row.server.plain


def with_folds(connection: Connection, rows: list[Row], quiet: Quiet) -> Iterator[Row]:
    """Fold the middle of every run of plain rows, and put what the ladder does not hold into such a fold."""
    gap = (
        connection.segments_seen[connection.omitted_after]
        if connection.omitted and 0 <= connection.omitted_after < len(connection.segments_seen)
        else None
    )
    run: list[Row] = []
    for row in [*rows, None]:
        interrupted = bool(run and row and quiet(row.time - run[-1].until))
        if row is not None and _plain(row) and not interrupted:
            run.append(row)
            continue
        yield from _with_middle_folded(connection, run, gap)
        run = [row] if row is not None and _plain(row) else []
        if row is not None and not run:
            yield row
            if gap and (row.file, row.packet) == (gap.file, gap.packet):
                yield _fold(connection, [row], [], omitted=True)


def _with_middle_folded(connection: Connection, run: list[Row], gap: Packet | None) -> Iterator[Row]:
    """One run with its middle folded."""
    hole = next((at for at, row in enumerate(run) if gap and _holds(row, gap)), -1)
    head, tail = run[:KEPT], run[-KEPT + 1 :]
    middle = run[KEPT : -KEPT + 1]
    if hole >= 0:
        cut = hole + 1
        head, tail = run[: min(KEPT, cut)], run[max(len(run) - KEPT + 1, cut) :]
        middle = run[len(head) : len(run) - len(tail)]
    elif len(middle) < FOLDED:
        yield from run
        return
    yield from head
    yield _fold(connection, head, middle, omitted=hole >= 0)
    yield from tail


def _holds(row: Row, packet: Packet) -> bool:
    """Whether a packet is one of those of a row."""
    if row.file == packet.file == row.last_file:
        return row.packet <= packet.packet <= row.last
    first, last = (row.time, row.file, row.packet), (row.until, row.last_file, row.last)
    return first <= (packet.time, packet.file, packet.packet) <= last


def _fold(connection: Connection, head: list[Row], middle: list[Row], *, omitted: bool) -> Row:
    """The row that stands for ``middle``, and for the packets that the ladder does not hold."""
    more = connection.omitted if omitted else 0
    data = [row for row in middle if row.bytes]
    total = sum(row.bytes * row.count for row in data) + (connection.omitted_bytes if omitted else 0)
    count = sum(row.count for row in middle) + more
    senders = {row.sender for row in data}
    what = (
        counted(count, "segment")
        if more
        else counted(sum(row.count for row in data), "data segment")
        if data
        else counted(count, "ACK")
    )
    lost = 0 if more else sum(row.count for row in middle if row.segment and row.segment.retransmission)
    first, last = (middle[0], middle[-1]) if middle else (head[-1], head[-1])
    span = last.until - first.time
    said = sum(row.messages for row in middle)
    told = (
        what,
        counted(said, "message") if said else "",
        size(total) if total else "",
        f"{lost:,} retransmitted" if lost else "",
        duration(span) if span >= SILENCE else "",
    )
    text = ", ".join(part for part in told if part)
    return Row(
        kind="fold",
        time=first.time,
        until=last.until,
        label=f"… {text} …",
        packet=first.packet if middle else 0,
        last=last.last if middle else 0,
        file=first.file,
        last_file=last.last_file,
        apart=first.apart,
        sender=senders.pop() if len(senders) == 1 and not more else None,
        count=count,
        bytes=total,
        messages=said,
        client=net_of(middle, "client"),
        server=net_of(middle, "server"),
    )


def with_silences(rows: list[Row], quiet: Quiet) -> Iterator[Row]:
    """Put a row wherever nothing was heard for a time that stands out."""
    before: Row | None = None
    for row in rows:
        if (
            before
            and row.kind in ("segment", "fold")
            and before.kind != "timer"
            and quiet(row.time - before.until)
            and not _waited_for(before, row)
            and not _hole(before)
        ):
            span = row.time - before.until
            yield Row("silence", before.until, row.time, f"{duration(span)} of silence")
        yield row
        before = row


def with_end(rows: list[Row], until: float) -> Iterator[Row]:
    """Put the silence at the capture's end behind whatever happened before it."""
    at = len(rows)
    while at and rows[at - 1].kind == "timer" and rows[at - 1].time > until:
        at -= 1
    yield from rows[:at]
    if at and until - rows[at - 1].until >= SILENCE:
        yield Row(
            "silence",
            rows[at - 1].until,
            until,
            f"{duration(until - rows[at - 1].until)} of silence to the capture's end",
        )
    yield from rows[at:]


def _waited_for(before: Row, row: Row) -> bool:
    """A retransmission, or what follows an unanswered probe, ends a wait for an answer, which is not a silence."""
    return bool((row.segment and row.segment.retransmission) or (before.segment and before.segment.probe))


def _hole(row: Row) -> bool:
    """After packets that the ladder does not hold nobody can say when the last one came."""
    return row.kind == "fold" and not row.packet


def shortened(rows: Sequence[Row]) -> tuple[Row, ...]:
    """A story that would fill several screens, without the rows of its middle that change nothing."""
    return tuple(rows) if len(rows) <= MOST else tuple(annotated(_without_middle(rows)))


def _without_middle(rows: Sequence[Row]) -> Iterator[Row]:
    """Beginning and end as they are; of the middle what changes a state or is evidence."""
    yield from rows[:FIRST]
    dull: list[Row] = []
    for row in rows[FIRST:-LAST]:
        if row.evidence or row.client.state or row.server.state:
            yield from _dropped(dull)
            dull = []
            yield row
        else:
            dull.append(row)
    yield from _dropped(dull)
    yield from rows[-LAST:]


def _dropped(rows: list[Row]) -> Iterator[Row]:
    """One row for many."""
    if len(rows) < FOLDED:
        yield from rows
        return
    packets = [row for row in rows if row.packet]
    count = sum(row.count for row in packets)
    said = sum(row.messages for row in rows)
    carried = f", {counted(said, 'message')}" if said else ""
    yield Row(
        kind="fold",
        time=rows[0].time,
        until=rows[-1].until,
        label=f"… {counted(count, 'segment')}{carried}, {duration(rows[-1].until - rows[0].time)} …",
        packet=packets[0].packet if packets else 0,
        last=packets[-1].last if packets else 0,
        file=packets[0].file if packets else 0,
        last_file=packets[-1].last_file if packets else 0,
        apart=bool(packets) and packets[0].apart,
        count=count,
        bytes=sum(row.bytes * row.count for row in packets),
        messages=said,
        client=net_of(rows, "client"),
        server=net_of(rows, "server"),
    )
