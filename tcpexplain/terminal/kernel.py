"""What the kernel did, beside what was predicted: a line while it is watched, a paragraph below a ladder."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tcpexplain.units import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.model.kernel import KernelEnd, KernelEvent, KernelSaw
    from tcpexplain.terminal.paper import Paper, Span

SIDES: tuple[Side, Side] = ("client", "server")


def beside(saw: KernelSaw) -> Iterator[Span]:
    """``kernel: as predicted · client curl (pid 7, fd 5) · server RST: TCP_ABORT_ON_CLOSE · client error ECONNRESET``."""
    yield "kernel: ", "dim"
    yield from verdict(saw)
    for side in SIDES:
        end = saw.end(side)
        if end is None:
            continue
        if end.process:
            yield f" · {side} {end.process}", "dim"
        for one in end.traced:
            if told := briefly(one):
                yield f" · {side} {told}", "dim"


def verdict(saw: KernelSaw) -> Iterator[Span]:
    """Whether it is as predicted."""
    if saw.differences:
        yield "; ".join(saw.differences), "suspicious"
    else:
        yield "as predicted", "fine"


def briefly(one: KernelEvent) -> str:
    """What it did that is no change of state; empty of anything else."""
    if one.kind == "reset-sent":
        return f"RST: {one.reason}" if one.reason else "RST"
    return f"error {one.error}" if one.kind == "error" and one.error else ""


def write_kernel(paper: Paper, connection: Connection) -> None:
    """The paragraph: of each end whose it is, the states it went through, what it sent and was given; nothing where nobody asked."""
    saw = connection.kernel
    if saw is None:
        return
    paper.line(("  kernel  ", "bold"), *verdict(saw))
    for side in SIDES:
        end = saw.end(side)
        if end is not None:
            paper.flow([(f"  {side}  ", side), *of_end(connection, end)], indent=10)
    paper.line()


def write_counts(paper: Paper, counts: tuple[int, int] | None) -> None:
    """``kernel: 312 connections, 311 as predicted``; nothing where its account was not kept."""
    if counts is not None:
        paper.line((f"  {counted_words(counts)}", "dim"))


def counted_words(counts: tuple[int, int]) -> str:
    """The same as words: connections that were compared, and those as predicted."""
    return f"kernel: {counted(counts[0], 'connection')}, {counts[1]:,} as predicted"


def of_end(connection: Connection, end: KernelEnd) -> Iterator[Span]:
    """One end, in one sentence after the other."""
    if end.process:
        yield f"{end.process}: ", ""
    # The kernel traces FIN-WAIT-1 twice where a FIN waits behind data.
    states = [state for state, _ in groupby(one.state for one in end.of_kind("state"))]
    yield " → ".join(states) or "no socket", ""
    for one in end.traced:
        if told := briefly(one):
            yield f"; {told} at {duration((one.time - connection.start) / 1e9)}", ""
    if not end.traced:
        yield counted(0, "event"), ""
