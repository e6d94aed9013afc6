"""The last exchange of a connection as numbers: who, when it was asked, how much, and how and when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.hot.columns import column, endpoints
from tcpexplain.machine.facts import CONNECTION_REFUSED, UNANSWERED
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpexplain.analysis.analysis import Analysis
    from tcpexplain.model.links import Ending

FACTS = (
    "client", "start", "duration", "opening", "request_time", "request_bytes", "response_time", "response_bytes",
    "resets", "reset_by", "reset_time", "closed_first", "status",
)  # fmt: skip


class Exchange(NamedTuple):
    """The last exchange of a connection; times in ns since 1970."""

    stream: int
    client: tuple[int, ...]
    server: tuple[int, ...]
    begun: int
    asked: int
    """0: nothing was asked."""
    request: int
    answer: int
    """Bytes since then."""
    over: int
    ending: Ending
    status: int

    @property
    def bad(self) -> bool:
        """Whether it ended otherwise than with an answer."""
        return self.ending != "answered"


def exchanges(analysis: Analysis, streams: Sequence[int]) -> list[Exchange]:
    """Those of some connections."""
    facts, servers = analysis.results.facts, analysis.results.servers
    values = [column(facts, name, streams) for name in FACTS]
    fins = column(servers, "fin_time", streams)
    clients_fins = column(analysis.results.clients, "fin_time", streams)
    ends = endpoints(analysis.rows, values[0], streams)
    found = []
    for stream, (client, server), fin, own_fin, *row in zip(streams, ends, fins, clients_fins, *values, strict=True):
        _, start, duration, opening, asked, request, answered, answer, resets, by, reset, first, status = row
        ending, over = end_of(opening, answer, answered, resets, by, reset, first, fin, own_fin)
        found.append(
            Exchange(
                stream, client, server, start, start + asked - 1 if asked else 0, request, answer,
                start + (over - 1 if over else duration), ending, status,
            )
        )  # fmt: skip
    return found


def end_of(
    opening: int, answer: int, answered: int, resets: int, by: int, reset: int, first: int, fin: int, own_fin: int
) -> tuple[Ending, int]:
    """How it ended, and when, as facts tell times."""
    if opening == CONNECTION_REFUSED:
        return "refused", reset
    if opening == UNANSWERED:
        return "unanswered", 0
    if answer:
        return "answered", answered
    if resets and by == 1:
        return "reset", reset
    if first == 1:
        return "closed", fin
    return "given-up", reset if resets and by == 0 and not own_fin else own_fin
