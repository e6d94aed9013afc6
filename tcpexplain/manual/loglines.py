"""The page about a line of a log: the product, the call, the end, what follows, and where the text misleads."""

from __future__ import annotations

from tcpexplain.log.addresses import ends
from tcpexplain.log.recognise import Recognised, recognise
from tcpexplain.manual.topic import Topic

CALLS = {
    "read": "read (read, recv, readv ...)",
    "write": "write (write, send, writev, sendfile ...)",
    "connect": "connect, or SO_ERROR where it does not block",
    "accept": "accept",
    "poll": "poll or epoll_wait, which only noticed it",
}
OUTCOMES = {
    "eof": "0 (EOF): the peer's FIN had arrived, no error",
    "timer": "nothing: the program's own timer ran out, whatever number the text prints",
    "local": "nothing from the network: the program had closed the connection itself",
    "alert": "data: a message of the protocol that says no; TCP did its work",
    "none": "nothing: no call was made on any connection",
    "errno": "the errno that the line names",
    "inner": "what the error that the line quotes says",
}  # fmt: skip
ENDS = {
    "client": "the one that opened the connection (a proxy is the client of its upstream)",
    "server": "the one that accepted the connection",
    "own": "the one that printed the line, client or server",
}
FOLLOWS = {
    "EPIPE": "Every later write says EPIPE + SIGPIPE too. Reads still give what had arrived, then 0. Earlier writes that returned ok may not have arrived.",
    "ECONNRESET": "The error is told once: the next read returns 0, the next write EPIPE + SIGPIPE. Bytes under way are gone.",
    "eof": "Every later read returns 0 at once. A write still returns ok if the peer only half-closed, or until its RST is back; then EPIPE + SIGPIPE.",
    "timer": "Mostly the program closes the connection next: look for its own FIN or RST, and for the silence before it. On the wire there is no error.",
    "local": "Look for this end's own FIN or RST before the line, and for what made the program close. The peer has done nothing wrong.",
    "alert": "The end that objects closes next, and the other reads 0.",
    "none": "There is no connection to look for: earlier lines of the same program say why.",
    "ECONNREFUSED": "There is no connection: a RST or an ICMP error answered the SYN. The next attempt needs a new socket.",
    "ETIMEDOUT": "The kernel gave up after its own repetitions (or keepalive probes) went unanswered: minutes of silence stand in the capture. Later reads return 0, writes EPIPE.",
    "EHOSTUNREACH": "An ICMP error, or no answer to ARP, ended it.",
    "ENETUNREACH": "The kernel had no route, or an ICMP error said so: often nothing was sent at all.",
}  # fmt: skip
SEE = {
    "EPIPE": "EPIPE",
    "ECONNRESET": "ECONNRESET",
    "eof": "EOF",
    "ECONNREFUSED": "ECONNREFUSED",
    "ETIMEDOUT": "ETIMEDOUT",
    "EHOSTUNREACH": "EHOSTUNREACH",
}


def topic_of(text: str) -> Topic | None:
    """The page of a line; None if nothing is known of it."""
    found = recognise(text)
    if not found.outcomes:
        return None
    product, wording = found.product, found.wording
    return Topic(
        product.title if product else "log line",
        f"“{wording.text}”" if wording else "known by its errno only",
        tuple(part for part in _parts(text, found) if part[1]),
        after=tuple(
            part
            for part in (
                ("trap", product.traps if product else ""),
                ("versions", (wording.versions if wording else "") or (product.versions if product else "")),
                ("source", product.sources if product else ""),
            )
            if part[1]
        ),
        see=tuple(dict.fromkeys(SEE[one] for one in found.outcomes if one in SEE)),
    )


def _parts(text: str, found: Recognised) -> list[tuple[str, str]]:
    """What stands behind the line."""
    product, wording = found.product, found.wording
    own, peer, _ = ends(product, text, found.role)
    told = ", from ".join(str(one) for one in (peer, own) if one)
    note = wording.note if wording else ""
    inner = f" The error it quotes: “{found.inner.text}”." if found.inner else ""
    return [
        ("call", CALLS.get(found.call or "", "the text does not say which; or none")),
        ("outcome", returned(found)),
        ("end", ENDS[found.role]),
        ("peer", f"{told}" if told and "<" not in text else ""),
        ("means", f"{note}{inner}".strip()),
        ("next", FOLLOWS.get(found.outcomes[0], "")),
    ]


def returned(found: Recognised) -> str:
    """``ECONNRESET``; or ``0 (EOF) ..., or ECONNRESET: only packets tell``."""
    told = [OUTCOMES.get(one, one) for one in found.outcomes]
    return told[0] if len(told) == 1 else f"{'; or '.join(told)}. The text does not say which: packets do."
