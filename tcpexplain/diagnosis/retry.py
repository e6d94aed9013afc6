"""Whether the client's last request may be sent again (RFC 9110 section 9.2.2: only an idempotent one, unless it was never processed).

Rules in order: the first that holds gives the verdict. Their conditions are elementwise, as those of causes are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tcpexplain.evidence.order import not_after
from tcpexplain.evidence.questions import in_use
from tcpexplain.evidence.words import span
from tcpexplain.machine.resets import REPLY
from tcpexplain.model.connection import Retry
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.machine.facts import EndFacts, Facts

FAREWELL = 64
"""Bytes: a client's last word right before its FIN, to a server that had answered all before (QUIT, close_notify)."""
AT_ONCE = 100_000_000
"""ns."""


class RetryRule(NamedTuple):
    """``when`` takes ``(facts, client, server)``, of one connection or columns of many; so does ``because``, of one, if it is no text."""

    when: Callable[[Facts, EndFacts, EndFacts], int]
    verdict: Literal["safe", "unsafe", "ambiguous", "not-applicable"]
    because: str | Callable[[Facts, EndFacts, EndFacts], str]


def retry(facts: Facts, client: EndFacts, server: EndFacts) -> Retry:
    """The verdict on one connection."""
    rule = next(rule for rule in RULES if rule.when(facts, client, server))
    return Retry(rule.verdict, reason(rule, facts, client, server))


