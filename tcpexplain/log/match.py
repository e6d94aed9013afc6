"""Lines and a capture: the connection and the instant of each line, how sure that is, and why; or that it is not there, and why that is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tcpexplain.log import clock
from tcpexplain.log.absent import why_not
from tcpexplain.log.beside import beside
from tcpexplain.log.choose import Choices
from tcpexplain.log.line import Claim, claim
from tcpexplain.log.records import records
from tcpexplain.log.score import ELSEWHERE, Fit, Siblings, fits
from tcpexplain.model.log import CallBeside, Candidate, LogLine, Matches
from tcpexplain.runtimes import NOTHING
from tcpexplain.units import NANOSECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.log.records import LogEntry
    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

ENOUGH = 0.3
"""The score from which on a connection is taken for the one of a line."""
NAMED = 0.05
"""The same where the line names both its ends."""
NAMES_ONE = 0.86
"""How much of the ends must fit for a line to have a clock of its own."""
RUNNERS_UP = 10
MOST = 5000
"""Error lines of a log that are looked up."""

Sure = Literal["certain", "likely", "possible"]


def match(capture: Capture, logs: str | Sequence[str]) -> Matches:
    """Find the connections of the lines of logs.

    Parameters
    ----------
    capture
        Where to look.
    logs
        Lines, names of files (also .gz), or ``-`` for standard input.

    Raises
    ------
    TcpexplainError
        TE049 if there is no such log.
    """
    claims: list[Claim] = []
    called: list[LogEntry] = []
    read = 0
    for log in [logs] if isinstance(logs, str) else logs:
        found = records(log)
        read += len(found)
        # A single line is answered whatever it says; of a whole log only what fails.
        called += [record for record in found if record.called]
        claims += [one for record in found if fails(record) and ((one := claim(record)).tells or len(found) == 1)]
    claims = claims[:MOST]
    search = _Search(capture, claims)
    return search.matches(read - len(claims), beside(capture, called, search.choices, search.offset_of_strace()))


def fails(record: LogEntry) -> bool:
    """Whether a record may tell of a failure: of strace's calls only those that return an error."""
    return record.called is None or record.called.fails


class _Search:
    """All lines of all logs in one capture."""

    def __init__(self, capture: Capture, claims: list[Claim]) -> None:
        self.capture, self.claims = capture, claims
        self.near = capture.start + round(capture.duration * NANOSECOND / 2)
        self.choices = Choices(capture, self.near)
        all_of_few = list(capture.streams) if self.choices.analysis is None else []
        chosen = [all_of_few if (some := self.choices.of(one)) is None else some for one in claims]
        every = sorted({stream for some in chosen for stream in some})
        known = {one.stream: one for one in capture.only(every)} if every else {}
        self.of = {place: [known[stream] for stream in some] for place, some in enumerate(chosen)}
        self.siblings = Siblings((self.choices.briefly or known).values())
        self.offsets = clock.offsets(claims, self.of, self.near, self.siblings)

    def offset_of_strace(self) -> int:
        """What strace's clock is off by, as its failing calls tell; it is the machine's own."""
        return next((offset for (_, product, _), offset in self.offsets.items() if product == "strace"), 0)

    def matches(self, ignored: int, calls: Sequence[CallBeside] = ()) -> Matches:
        """What was found."""
        lines = self.lines()
        counts: dict[tuple[str, str, bool], int] = {}
        for one in self.claims:
            counts[clock.group(one)] = counts.get(clock.group(one), 0) + 1
        told = [text for key, offset in self.offsets.items() if (text := clock.told(key, offset, counts[key]))]
        return Matches(self.capture, lines, ignored=ignored, clocks=told, calls=calls)

    def lines(self) -> list[LogLine]:
        """The answers to all lines. Of connections that fit equally well each has one line, in the order of both."""
        taken: set[tuple[int, str]] = set()
        answers = []
        for place, said in enumerate(self.claims):
            found, offset = self.best_by_time(place, said)
            first = turn(found, taken, said)
            if first and here(found[first], said):
                found.insert(0, found.pop(first))
            if found and here(found[0], said):
                taken.add((found[0].connection.stream, said.known.outcome or ""))
            answers.append(self.line(said, found, offset))
        return answers

    def best_by_time(self, place: int, said: Claim) -> tuple[list[Fit], int]:
        """What fits a line, the best first, and the clock's offset: that of its group, or, where nothing fits with it, the line's own."""
        group = self.offsets.get(clock.group(said), 0) if said.stamp else 0
        found = self.sorted_fits(place, said, group)
        if said.stamp is None or (found and here(found[0], said)):
            return found, group
        own = clock.offset([said], [self.of[place]], self.near, self.siblings, aware=said.stamp.aware)
        other = self.sorted_fits(place, said, own)
        if other and here(other[0], said) and (other[0].named >= NAMES_ONE or own % clock.QUARTER == 0):
            return other, own
        return found, group

    def sorted_fits(self, place: int, said: Claim, offset: int) -> list[Fit]:
        """A fit for each connection that the line does not contradict, the best first."""
        return sorted(self.fitting(self.of[place], said, offset), key=lambda fit: (-fit.score, fit.connection.stream))

    def line(self, said: Claim, found: list[Fit], offset: int) -> LogLine:
        """The answer to one line; ``found``: what fits, the best first."""
        best = found[0] if found and here(found[0], said) else None
        others = tuple(_candidate(fit) for fit in (found[1:] if best else found)[:RUNNERS_UP])
        when = said.moment(self.near)
        known = said.known
        because = explained(best, found[1:]) if best else why_not(self.capture, said, found, when, offset, self.near)
        return LogLine(
            line=said.record.number,
            text=said.text,
            product=known.product.name if known.product else None,
            time=when,
            side=best.side if best else known.role if known.role in ("client", "server") else None,  # type: ignore[arg-type]
            call=(best.instant.call if best and best.instant and known.call != "poll" else known.call),
            outcome=best.instant.outcome if best and best.instant else known.outcome,
            found=best is not None,
            stream=best.connection.stream if best else None,
            packet=best.instant.packet if best and best.instant else None,
            certainty=sure(best, found[1:]) if best else None,
            because=because,
            candidates=others,
            clock_offset=offset / NANOSECOND if said.stamp else None,
            says=said_by_words(said),
            file=best.instant.file if best and best.instant else 0,
            at=when + offset if when is not None else None,
            score=round(best.score, 3) if best else 0.0,
        )

    def fitting(self, some: Sequence[Connection], said: Claim, offset: int) -> list[Fit]:
        """A fit for each connection that the line does not contradict."""
        if said.known.outcomes == (NOTHING,):
            return []
        return [fit for one in some if (fit := fits(said, one, offset, self.near, self.siblings))]


