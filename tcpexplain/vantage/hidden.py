"""What a capture cannot show of a connection: bits of ``facts.hidden``."""

from __future__ import annotations

HIDDEN_CLIENT, HIDDEN_SERVER = 1, 2
"""What the client sent; what the server sent."""
HIDDEN_START = 4
"""How it began."""
HIDDEN_PLAIN = 8
"""Segments that are neither SYN nor FIN nor RST: a filter left them out."""
HIDDEN_PACKETS = 16
"""Single packets, which the other end had."""
HIDDEN_OPTIONS = 32
"""TCP options: the snap length cut them."""
HIDDEN_ORDER = 64
"""In what order things happened: the clock was set."""
RESETS_ONLY = 128
"""All but RSTs."""
HIDDEN_FRAGMENTS = 1024
"""How many bytes some packets had: of their IP fragments only the first was captured."""
HIDDEN_MIDDLE = 2048
"""Its middle, which nobody looked at: more of its segments are not settled than one connection may keep in memory (``tracking.thin``)."""
HIDDEN = 255 | HIDDEN_FRAGMENTS | HIDDEN_MIDDLE
"""Any of it."""
HIDDEN_SIDE = HIDDEN_CLIENT | HIDDEN_SERVER
HIDDEN_END = 256
"""How it ended: the port pair was used again, or what was sent is neither acknowledged nor sent again."""
HIDDEN_DROPS = 512
"""Packets that the capturing system itself says it dropped: whatever seems missing may only not have been captured."""

NAMES = {
    HIDDEN_CLIENT: "client-direction",
    HIDDEN_SERVER: "server-direction",
    HIDDEN_START: "start",
    HIDDEN_END: "end",
    HIDDEN_PLAIN: "plain-segments",
    RESETS_ONLY: "all-but-resets",
    HIDDEN_PACKETS: "packets",
    HIDDEN_OPTIONS: "options",
    HIDDEN_ORDER: "order",
    HIDDEN_DROPS: "drops",
    HIDDEN_FRAGMENTS: "fragments",
    HIDDEN_MIDDLE: "middle",
}
"""What is missing, as the JSON names it."""

SENTENCES = {
    HIDDEN_CLIENT: "Only the server's direction was captured: what the client sent is inferred from the server's acknowledgments.",
    HIDDEN_SERVER: "Only the client's direction was captured: what the server sent is inferred from the client's acknowledgments.",
    HIDDEN_PLAIN: "Only segments with SYN, FIN or RST were captured: what passed between them is inferred from their numbers.",
    RESETS_ONLY: "Nothing but RSTs was captured.",
    HIDDEN_START: "The capture began in the middle of this connection.",
    HIDDEN_END: "The end of this connection is not in the capture.",
    HIDDEN_PACKETS: "Packets are missing in the capture; that they passed is inferred from acknowledgments.",
    HIDDEN_OPTIONS: "The snap length cut TCP options, so they are unknown.",
    HIDDEN_ORDER: "The clock was set during this connection: times and order around that moment are unknown.",
    HIDDEN_DROPS: "The capturing system dropped packets: what seems missing may only not have been captured.",
    HIDDEN_FRAGMENTS: "Of some packets only the first IP fragment was captured: how many bytes they had is unknown.",
    HIDDEN_MIDDLE: "The middle of this connection was not looked at: too many of its packets are repeated, out of order or unanswered to keep them all in memory.",
}
"""The same for people, of one connection."""

PLURAL = {
    "client-direction": "only the server's direction was captured, what the client sent is inferred from its acknowledgments",
    "server-direction": "only the client's direction was captured, what the server sent is inferred from its acknowledgments",
    "start": "the capture began in the middle",
    "end": "the end is not in the capture",
    "plain-segments": "only segments with SYN, FIN or RST were captured",
    "all-but-resets": "nothing but RSTs was captured",
    "packets": "packets are missing in the capture, and inferred from acknowledgments",
    "options": "the snap length cut TCP options",
    "order": "the clock was set in the middle",
    "drops": "the capturing system dropped packets, what seems missing may only not have been captured",
    "fragments": "of some packets only the first IP fragment was captured",
    "middle": "the middle was not looked at, too many packets are repeated, out of order or unanswered to keep them all in memory",
}
"""The same of several connections."""


def missing(hidden: int) -> tuple[str, ...]:
    """The names of what is hidden."""
    return tuple(name for bit, name in NAMES.items() if hidden & bit)


def sentences(hidden: int) -> str:
    """What is hidden, as sentences; empty if nothing is."""
    return " ".join(text for bit, text in SENTENCES.items() if hidden & bit)