def reason(rule: RetryRule, facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """Why it holds."""
    return rule.because if isinstance(rule.because, str) else rule.because(facts, client, server)


# ---- conditions ----


def no_request(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client sent nothing."""
    return facts.request_packet == 0


def goes_on(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The connection has not ended, and nothing says that it cannot go on."""
    over = (client.was_reset > 0) | (server.was_reset > 0) | (client.timed_out > 0) | (server.timed_out > 0)
    closing = (facts.resets > 0) | (client.fin_packet > 0) | (server.fin_packet > 0)
    return (over | closing | (client.repeats >= 3) | (server.repeats >= 3)) == 0


def late(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The request came after the server's FIN, and was not acknowledged."""
    after: int = (client.late_packet > 0) & not_after(
        client.late_data, client.late_packet, facts.request_time, facts.request_packet
    )
    return after & (client.late_acked == 0) & (client.late_taken == 0) & (server.fin_packet > 0)


def fin_proved(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The FIN was captured, or a kernel without a socket answered: a number acknowledged beyond what came may be a byte."""
    return (client.late_packet != server.fin_packet) | refused(facts)


def refused(facts: Facts) -> int:
    """The server's end answered with RST, and has not acknowledged the request as a whole."""
    return (facts.reset_by == 1) & (facts.request_acked != 1)


def crossed(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The request and the server's FIN crossed."""
    before: int = (client.crossed_packet > 0) & not_after(
        facts.request_time, facts.request_packet, client.crossed_time, client.crossed_packet
    )
    # A RST from before the FIN is not the closed server's.
    return before & refused(facts) & (facts.reset_time + AT_ONCE >= server.fin_time)


def unseen(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A kernel without a socket answered."""
    nothing = (facts.request_acked == 0) & (facts.response_bytes == 0)
    return nothing & (facts.reset_by == 1) & (facts.reset_shape == REPLY) & (facts.foreign == 0)


def answered(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A response came and the server closed in order; only its content shows whether it was complete."""
    broken = (client.was_reset > 0) | (server.was_reset > 0) | (client.timed_out > 0) | (server.timed_out > 0)
    orderly = (server.fin_packet > 0) & (broken == 0) & (server.unacknowledged == 0)
    return (facts.response_bytes > 0) & orderly


def farewell(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client's last word wanted no answer."""
    last = (facts.request_bytes <= FAREWELL) & (server.data > 0)
    return last & (client.fin_packet > 0) & (client.fin_moments <= AT_ONCE)


def one_way(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The client only sent, closed right after it, and lost nothing: an upload, a log, a metric wants no answer."""
    orderly = (facts.closed_first == 0) & (server.fin_packet > 0) & (facts.resets == 0) & (client.unacknowledged == 0)
    return orderly & (server.data == 0) & (client.fin_moments <= AT_ONCE)


def answered_early(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server's last word came right before the client's."""
    before = facts.request_time - server.last_data
    return (server.data > 0) & (before >= 0) & (before <= AT_ONCE)


# ---- reasons ----


def waited(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """How long the FIN had been there."""
    if client.late_packet == server.fin_packet:
        return (
            "the request itself acknowledges a FIN of the server that was not captured, and a closed end does not process data; a check of the "
            "socket before the write would have avoided it"
        )
    return (
        f"the server's FIN had arrived {span(client.late_data - server.fin_time)} before the request was written, and a closed end "
        "does not process data; a check of the socket before the write would have avoided it"
    )


def began(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """How much of a response came."""
    if server.unacknowledged >= facts.response_bytes:
        return f"the server sent {facts.response_bytes:,} bytes of a response, none of which was acknowledged: it had processed the request"
    return f"{facts.response_bytes:,} bytes of a response came after the request: it was processed"


def early(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """What the server had said, and when."""
    return (
        f"the last data was {part(facts)}acknowledged and no answer followed it: the answer may be what came "
        f"{span(facts.request_time - server.last_data)} before (an early refusal such as HTTP's 413, while the request was being "
        "sent), else the server may have processed it"
    )


def unanswered(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """How much of the request was acknowledged."""
    return f"the request was {part(facts)}acknowledged and never answered: the server may have processed it"


def part(facts: Facts) -> str:
    """Whether all of it was."""
    return "partly " if facts.request_acked == 2 else ""


def unprocessed(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server's GOAWAY names an earlier stream as the last that it processed."""
    return (facts.unprocessed == 1) & (facts.asker == 0)


def refused_early(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The server refused the request before it had all of it, in an answer of which that much is known."""
    return (facts.early == 1) & (facts.asker == 0) & (facts.status >= 400)


def open_request(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """A request has no whole answer, and its method is known; the connection has ended."""
    return (facts.waiting > 0) & (facts.method > 0) & (facts.asker == 0) & (goes_on(facts, client, server) == 0)


def cut_request(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """What the client sent is not a whole request, as its length says."""
    return (
        (client.whole == 2)
        & (facts.asker == 0)
        & (facts.protocol > 0)
        & (facts.sound == 1)
        & (client.fin_packet > 0)
        & (facts.early == 0)
    )


def method_of(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """What a method means for sending a request again."""
    came = "only a part of the answer came" if facts.begun else "no answer came, and the server may have processed it"
    if facts.method == 1:
        return f"{came}; the request's method is one that may be repeated (RFC 9110 section 9.2.2): a second time does no more than the first"
    return f"{came}; the request's method (POST, PATCH or another) may do its work twice if it is repeated"


def refusal_of(facts: Facts, client: EndFacts, server: EndFacts) -> str:
    """What the early answer was."""
    return f"the server refused the request with {facts.status} before it had all of it: the same request again gets the same answer"


RULES = (
    RetryRule(no_request, "not-applicable", "the client sent no request"),
    RetryRule(refused_early, "not-applicable", refusal_of),
    RetryRule(
        unprocessed,
        "safe",
        "the server's GOAWAY names the last stream that it processed, and the request is on a later one (RFC 9113 section 6.8)",
    ),
    RetryRule(lambda f, c, s: goes_on(f, c, s) & (f.response_bytes > 0), "not-applicable", "the request was answered"),
    RetryRule(goes_on, "not-applicable", "the connection is still open"),
    RetryRule(
        lambda f, c, s: late(f, c, s) & in_use(c, s),
        "ambiguous",
        "the last data met a closed server, but it followed without a pause on data that the server had received: if both belong to one "
        "request, the server may have processed it",
    ),
    RetryRule(lambda f, c, s: late(f, c, s) & (c.late_known > 0) & fin_proved(f, c, s), "safe", waited),
    RetryRule(
        lambda f, c, s: late(f, c, s) & refused(f),
        "safe",
        "the request crossed the server's FIN, and the closed server answered it with RST; no check could have avoided it",
    ),
    RetryRule(
        crossed,
        "safe",
        "the request and the server's FIN crossed, and the closed server answered it with RST; no check could have avoided it",
    ),
    RetryRule(
        unseen, "safe", "no byte of the request was acknowledged: a kernel that had no socket for it answered with RST"
    ),
    RetryRule(
        cut_request,
        "ambiguous",
        "the request was never whole: a server that waits for all of it has not processed it, one that does not may have begun",
    ),
    RetryRule(lambda f, c, s: open_request(f, c, s) & (f.method == 1), "safe", method_of),
    RetryRule(lambda f, c, s: open_request(f, c, s) & (f.begun == 1), "unsafe", method_of),
    RetryRule(
        lambda f, c, s: open_request(f, c, s) & (f.request_acked > 0) & (f.response_bytes == 0), "ambiguous", method_of
    ),
    RetryRule(
        lambda f, c, s: answered(f, c, s) & (s.whole != 2) & (f.begun == 0),
        "not-applicable",
        "the request was answered",
    ),
    RetryRule(lambda f, c, s: f.response_bytes > 0, "unsafe", began),
    RetryRule(farewell, "not-applicable", "the client's last word was a farewell; what it asked before was answered"),
    RetryRule(
        one_way, "not-applicable", "data went one way only, was acknowledged to its end, and both ends closed in order"
    ),
    RetryRule(
        lambda f, c, s: (f.request_acked == 0) & (f.lost_between & 1 == 1),
        "ambiguous",
        "no copy of the request had come to the last point of capture when the captures ended; one that was sent later may have",
    ),
    RetryRule(
        lambda f, c, s: f.request_acked == 0,
        "ambiguous",
        "no byte of the request was acknowledged, but it may have arrived",
    ),
    RetryRule(answered_early, "ambiguous", early),
    RetryRule(lambda f, c, s: f.packets > 0, "ambiguous", unanswered),
)
