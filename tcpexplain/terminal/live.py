"""Live: one flushed line for every connection that ends, with the time of its first failed call or of its end; and a last line on Ctrl-C."""

from __future__ import annotations

from datetime import UTC
from typing import IO, TYPE_CHECKING

from tcpexplain.terminal.kernel import beside, counted_words
from tcpexplain.terminal.paper import Color, Span, errnos, mark_of, paper_for
from tcpexplain.units import clock, counted, zone_name

if TYPE_CHECKING:
    from datetime import tzinfo

    from tcpexplain.model.connection import Address, Connection

CODE = 18
"""Columns a code gets at least; longer ones are never cropped."""


class LiveLines:
    """Writes lines as connections end.

    Parameters
    ----------
    file
        Where to; flushed after every line.
    color
        auto, always or never.
    zone
        Of the times; the last line names it.
    """

    def __init__(self, file: IO[str], color: Color = "auto", zone: tzinfo = UTC) -> None:
        self.file = file
        self.color = color
        self.zone = zone
        self.latest = 0
        self.paper = paper_for(file)
        self.ends = 0
        self.shown = 0
        self.bad = 0

    def connection(self, connection: Connection, *, again: bool = False) -> None:
        """One connection; ``again`` if it corrects a line that was too early."""
        finding = connection.finding
        self.shown += 0 if again else 1
        self.bad += finding.severity != "fine" and not again
        ends = f"{connection.client} → {_short(connection.client, connection.server)}"
        self.ends = max(self.ends, min(len(ends), 44))
        self.latest = min(connection.failed_at or connection.last_seen, connection.last_seen)
        spans: list[Span] = [
            (clock(self.latest, zone=self.zone) + "  ", "dim"),
            (mark_of(finding.severity, finding.undecided) + " ", finding.severity),
            (ends.ljust(self.ends) + "  ", ""),
            (finding.code.ljust(CODE), "bold" if finding.severity == "failed" else finding.severity),
        ]
        seen = [*errnos(finding.sees), *([("  (corrected)", "dim")] if again else [])]
        room = self.paper.width - sum(len(self.paper.clean(text)) for text, _ in spans) - 1
        if sum(len(self.paper.clean(text)) for text, _ in seen) <= room:
            self.paper.line(*spans, (" ", ""), *seen)
        else:
            self.paper.flow(spans, indent=16)
            self.paper.flow([(" " * 16, ""), *seen], indent=16)
        if connection.kernel:
            self.paper.flow([(" " * 16, ""), *beside(connection.kernel)], indent=16)
        self._flush()

    def note(self, text: str) -> None:
        """A line that is about no connection."""
        self.paper.flow([(text, "dim")])
        self._flush()

    def last(self, dropped: int | None = None, *, kernel: tuple[int, int] | None = None) -> None:
        """The line at the end or on Ctrl-C; ``dropped`` is None where nobody counted, ``kernel``: connections compared, and as predicted."""
        noun = "connection" if self.bad == 1 else "connections"
        spans: list[Span] = [
            (f"{self.bad:,} {noun} failed or suspicious", "bad" if self.bad else "fine"),
            (f" of {self.shown:,}", ""),
        ]
        if dropped is not None:
            spans += [
                ("   ", ""),
                (f"{counted(dropped, 'packet')} dropped by the kernel", "suspicious" if dropped else "dim"),
            ]
        if kernel is not None:
            spans += [("   ", ""), (counted_words(kernel), "dim")]
        if self.latest:
            spans += [("   ", ""), (f"times: {zone_name(self.latest, self.zone)}", "dim")]
        self.paper.flow(spans)
        self._flush()

    def _flush(self) -> None:
        """Out at once: somebody is watching."""
        self.paper.print(self.file, self.color)
        self.file.flush()


def _short(client: Address, server: Address) -> str:
    """``:5000`` where both ends have the same address."""
    return f":{server.port}" if client.address == server.address else str(server)
