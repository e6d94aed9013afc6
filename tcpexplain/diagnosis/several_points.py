"""What the points at which a connection was seen tell of it, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES
from tcpexplain.evidence.places import placed
from tcpexplain.evidence.words import span
from tcpexplain.units import clock, counted

if TYPE_CHECKING:
    from tcpexplain.model.points import CapturePoint, Journey, United

TOLD = 3
"""Segments that are told one by one; of more, how many they are."""


def told(united: United | None, files: tuple[str, ...]) -> str:
    """Where it was seen, how the clocks and the delays are, and what was lost or made on the way; empty for a single point."""
    if united is None:
        return ""
    found = [f"Seen at {counted(len(united.points), 'point')}: {'; '.join(map(described, united.points))}."]
    found += [sentence(one) for one in united.odd[:TOLD]]
    if len(united.odd) > TOLD:
        found.append(f"{len(united.odd) - TOLD} more segments were lost or made between the points.")
    if not united.odd and not united.untranslated:
        found.append("No segment is known to have been lost or made between them.")
    return placed(" ".join(found), files)


def described(point: CapturePoint) -> str:
    """A point, its clock and its distance."""
    notes = []
    if abs(point.clock_offset) >= 1e-6:
        notes.append(
            f"its clock is {span(round(abs(point.clock_offset) * 1e9))} {'behind' if point.clock_offset > 0 else 'ahead'}"
        )
    if point.drift:
        notes.append(f"and drifts by {abs(point.drift):g} µs a second")
    notes += [
        f"its clock was set {'back' if more < 0 else 'forward'} by {span(round(abs(more) * 1e9))} about {clock(begin, 1)} UTC"
        for begin, more in point.clock_steps
    ]
    if point.delay:
        notes.append(f"{span(round(point.delay * 1e9))} further on")
    return f"{point.name} ({', '.join(notes)})" if notes else point.name


def sentence(one: Journey) -> str:
    """What became of one segment."""
    before, after = one.between
    if one.fate == "made":
        return (
            f"The {one.words} in packet {one.packet}, which names the {SIDES[one.side]} as its sender, was seen at {after} and never passed {before}: "
            f"the {SIDES[one.side]} did not send it, it was made between them."
        )
    later = " A later copy did." if one.again else ""
    return (
        f"The {SIDES[one.side]}'s {one.words} in packet {one.packet} passed {before} and never came to {after}.{later}"
    )