ALIKE = 0.88
"""The part of the best score from which on another fits as well, so that the order of lines may decide."""


def turn(found: Sequence[Fit], taken: set[tuple[int, str]], said: Claim) -> int:
    """Which of those that fit equally well is next: the earliest that no line before was about; the first if there is none."""
    if not found or found[0].named == 1.0:
        return 0
    alike = [
        place for place, fit in enumerate(found) if fit.score >= ALIKE * found[0].score and fit.instant is not None
    ]
    free = [place for place in alike if (found[place].connection.stream, said.known.outcome or "") not in taken]
    if len(free) == len(alike):
        return 0
    return min(free, key=lambda place: found[place].instant.since, default=0)  # type: ignore[union-attr]


def here(fit: Fit, said: Claim) -> bool:
    """Whether a fit is good enough to say that the line is about this connection."""
    both_named = fit.named == 1.0 and all(place.port is not None for place in said.ends[fit.side])
    return fit.score >= (
        NAMED
        if both_named
        else ENOUGH * 0.6
        if fit.named == 1.0
        else ENOUGH * ELSEWHERE * 2
        if fit.named == ELSEWHERE
        else ENOUGH
    )


def sure(fit: Fit, others: Sequence[Fit]) -> Sure:
    """How sure it is that the line is about this connection and no other."""
    next_best = others[0].score if others else 0.0
    if fit.instant is None:
        return "possible"
    if fit.named == 1.0 and fit.score >= 0.5 and next_best < 0.6 * fit.score:
        return "certain"
    if fit.score >= 0.45 and next_best < 0.75 * fit.score and fit.named != ELSEWHERE:
        return "likely"
    return "likely" if fit.named == 1.0 and next_best < 0.9 * fit.score else "possible"


def explained(fit: Fit, others: Sequence[Fit]) -> str:
    """Why this one."""
    near = [one for one in others if one.score >= 0.75 * fit.score]
    if near:
        also = (
            f"; stream {near[0].connection.stream} fits nearly as well"
            if len(near) == 1
            else f"; {len(near)} others fit nearly as well, stream {near[0].connection.stream} first"
        )
        return fit.because + also
    if fit.instant is not None and fit.named < 1.0 and len(others) > 1:
        return f"{fit.because}; no other of {len(others) + 1} connections looked at fits as well"
    return fit.because


def _candidate(fit: Fit) -> Candidate:
    packet = fit.instant.packet if fit.instant else None
    return Candidate(
        fit.connection.stream, packet, round(fit.score, 3), fit.because, fit.instant.file if fit.instant else 0
    )


def said_by_words(said: Claim) -> str:
    """``read → ECONNRESET at the client's end``: what the words mean, before any packet is looked at."""
    known = said.known
    if not known.outcomes:
        return "its words are not known"
    words = {
        "eof": "0 (EOF)",
        "timer": "its own timer",
        "local": "closed by the program itself",
        "alert": "a message of the protocol",
        "none": "no call",
    }
    outcomes = " or ".join(words.get(one, one) for one in known.outcomes)
    end = f" at the {known.role}'s end" if known.role != "own" else ""
    return f"{known.call or 'a call'} → {outcomes}{end}"
