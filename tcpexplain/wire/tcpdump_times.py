"""The times that tcpdump prints: of the day, with a date, since 1970, since the packet before, since the first, or none."""

from __future__ import annotations

from calendar import timegm
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpexplain.wire.printed import Printed

DAY, SECOND = 86_400, 1_000_000_000


def set_times(packets: list[Printed], stamps: list[tuple[str, str, str]]) -> None:
    """Times of all packets: with a date (-tttt), since 1970 (-tt), of the day, since the packet before (-ttt) or since the first (-ttttt); none (-t)."""
    clocks = [clock for _, clock, _ in stamps]
    since_before = are_differences([of_clock(clock) for clock in clocks if clock], [date for date, _, _ in stamps])
    days, before, sum_ = 0, None, 0
    for place, (one, (date, clock, epoch)) in enumerate(zip(packets, stamps, strict=True)):
        if epoch:
            one.time = since_1970(epoch)
        elif clock and date:
            year, month, day = (int(part) for part in date.strip().split("-"))
            year, month = max(year, 1), min(max(month, 1), 12)  # what was printed may be damaged
            one.time = timegm((year, month, day, 0, 0, 0)) * SECOND + of_clock(clock)
        elif clock and since_before:
            sum_ += of_clock(clock)
            one.time = sum_
        elif clock:
            now = of_clock(clock)
            if before is not None and before - now > DAY * SECOND // 2:
                days += 1
            before = now
            one.time = days * DAY * SECOND + now
        else:
            # Without times (-t) only the order is known.
            one.time = place * 1_000_000


def are_differences(clocks: list[int], dates: list[str]) -> bool:
    """Whether these are times since the packet before: they begin with 0 and go back, far from midnight."""
    if not clocks or any(dates) or clocks[0] != 0:
        return False
    return any(later < earlier for earlier, later in pairwise(clocks))


def of_clock(clock: str) -> int:
    """Nanoseconds of ``21:09:07.123``."""
    hour, minute, rest = clock.split(":")
    second, _, fraction = rest.partition(".")
    return (int(hour) * 3600 + int(minute) * 60 + int(second)) * SECOND + int(f"{fraction:0<9}" or 0)


def since_1970(said: str) -> int:
    """Nanoseconds of ``1700000000.123``."""
    second, _, fraction = said.partition(".")
    return int(second) * SECOND + int(f"{fraction:0<9}")
