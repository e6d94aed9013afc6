"""Words of causes about messages: names, numbers and lengths, never contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES
from tcpexplain.evidence.questions import PARTING, half_captured
from tcpexplain.units import size

if TYPE_CHECKING:
    from tcpexplain.evidence.cause import Case
    from tcpexplain.model.said import Heard


SEALED = ("TLS", "SSH")
"""Protocols whose contents cannot be read."""


def answer_words(case: Case) -> str:
    """``The answer to GET /orders (HTTP/1 200)``; the answer, if the request is not known."""
    said = case.said
    to = f" to {said.request}" if said.request else ""
    status = f" {said.answer}" if said.answer and said.answer != "answer" else ""
    return f"The answer{to} ({said.protocol}{status})" if said.protocol else f"The answer{to}"


def request_words(case: Case) -> str:
    """``The request POST /up (HTTP/1)``."""
    said = case.said
    return f"The request {said.request} ({said.protocol})" if said.request else f"The request ({said.protocol})"


def cut_words(case: Case, side: int) -> str:
    """How much of an end's last message had come."""
    end, last = case.end(side), case.said.last[side]
    if last and last.promised and last.whole is False:
        return f"had {last.bytes:,} of {last.promised:,} bytes"
    if end.lacking:
        return f"lacked {size(end.lacking)} of what its length says"
    return "was not at its end"


def bytes_of(last: Heard | None) -> str:
    """`` (440 of 1,000 bytes)``; empty if that is not known."""
    return f" ({last.bytes:,} of {last.promised:,} bytes)" if last and last.promised and last.whole is False else ""


def wholeness(case: Case) -> str:
    """Whether the last messages were whole, as far as that is known."""
    said = case.said
    if not said.protocol:
        return (
            "Whether the last message was whole, packets do not tell." if case.client.sent or case.server.sent else ""
        )
    if said.protocol in SEALED:
        return f"The contents are encrypted ({said.protocol}): whether the last message was whole, packets do not tell."
    unknown = [SIDES[side] for side in (0, 1) if case.end(side).sent and not case.end(side).whole]
    if not unknown:
        return f"The last message of each end was whole ({said.protocol})."
    whose = "each end" if len(unknown) == 2 else f"the {unknown[0]}"
    return f"Whether the last message of {whose} was whole, packets do not tell ({said.protocol})."


def may_hide(case: Case) -> tuple[str, ...]:
    """Causes that the last words of who closed first may show, where they were cut off or are encrypted."""
    facts, cut = case.facts, half_captured(case.facts)
    if facts.closed_first == 1 and (cut or case.server.owes_farewell == 2):
        return ("answer-cut-short",)
    unanswered = (facts.response_bytes == 0 or case.server.late_packet) and facts.request_bytes > PARTING
    return ("request-cut-short",) if facts.closed_first == 0 and cut and unanswered else ()
