"""What a reader need not see one by one: repeated transmissions, runs of plain data, and the silences between."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tcpexplain.quantity import counted, duration, size
from tcpexplain.story.row import Row, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.capture import Connection, Segment

SILENCE = 1.0
"""Seconds: shorter gaps are never called silence."""
STANDS_OUT = 10.0
"""A silence is also this many times the connection's median gap."""
KEPT = 3
"""Rows of a plain run that stay visible before and after its fold."""
FOLDED = 3
"""Fewer rows than this are not worth a fold."""


def with_repeats(rows: list[Row]) -> list[Row]:
    """Fold two or more repeated transmissions of the same segment, one after the other, into one row."""
    told: list[Row] = []
    for row in rows:
        last = told[-1] if told else None
        if last and last.kind in ("segment", "repeat") and _again(last, row):
            told[-1] = _repeated(last, row)
        else:
            told.append(row)
    return told


def _again(last: Row, row: Row) -> bool:
    """Whether ``row`` repeats what ``last`` already repeated."""
    one, other = last.segment, row.segment
    if not one or not other or row.kind != "segment" or row.client.state or row.server.state:
        return False
    if (one.sender, one.seq, one.probe) != (other.sender, other.seq, other.probe):
        return False
    return (one.retransmission and other.retransmission) or (one.probe and other.probe)


def _repeated(last: Row, row: Row) -> Row:
    """``last`` with one more repetition."""
    count = last.count + 1
    what = row.segment
    assert what is not None  # noqa: S101 (_again saw it)
    span = f"{counted(count, 'time')} over {duration(row.time - last.time)}"
    text = (
        f"{label(what)} sent {span}"
        if what.probe
        else f"{label(replace(what, retransmission=False))} retransmitted {span}"
    )
    notes = row.client.notes + row.server.notes
    return replace(
        last,
        kind="repeat",
        until=row.time,
        last=row.packet,
        label=text,
        count=count,
        evidence=last.evidence or row.evidence,
        client=row.client if notes else last.client,
        server=row.server if notes else last.server,
    )


def _plain(row: Row) -> bool:
    """Whether a row may vanish in a fold: data or ACKs that change no state and fail no call."""
    if (
        row.kind not in ("segment", "repeat")
        or row.evidence
        or row.flags.strip("PAUEC")
        or row.client.state
        or row.server.state
    ):
        return False
    return all(
        note.tone == "ok" and note.text.startswith(("read() → ", "write() → ")) and "EOF" not in note.text
        for cell in (row.client, row.server)
        for note in cell.notes
    )


def with_folds(connection: Connection, rows: list[Row]) -> Iterator[Row]:
    """Fold the middle of every run of plain rows, and put what the ladder does not hold into such a fold."""
    gap = (
        connection.ladder[connection.omitted_after].packet
        if connection.omitted and 0 <= connection.omitted_after < len(connection.ladder)
        else 0
    )
    run: list[Row] = []
    for row in [*rows, None]:
        quiet = bool(run and row and row.time - run[-1].until >= SILENCE)
        if row is not None and _plain(row) and not quiet:
            run.append(row)
            continue
        yield from _shortened(connection, run, gap)
        run = [row] if row is not None and _plain(row) else []
        if row is not None and not run:
            yield row
            if row.packet == gap and gap:
                yield _fold(connection, [row], [], omitted=True)


def _shortened(connection: Connection, run: list[Row], gap: int) -> Iterator[Row]:
    """One run with its middle folded."""
    hole = next((at for at, row in enumerate(run) if gap and row.packet <= gap <= row.last), -1)
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
    lost = sum(row.count for row in middle if row.segment and row.segment.retransmission)
    text = what + (f", {size(total)}" if total else "") + (f", {lost:,} retransmitted" if lost else "")
    first, last = (middle[0], middle[-1]) if middle else (head[-1], head[-1])
    return Row(
        kind="fold",
        time=first.time,
        until=last.until,
        label=f"… {text} …",
        packet=first.packet if middle else 0,
        last=last.last if middle else 0,
        sender=senders.pop() if len(senders) == 1 and not more else None,
        count=count,
        bytes=total,
    )


def with_silences(rows: list[Row], segments: list[Segment]) -> Iterator[Row]:
    """Put a row wherever nothing was heard for a time that stands out."""
    gaps = [later.time - earlier.time for earlier, later in pairwise(segments)]
    least = max(SILENCE, STANDS_OUT * _usual(gaps)) if gaps else SILENCE
    before: Row | None = None
    for row in rows:
        if (
            before
            and row.kind in ("segment", "fold")
            and before.kind != "timer"
            and row.time - before.until >= least
            and not _repetition(row)
            and not _hole(before)
        ):
            span = row.time - before.until
            yield Row("silence", before.until, row.time, f"{duration(span)} of silence")
        yield row
        before = row


def _repetition(row: Row) -> bool:
    """A retransmission ends a wait for an answer, which is not a silence."""
    return bool(row.segment and row.segment.retransmission)


def _hole(row: Row) -> bool:
    """After packets that the ladder does not hold nobody can say when the last one came."""
    return row.kind == "fold" and not row.packet


def _usual(gaps: list[float]) -> float:
    """The median, without the 10 ms it takes to import ``statistics``."""
    return sorted(gaps)[len(gaps) // 2]
