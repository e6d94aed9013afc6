"""What is known of the other connection of an exchange that passed a proxy, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.story.ways import delay
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.model.connection import Connection
    from tcpexplain.model.links import Link

TOLD = 3
"""Links that are told; of more, how many there are."""
UPSTREAM = {
    "answered": "was answered",
    "refused": "was refused",
    "unanswered": "got no SYN-ACK",
    "reset": "was reset by the upstream server",
    "closed": "was closed by the upstream server without an answer",
    "given-up": "was given up by the proxy without an answer",
}
CLIENT = {
    "answered": "the client's answer",
    "refused": "the client's refusal",
    "unanswered": "the silence that the client met",
    "reset": "the RST that the client got",
    "closed": "the close without an answer that the client got",
    "given-up": "the client's own end",
}
REASONS = {
    "address": "the proxy's address",
    "loopback": "the loopback address",
    "host": "that both seem to be one machine's",
    "request-size": "the size of the request",
    "answer-size": "the size of the answer",
    "status": "the status, which proxies send for their upstream",
    "time": "the time",
}


def linked(connection: Connection) -> str:
    """All that is said of a connection's links; empty if it has none."""
    links = connection.linked
    told = [sentence(one) for one in links[:TOLD]]
    if len(links) > TOLD:
        told.append(f"{counted(len(links) - TOLD, 'more connection')} at the proxy fit.")
    return " ".join(told)


def sentence(link: Link) -> str:
    """What two connections have to do with each other, how sure that is, and what speaks for it."""
    return " ".join((upstream(link) if link.role == "upstream" else client(link), *reasons(link)))


def outcome(link: Link) -> str:
    """What the client got."""
    return f"the client's {link.status}" if link.status and link.client == "answered" else CLIENT[link.client]


def how_sure(link: Link) -> str:
    """The certainty as an adverb."""
    return "likely" if link.certainty == "likely" else "perhaps"


def upstream(link: Link) -> str:
    """Seen from the client's connection."""
    who = f"stream {link.stream}, which {how_sure(link)} carried its request upstream"
    if link.upstream == "answered":
        return f"Its answer came by {who}."
    if link.client == "given-up":
        order = "after" if (link.told or 0) < 0 else "before"
        return f"The proxy gave up {who}, {delay(abs(link.told or 0))} {order} the client ended this one."
    said = outcome(link)
    when = "" if link.told is None else f" {delay(max(link.told, 0))} before"
    return f"{said[0].upper()}{said[1:]} {how_sure(link)} came of stream {link.stream}, which carried its request upstream and {UPSTREAM[link.upstream]}{when}."


def client(link: Link) -> str:
    """Seen from the connection upstream."""
    head = f"It {how_sure(link)} carried the request of stream {link.stream}, {delay(link.asked)} later"
    if link.upstream == "answered":
        return f"{head}, and its answer."
    if link.client == "given-up":
        order = "before" if (link.told or 0) < 0 else "after"
        return f"{head}; that client ended its own connection {delay(abs(link.told or 0))} {order} the proxy gave this one up."
    when = "" if link.told is None else f" {delay(max(link.told, 0))} after this one {UPSTREAM[link.upstream]}"
    return f"{head}: {outcome(link)} came{when}."


def reasons(link: Link) -> Iterator[str]:
    """What speaks for it, and how many others fit."""
    *most, last = (REASONS[one] for one in link.by)
    yield f"For it speak {', '.join(most)} and {last}." if most else f"For it speaks {last}."
    if link.others:
        yield f"{counted(link.others, 'other connection')} of clients would fit too{', less well' if link.certainty == 'likely' else ''}."
