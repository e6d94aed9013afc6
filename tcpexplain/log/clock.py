"""How far a log's clock is from the capture's: the zone it does not name, and what its clock is wrong by, from all its lines together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tcpexplain.log.score import fits
from tcpexplain.units import NANOSECOND, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.log.line import Claim
    from tcpexplain.log.score import Fit, Siblings
    from tcpexplain.model.connection import Connection

QUARTER = 900 * NANOSECOND
"""Zones differ by quarters of an hour."""
FARTHEST = 14 * 3600 * NANOSECOND + 1
ZONE_SLACK = 2 * NANOSECOND
TRIED = 48
"""Offsets that are tried at most, the most promising."""
PROMISING, UNLIKELY = 6, 0.25
"""Connections whose instants are tried for a line, and the score from which on."""
LINES = 60
"""Lines of a log that are asked for its clock; more tell no more."""


def group(claim: Claim) -> tuple[str, str, bool]:
    """Lines that share a clock: of one source and product, with or without a zone."""
    product = claim.known.product
    return claim.record.source, product.name if product else "", bool(claim.stamp and claim.stamp.aware)


def offsets(
    claims: Sequence[Claim], of: dict[int, list[Connection]], near: int, siblings: Siblings
) -> dict[tuple[str, str, bool], int]:
    """Nanoseconds to add to the times of each group of lines; ``of``: the connections that each line (by its place) may be about."""
    grouped: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for place, one in enumerate(claims):
        if one.stamp is not None and one.tells:
            grouped[group(one)].append(place)
    return {
        key: offset([claims[p] for p in places[:LINES]], [of[p] for p in places[:LINES]], near, siblings, aware=key[2])
        for key, places in grouped.items()
    }


def offset(
    claims: Sequence[Claim], candidates: Sequence[Sequence[Connection]], near: int, siblings: Siblings, *, aware: bool
) -> int:
    """The offset at which the lines fit best, those that are likely beforehand preferred."""
    tried = sorted(set(differences(claims, candidates, near, siblings)), key=abs)[:TRIED]
    best, most = 0, -1.0
    for one in [0, *tried]:
        total = sum(
            max((fit.score for c in some if (fit := fits(claim, c, one, near, siblings))), default=0.0)
            for claim, some in zip(claims, candidates, strict=True)
        )
        worth = total / len(claims) * likely(one, aware=aware)
        if worth > most + 1e-9:
            best, most = one, worth
    return best


def differences(
    claims: Sequence[Claim], candidates: Sequence[Sequence[Connection]], near: int, siblings: Siblings
) -> list[int]:
    """What would bring each line to the instants of the connections that fit it but for the time."""
    found: list[int] = []
    for claim, some in zip(claims, candidates, strict=True):
        said = claim.moment(near)
        if said is None:
            continue
        untimed = [fit for c in some if (fit := untimed_fit(claim, c, near, siblings))]
        found += [
            snapped(fit.instant.since - said, claim.precision)
            for fit in sorted(untimed, key=lambda one: -one.score)[:PROMISING]
            if fit.score > UNLIKELY * (0.3 if fit.named == 1.0 else 1.0) and fit.instant is not None
        ]
    return found


def untimed_fit(claim: Claim, connection: Connection, near: int, siblings: Siblings) -> Fit | None:
    """The fit without regard to time."""
    return fits(replace(claim, stamp=None), connection, 0, near, siblings)


def snapped(apart: int, precision: int) -> int:
    """A whole number of quarters of an hour where it is nearly that, else as it is."""
    zone = round(apart / QUARTER) * QUARTER
    if zone and abs(zone) <= FARTHEST and -(ZONE_SLACK) <= apart - zone <= precision + ZONE_SLACK:
        return zone
    if -LATE_LINE <= apart <= precision:
        return 0
    return apart - (precision // 2 if precision >= NANOSECOND else 0)


LATE_LINE = 3 * NANOSECOND
"""By so much a line may be later than the failure without a wrong clock: the program looked later."""


def likely(offset: int, *, aware: bool) -> float:
    """How likely a clock is off so beforehand: right, in another zone, seconds, minutes, hours."""
    seconds = abs(offset) / NANOSECOND
    if offset == 0:
        return 1.0
    if abs(offset) <= FARTHEST and offset % QUARTER == 0:
        return 0.6 if aware else 0.85 if offset % (4 * QUARTER) == 0 else 0.75
    if seconds <= 3:
        return 0.9
    if seconds <= 120:
        return 0.74
    residue = min(abs(offset) % QUARTER, QUARTER - abs(offset) % QUARTER) / NANOSECOND
    if abs(offset) <= FARTHEST and residue <= 120 and not aware:
        return 0.6
    return 0.5 if seconds <= 3600 else 0.35 if seconds <= 50_000 else 0.1


def told(key: tuple[str, str, bool], offset: int, lines: int) -> str:
    """What was found of a clock, in a sentence; empty if it is right."""
    if not offset:
        return ""
    name = key[1] or "the log"
    seconds = offset / NANOSECOND
    way = "behind" if seconds > 0 else "ahead of"
    zone = round(offset / QUARTER) * QUARTER
    by = f"from {lines} lines together" if lines > 1 else "from one line"
    if zone and abs(offset - zone) < ZONE_SLACK:
        hours = -zone / NANOSECOND / 3600
        return f"{name}: its times are UTC{hours:+.2f}".removesuffix(".00").replace(".50", ":30") + f", {by}"
    return f"{name}: its clock is {duration(abs(seconds))} {way} the capture's, {by}"
