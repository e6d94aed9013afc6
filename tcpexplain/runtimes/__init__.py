"""What programs write into their logs: one file per product, with its wordings and the call behind each.

A member has ``PRODUCT``. Texts stand as in the log; ``<...>`` stands for what varies. The same rows answer both ways: which call, outcome
and end a line means (``log``), and how a product will word an outcome that packets predict (``said_by``).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from tcpexplain import registry
from tcpexplain.values import frozen

Call = Literal["read", "write", "connect", "accept", "poll"]
"""The call whose result a line tells; ``poll`` where the program only noticed."""
Role = Literal["client", "server", "own"]
"""Which end of the connection wrote the line; ``own``: either may."""

INNER = "inner"
"""The outcome of a wording that quotes another error, which decides."""
NAMED = "errno"
"""The outcome of a wording in which an errno stands, by number, name or words."""
EOF, TIMER, LOCAL, ALERT, NOTHING = "eof", "timer", "local", "alert", "none"
"""``read`` returned 0; the program's own deadline; the program closed by itself; a message of the protocol said so; no call at all."""


@frozen
class Wording:
    """One text, and what stands behind it."""

    text: str
    call: Call | None
    outcomes: tuple[str, ...]
    """errno names, or the words above; most likely first where the text leaves it open."""
    role: Role
    note: str = ""
    """What the text hides, or what follows from it; empty where the outcome says all."""
    versions: str = ""
    phase: Literal["", "connect", "handshake", "request", "answer", "body", "idle"] = ""
    """Where in the exchange it happens, as far as the text says: before a byte of the answer, inside it, between exchanges."""
    needs: str = ""
    """A pattern that must stand in the line too, where the text alone is anybody's word."""


@frozen
class Product:
    """A program or library."""

    name: str
    """As ``--runtime`` takes it."""
    title: str
    versions: str
    wordings: tuple[Wording, ...]
    signs: tuple[str, ...] = ()
    """Patterns by which a line is known to be this product's, whatever it says."""
    fields: tuple[str, ...] = ()
    """Patterns with named groups: ``own``, ``peer``, ``client``, ``server``, ``upstream`` (address, with port where there is one),
    ``code`` (a wording of one word), ``lasted`` and ``silent`` (seconds, or with ``_ms`` milliseconds), ``received`` and ``sent`` (bytes)."""
    stamp: Literal["moment", "start"] = "moment"
    """Whether a line's time is when it was written, or when the connection or request began (then ``lasted`` is added)."""
    traps: str = ""
    sources: str = ""


@cache
def products() -> tuple[Product, ...]:
    """All products, in the order of their names."""
    found: list[Product] = [member.PRODUCT for member in registry.members(__name__)]
    return tuple(found)


def product(name: str) -> Product:
    """One product; KeyError if there is none of that name."""
    found: Product = registry.member(__name__, name).PRODUCT
    return found


def names() -> tuple[str, ...]:
    """What ``--runtime`` takes."""
    return registry.names(__name__)


VARIES = re.compile(r"<[^<> ]+>|<[a-z ]+>")
"""What stands for something in a wording."""


def literal(text: str) -> int:
    """How many characters of a wording are fixed: the more, the surer a match."""
    return len(VARIES.sub("", text))


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A wording as a pattern: whole words, any white space, anything for what varies."""
    parts = VARIES.split(text)
    spelled = [r"\s+".join(re.escape(word) for word in re.split(r"\s+", part)) for part in parts]
    begins = r"(?<!\w)" if text[:1].isalnum() else ""
    ends = r"(?!\w)" if text[-1:].isalnum() else ""
    return re.compile(f"{begins}{'.+?'.join(spelled)}{ends}", re.IGNORECASE if literal(text) > 8 else 0)


def said_by(name: str, call: str, outcome: str, role: str = "own") -> str:
    """How a product words what a call returns, with ``<...>`` for what varies; empty if it has no words for it."""
    rows = [row for row in product(name).wordings if row.call == call and role in (row.role, "own", "")]
    rows += [row for row in product(name).wordings if row.call == call and row.role == "own" and row not in rows]
    exact = [row for row in rows if row.outcomes[0] == outcome]
    named = [row for row in rows if row.outcomes[0] == NAMED and outcome.isupper()]
    found = (exact or named)[:1]
    return found[0].text if found else ""
