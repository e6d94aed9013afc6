"""write-after-close: data sent to a peer that had closed, answered by RST."""

from __future__ import annotations

from typing import Any

from tcpexplain.evidence import SIDES, Case, Explanation, Page, seconds, span
from tcpexplain.machine.resets import NO_SUCH_CONNECTION, SEGMENT_AFTER_CLOSE
from tcpexplain.quantity import size

CODE, GROUP, RANK, SEVERITY = "write-after-close", "Closing badly", 30, "failed"

PAGE = Page(
    title="one end wrote to a peer that had closed",
    what=(
        "One end closed both directions (close(), exit or a crash) and its kernel sent FIN. The other end wrote afterwards. The "
        "write succeeded, since it only fills the send buffer; the kernel of the closed end answered the data with RST."
    ),
    recognised="A FIN of one end; new data from the other after it; a RST of the first end that answers this data.",
    sees="On Linux the write that drew the RST returned its byte count; the next write fails with EPIPE and SIGPIPE; read returns 0 (EOF).",
    do=(
        "Read until 0, or watch for POLLRDHUP while idle, and close. Ignore SIGPIPE or send with MSG_NOSIGNAL. Retry on a new "
        "connection only what is safe to repeat."
    ),
    near_misses=(
        "peer-closed-idle-connection: the writer is a client that took the connection from a pool for a new request. "
        "idle-close-race: FIN and data crossed. half-close: the peer acknowledged the data, so it had only shut down its sending direction."
    ),
    references=("RFC 9293 section 3.6.1", "RFC 1122 section 4.2.2.13"),
)


def when(facts: Any, client: Any, server: Any) -> Any:
    """New data after the peer's FIN, answered by the RST of a closed end."""
    answered = (facts.reset_reason == SEGMENT_AFTER_CLOSE) | (facts.reset_reason == NO_SUCH_CONNECTION)
    by_server = (facts.reset_by == 1) & (client.late_packet > 0) & (server.fin_packet > 0)
    by_client = (facts.reset_by == 0) & (server.late_packet > 0) & (client.fin_packet > 0)
    return answered & (by_server | by_client)


def certain(facts: Any, client: Any, server: Any) -> Any:
    """The RST is of the family that answers a segment, and nothing shows another hand."""
    return when(facts, client, server) & (facts.foreign == 0)


def likely(facts: Any, client: Any, server: Any) -> Any:
    """Likely at least."""
    return facts.resets > 0


def explain(case: Case) -> Explanation:
    """The FIN, the silence, the write, the RST."""
    closed = case.facts.reset_by
    writer = 1 - closed
    closer, other = case.end(closed), case.end(writer)
    waited = other.late_data - closer.fin_time
    had = f"The {SIDES[writer]} had the EOF to read for {span(waited)}, did not act on it, and wrote." if other.late_known else (
        f"The {SIDES[writer]} wrote {span(waited)} after the FIN was sent; it may not have had it yet."
    )
    return Explanation(
        title=f"the {SIDES[writer]} wrote to a {SIDES[closed]} that was gone",
        sees=f"{SIDES[writer]} write → EPIPE",
        why=(
            f"The {SIDES[closed]} closed at {seconds(closer.fin_time)}. Its kernel answered data that came later with RST, so both directions "
            f"were closed (close() or process exit), not shutdown(SHUT_WR). {had}"
        ),
        lost=(
            f"{size(other.late_bytes)} (packet {other.late_packet}). write() returned because it only filled the send buffer; "
            f"the RST came {span(case.facts.reset_time - other.late_data)} later."
        ),
        do=PAGE.do,
        sure=f"packet {case.facts.reset_packet} is a RST for packet {other.late_packet}'s data. Cannot be told from packets: a crash, exit() or close() all send this FIN.",
        evidence=tuple(packet for packet in (closer.fin_packet, other.late_packet, case.facts.reset_packet) if packet),
    )
