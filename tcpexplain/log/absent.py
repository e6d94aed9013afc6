"""Why a line is about no connection of a capture, and why that is sure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tcpexplain.hot.columns import of_each, true_places
from tcpexplain.log.choose import has_end
from tcpexplain.runtimes import NOTHING
from tcpexplain.units import NANOSECOND, counted, duration, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.log.addresses import Place
    from tcpexplain.log.line import Claim
    from tcpexplain.log.score import Fit
    from tcpexplain.model.capture import Capture

SLACK = 2 * NANOSECOND


def why_not(capture: Capture, said: Claim, found: Sequence[Fit], when: int | None, offset: int, near: int) -> str:  # noqa: ARG001 (near: of the time)
    """The reason, in a sentence."""
    if said.known.outcomes == (NOTHING,):
        return "no call on a connection stands behind this line: earlier lines of the same program say why"
    if reason := outside(capture, when, offset):
        return reason
    for place in said.places:
        if place and not any(_has(place, fit) for fit in found) and not seen_anywhere(capture, place):
            return (
                f"no connection of this capture has {'an end' if place.address or place.name else 'the port'} {place}"
            )
    if said.own and said.peer and not found:
        return f"no connection between {said.own} and {said.peer} is in this capture"
    if not said.known.outcomes:
        return "its words are not known, and it names no connection of this capture"
    if not found:
        return f"none of {counted(len(capture), 'connection')} fits the ends that the line names"
    best = found[0]
    if best.instant is None:
        return f"of {counted(len(found), 'connection')} that the line may be about none shows {outcome_of(said)}: the closest, stream {best.connection.stream}, does not"
    if best.late is not None and abs(best.late) > 1.5:
        return f"the closest is stream {best.connection.stream}, for which the clock would have to be off by another {duration(abs(best.late))}"
    return f"of {counted(len(found), 'connection')} that the line may be about none shows {outcome_of(said)} there and then as a failure; the closest is stream {best.connection.stream}"


def outcome_of(said: Claim) -> str:
    """The outcome that is looked for."""
    words = {
        "eof": "an unexpected end (EOF)",
        "timer": "a program that gave up by its own timer",
        "local": "a program that closed by itself",
        "alert": "a refusal by the protocol",
    }
    return " or ".join(words.get(one, one) for one in said.known.outcomes)


def outside(capture: Capture, when: int | None, offset: int) -> str:
    """Whether the line's time lies before the capture or after it, whatever the zone."""
    if when is None:
        return ""
    at, end = when + offset, capture.start + round(capture.duration * NANOSECOND)
    if at < capture.start - SLACK:
        return f"the capture begins at {instant(capture.start)} UTC, {duration((capture.start - at) / NANOSECOND)} after the line"
    if at > end + SLACK:
        return f"the capture ends at {instant(end)} UTC, {duration((at - end) / NANOSECOND)} before the line"
    return ""


def _has(place: Place, fit: Fit) -> bool:
    return any(place.fits(end.address, end.port) for end in (fit.connection.client, fit.connection.server))


def seen_anywhere(capture: Capture, place: Place) -> bool:
    """Whether any connection has this end."""
    analysis = getattr(capture.held, "analysis", None)
    if analysis is not None:
        return bool(true_places(of_each(partial(has_end, place), analysis.rows[: analysis.streams])))
    return any(place.fits(end.address, end.port) for one in capture.records() for end in (one.client, one.server))
