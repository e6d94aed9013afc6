"""The words of causes: outcomes of calls, times, lengths of time, sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from tcpexplain.model.calls import Call, Possible


def result(call: Call) -> str:
    """The outcome of a call in short: "0", "EPIPE + SIGPIPE", "data, then ECONNRESET"."""
    said = first(call.now)
    if said == "data" and call.then and (later := first(call.then)) != "blocks":
        return f"data, then {'0' if later == 'eof' else later}"
    return f"{said} + {call.signal}" if said == "EPIPE" and call.signal else "0" if said == "eof" else said


def first(possible: Possible) -> str:
    """The most likely of the possible outcomes."""
    return possible if isinstance(possible, str) else possible[0]


def seconds(time: int) -> str:
    """A time of the facts (ns since the first packet, plus 1) as "0.103 s"."""
    return f"{max(time - 1, 0) / NANOSECOND:.3f} s"


def span(nanoseconds: int) -> str:
    """A length of time as "19.9 s"."""
    return duration(max(nanoseconds, 0) / NANOSECOND)


def rounded(nanoseconds: int) -> str:
    """A length of time, and that it is a round one, as an application's deadline is: "30.0 s (a round number)"."""
    return span(nanoseconds) + (" (a round number)" if is_round(nanoseconds) else "")


def is_round(nanoseconds: int) -> bool:
    """Whether a span is what somebody would configure: whole seconds (half ones below 5 s), and at most 2 % or 50 ms more."""
    value = nanoseconds / NANOSECOND
    for step in (60, 30, 10, 5, 1, 0.5):
        if value >= 2 * step or step == 0.5:
            nearest = round(value / step) * step
            if nearest and -0.002 * nearest <= value - nearest <= min(0.05, 0.02 * nearest):
                return step >= 1 or nearest < 5
    return False


def sentence(*parts: str) -> str:
    """The parts that are not empty, joined by spaces."""
    return " ".join(part for part in parts if part)


def packet_numbers(*packets: int) -> tuple[int, ...]:
    """The packets that are there, in order, each once; by their identity (``wire.segment.FILE_SHIFT``)."""
    return tuple(sorted({int(packet) for packet in packets if packet}))
