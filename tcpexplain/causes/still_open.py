"""still-open: alive when the capture ended, as far as it shows."""

from __future__ import annotations

from typing import Any

from tcpexplain.evidence.cause import Case, Explanation, Page
from tcpexplain.evidence.words import span

CODE, GROUP, RANK, SEVERITY = "still-open", "Fine", 30, "fine"

PAGE = Page(
    title="alive when the capture ended",
    what="The capture ends before the connection does: no end was seen, and nothing says that it failed.",
    recognised="No other cause holds.",
    sees="read blocks, write is accepted.",
    do="Capture longer if this is the connection in question.",
    near_misses="close-wait-leak: one end has closed and the other has not answered for long. peer-vanished: data is sent again and again without an answer.",
)


def when(facts: Any, client: Any, server: Any) -> Any:
    """Always: it is what remains."""
    return facts.packets > 0


def certain(facts: Any, client: Any, server: Any) -> Any:
    """Certain when no end has begun to close and data could flow."""
    return (client.fin_packet == 0) & (server.fin_packet == 0) & (facts.resets == 0) & (facts.midstream == 0)


def likely(facts: Any, client: Any, server: Any) -> Any:
    """Likely at least."""
    return facts.packets > 0


def explain(case: Case) -> Explanation:
    """What the last packet was, and how long ago."""
    last = case.last_packet()
    begun = (
        "one end had begun to close"
        if case.client.fin_packet or case.server.fin_packet
        else "neither end had begun to close"
    )
    ago = f", {span(case.facts.left)} after the last packet of this connection" if case.facts.left else ""
    return Explanation(
        title="still open when the capture ended",
        sees="",
        why=f"When the capture ended{ago}, {begun}.",
        sure="what came after the capture is unknown.",
        evidence=(last,) if last else (),
    )
