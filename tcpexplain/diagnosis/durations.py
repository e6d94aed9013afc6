"""What times the connections of a group have in common: idle timeouts, deadlines, how late a client came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.diagnosis.members import MANY
from tcpexplain.evidence.timeouts import matching, named
from tcpexplain.hot.columns import listed
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.diagnosis.members import Members
    from tcpexplain.hot.array import Column

MOST = 0.8
"""The share of a group from which on something is said of it."""
FEW = 3
"""Connections below which a number that repeats is chance."""
LEAK = 10 * NANOSECOND
"""In CLOSE-WAIT for less than this, a connection may only have met the capture's end."""


def mode(values: Column) -> tuple[int, int]:
    """A sharp mode: its value and how many lie at it; (0, 0) if most values are spread, as no timer's would be.

    Timers fire late, never early: the mode is where most lie within 1 % or 0.3 s above a value.
    """
    if len(values) > MANY:
        return mode_of_many(values)
    known = sorted(value for value in listed(values) if value > 0)
    best, count = 0, 0
    end = 0
    for begin, value in enumerate(known):
        while end < len(known) and known[end] <= value + max(value // 100, 3 * NANOSECOND // 10):
            end += 1
        if end - begin > count:
            best, count = begin, end - begin
    if count < FEW or count < MOST * len(values):
        return 0, 0
    return known[best + count // 2], count


def mode_of_many(values: Column) -> tuple[int, int]:
    """The same by sorting an array."""
    import numpy as np

    known = np.array(values, np.int64)
    known = np.sort(known[known > 0])
    if not len(known):
        return 0, 0
    reach = known + np.maximum(known // 100, 3 * NANOSECOND // 10)
    counts = np.searchsorted(known, reach, "right") - np.arange(len(known))
    best = int(np.argmax(counts))
    count = int(counts[best])
    return (int(known[best + count // 2]), count) if count >= max(FEW, MOST * len(values)) else (0, 0)


def times(count: int, total: int) -> str:
    """Always, or how often."""
    return "every time" if count == total else f"in {count:,} of {total:,}"


Said = tuple[list[str], str]


def no_times(members: Members) -> Said:
    """Nothing about times."""
    del members
    return [], ""


def idle_before_fin(members: Members) -> Said:
    """The server's idle timeout, and how late the client comes."""
    idle, count = mode(members.values("facts", "idle_before_fin"))
    late = [
        sent - closed
        for sent, closed in zip(members.of("clients", "late_data"), members.of("servers", "fin_time"), strict=True)
    ]
    reuse, again = mode(late)
    said, do = announced_times(members), ""
    if idle:
        said.append(
            f"the server's FIN comes {duration(idle / NANOSECOND)} after the last data {times(count, len(members))}{default(idle, 'server')}"
        )
        do = f"Make the client's idle timeout shorter than {timer_setting(idle)}."
    if reuse:
        said[-1:] = (
            [f"{said[-1]}, the client reuses the connection {duration(reuse / NANOSECOND)} later"]
            if said
            else [
                f"the client reuses the connection {duration(reuse / NANOSECOND)} after the FIN {times(again, len(members))}"
            ]
        )
    return said, do


def announced_times(members: Members) -> list[str]:
    """What the servers' Keep-Alive fields say of how long they wait."""
    told = sorted({seconds for seconds in members.fact("announced") if seconds})
    if not told:
        return []
    named_ = ", ".join(f"{seconds} s" for seconds in told[:3])
    return [f"the server announces that it keeps idle connections for {named_} (Keep-Alive: timeout)"]


def idle_before_reset(members: Members) -> Said:
    """A timer that ends connections by RST."""
    idle, count = mode(members.values("facts", "idle_before_reset"))
    if idle < NANOSECOND:
        return [], ""
    return [
        f"the RST comes {duration(idle / NANOSECOND)} after the last data {times(count, len(members))}{default(idle, 'server')}"
    ], ""


def quiet(members: Members) -> Said:
    """How long the shortest silence was that a box did not survive."""
    # Before data that nothing answered, or before a RST that nobody had asked for.
    shortest = min(
        silence or idle for silence, idle in zip(members.fact("quiet"), members.fact("idle_before_reset"), strict=True)
    )
    known = matching(shortest, "box")
    hint = f" ({named(known)})" if known else ""
    return [
        f"the shortest silence was {duration(shortest / NANOSECOND)}{hint}"
    ], f"Let neither end be silent for {timer_setting(shortest)}: TCP keepalive or a ping below that."


def waited(members: Members) -> Said:
    """A deadline of the clients."""
    spans = [
        (fin or reset) - last if last else 0
        for fin, reset, last in zip(
            members.of("clients", "fin_time"),
            members.fact("reset_time"),
            members.of("clients", "last_data"),
            strict=True,
        )
    ]
    wait, count = mode(spans)
    return (
        ([f"the client waits {duration(wait / NANOSECOND)} {times(count, len(members))}: its deadline"], "")
        if wait
        else ([], "")
    )


def oldest(members: Members) -> Said:
    """How long the longest has been in CLOSE-WAIT."""
    closed = [
        max(one, other)
        for one, other in zip(members.of("clients", "fin_time"), members.of("servers", "fin_time"), strict=True)
    ]
    ages = [
        run + left + 1 - fin
        for run, left, fin in zip(members.fact("duration"), members.fact("left"), closed, strict=True)
    ]
    said, long = f"oldest {duration(max(ages) / NANOSECOND)}", sum(age >= LEAK for age in ages)
    if not long:
        return [
            f"{said}: perhaps merely open when the capture ended"
        ], "Capture longer: what leaks stays in CLOSE-WAIT."
    if long < len(ages):
        said = f"{said}, {long:,} of {len(ages):,} for 10 s or more"
    return [said], "The application does not call close() after read → 0."


def unanswered(members: Members) -> Said:
    """Whether the port answered others."""
    lives = sum(members.fact("port_lives"))
    return ([f"the port answered others meanwhile ({lives:,} of {len(members):,})"], "") if lives else ([], "")


TIMES: dict[str, Callable[[Members], Said]] = {
    "peer-closed-idle-connection": idle_before_fin,
    "idle-close-race": idle_before_fin,
    "linger-zero-abort": idle_before_reset,
    "idle-nat-timeout": quiet,
    "client-gave-up": waited,
    "close-wait-leak": oldest,
    "syn-unanswered": unanswered,
    "connect-abandoned": unanswered,
}


def default(nanoseconds: int, who: str) -> str:
    """Whose default that is, in parentheses."""
    known = named(matching(nanoseconds, who))
    return f" ({known})" if known else ""


def timer_setting(nanoseconds: int) -> str:
    """A timer's setting: ``60 s``, ``2.5 s``."""
    seconds = nanoseconds / NANOSECOND
    return (
        f"{round(seconds)} s"
        if abs(seconds - round(seconds)) <= max(0.3, seconds / 100) and seconds >= 1
        else duration(seconds)
    )
