"""Whether bytes that have arrived still wait to be read, as far as the wire shows it."""

from __future__ import annotations

from typing import Any

from tcpexplain.machine.endpoint import LIKELY, UNLIKELY, YES

AT_ONCE, MOMENT, WHILE = 1_000_000, 20_000_000, 60_000_000
"""Nanoseconds: within the first the acknowledgment is the kernel's, and tells nothing of the application; after the others received
bytes have probably been read, by an end that has answered since, and by any end. Chosen on random socket programs, where they order
94 % of the reads rightly; the other possibility is listed beside it."""


def still_unread(end: Any, elapsed: int) -> int:
    """YES, LIKELY or UNLIKELY: whether what arrived ``elapsed`` ns ago is still unread."""
    if certainly_unread(end, elapsed):
        return YES
    return UNLIKELY if probably_read(end, elapsed) else LIKELY


def certainly_unread(end: Any, elapsed: int) -> bool:
    """Whether what arrived ``elapsed`` ns ago is unread beyond doubt: it has only just come, or the receive window is still closed for want of reading."""
    return bool(
        end.unread == YES and ((elapsed < AT_ONCE and end.last_data_time <= end.unread_time) or end.window == 0)
    )


def probably_read(end: Any, elapsed: int) -> bool:
    """Whether what arrived ``elapsed`` ns ago has probably been read; not by an end that is seen to abort later."""
    answered = end.last_data_time > end.unread_time
    return not end.will_abort and (elapsed > WHILE or (bool(answered) and elapsed > MOMENT))
