"""write-after-close: data sent to a peer that had closed, answered by RST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import SIDES, Case, Explanation, Page
from tcpexplain.evidence.messages import may_hide
from tcpexplain.evidence.questions import answered_by_nobody, answerless, farewell, half_captured, of, parted, parting
from tcpexplain.evidence.words import packet_numbers, seconds, span
from tcpexplain.model.unread import ENCRYPTED
from tcpexplain.units import NANOSECOND, size

if TYPE_CHECKING:
    from tcpexplain.machine.facts import EndFacts, Facts

CODE, GROUP, RANK, SEVERITY = "write-after-close", "Closing badly", 30, "failed"

PAGE = Page(
    title="one end wrote to a peer that had closed",
    what=(
        "One end closed both directions (close(), exit or a crash) and its kernel sent FIN. The other end wrote afterwards. The "
        "write succeeded, since it only fills the send buffer; the kernel of the closed end answered the data with RST."
    ),
    recognised="A FIN of one end; new data from the other after it, or crossing it; a RST of the first end that answers this data.",
    sees="On Linux the write that drew the RST returned its byte count; the next write fails with EPIPE and SIGPIPE; read returns 0 (EOF).",
    do=(
        "Read until 0, or watch for POLLRDHUP while idle, and close. Ignore SIGPIPE or send with MSG_NOSIGNAL. Retry on a new "
        "connection only what is safe to repeat."
    ),
    near_misses=(
        "peer-closed-idle-connection: the writer is a client that took the connection from a pool for a new request. "
        "idle-close-race: FIN and request crossed. half-close: the peer acknowledged the data, so it had only shut down its sending direction. "
        "benign-reset: all that was written late is a TLS close_notify, or the connection had never been used."
    ),
    references=("RFC 9293 section 3.6.1", "RFC 1122 section 4.2.2.13"),
)

AT_ONCE = NANOSECOND // 50
"""A server whose only word comes this soon after the close of a connection nobody used answers the close itself."""


def when(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """New data after the peer's FIN, answered by the RST of a closed end."""
    bye = parting(facts, client) & (client.late_packet == 0)
    late = (client.late_packet > 0) | (client.crossed_packet > 0)
    by_server = (facts.reset_by == 1) & late & (server.fin_packet > 0) & (farewell(client) == 0) & (bye == 0)
    by_server = by_server & (answerless(facts, client, server) == 0)
    # An answer that crosses the client's FIN was no write to a client that was gone: the client left before it came.
    late = (server.late_packet > 0) | ((server.crossed_packet > 0) & (server.fin_packet == 0))
    soon = server.late_data - client.fin_time <= AT_ONCE + 2 * facts.rtt
    unused = (client.data == 0) & (server.first_data >= client.fin_time) & soon
    # Nor is the server's part of a handshake of TLS within which nothing was asked yet.
    greeted = (
        (client.tls == 1)
        & (client.sealed == 0)
        & (server.sealed == 0)
        & (facts.protocol > 0)
        & (facts.unread == ENCRYPTED)
    )
    unused = unused | (greeted & soon)
    by_client = (facts.reset_by == 0) & late & (client.fin_packet > 0) & (unused == 0) & (farewell(server) == 0)
    taken = of(facts.reset_by, server.late_taken, client.late_taken)
    return answered_by_nobody(facts) & (by_server | by_client) & (taken == 0) & (parted(client, server) == 0)


def certain(facts: Facts, client: EndFacts, server: EndFacts) -> int:
    """The RST is of the family that answers a segment, and nothing shows another hand; what is cut off might have told more."""
    return when(facts, client, server) & (half_captured(facts) == 0) & (facts.foreign == 0)


likely = when


def explain(case: Case) -> Explanation:
    """The FIN, the silence, the write, the RST."""
    facts = case.facts
    closed = facts.reset_by
    writer = 1 - closed
    closer, other = case.end(closed), case.end(writer)
    packet = other.late_packet or other.crossed_packet
    written = other.late_data or other.last_data
    waited = written - closer.fin_time
    if other.late_known:
        had = f"The {SIDES[writer]} had the EOF to read for {span(waited)}, did not act on it, and wrote."
    elif other.late_packet:
        had = f"The {SIDES[writer]} wrote {span(waited)} after the FIN was sent; it may not have had it yet."
    else:
        had = f"The {SIDES[writer]} had just written when the FIN came: they crossed."
    asked = (closed == 0 and facts.request_packet and facts.response_time < facts.request_time) or (
        closed == 0 and other.late_packet and facts.request_time > other.first_data
    )
    gone = f"The {SIDES[closed]} closed at {seconds(closer.fin_time)}." + (
        " It had a request open." if asked and case.client.data else ""
    )
    return Explanation(
        title=f"the {SIDES[writer]} wrote to a {SIDES[closed]} that was gone",
        sees=case.sees(writer, "write"),
        why=lambda: (
            f"{gone} Its kernel answered data that came later with RST, so both directions "
            f"were closed (close() or process exit), not shutdown(SHUT_WR). {had}"
        ),
        lost=lambda: (
            f"{size(other.late_bytes or other.unacknowledged)} (packet {packet}). write() returned because it only filled the send buffer; "
            f"the RST came {span(facts.reset_time - written)} later."
        ),
        do=PAGE.do,
        sure=lambda: (
            f"packet {facts.reset_packet} is a RST for packet {packet}'s data. Cannot be told from packets: a crash, exit() or close() all send this FIN."
        ),
        evidence=packet_numbers(closer.fin_packet, packet, facts.reset_packet),
        alternatives=(("client-gave-up",) if asked and case.client.data else ()) + may_hide(case),
    )
