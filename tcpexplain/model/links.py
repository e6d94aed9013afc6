"""Two different connections at a proxy that ends the one and opens the other: that they carry one exchange is likely at most."""

from __future__ import annotations

from typing import Literal

from tcpexplain.values import frozen

Ending = Literal["answered", "refused", "unanswered", "reset", "closed", "given-up"]
"""How the last exchange of a connection ended: with an answer; with no connection; with the server's RST, or its FIN before any answer; by its client."""


@frozen
class Link:
    """The other connection of an exchange that passed a proxy."""

    stream: int
    """The other connection."""
    role: Literal["client", "upstream"]
    """What the other is: the client's to the proxy, or the proxy's to its upstream server."""
    certainty: Literal["likely", "possible"]
    by: tuple[str, ...]
    """What speaks for it: ``address``, ``loopback`` or ``host`` (the proxy has both), ``request-size``, ``answer-size``, ``status``, ``time``."""
    asked: float
    """Seconds from the client's request, or its SYN, to the upstream's."""
    told: float | None
    """Seconds from how the upstream ended to what the client got; below zero where the client ended first; None if that is not known."""
    upstream: Ending
    client: Ending
    status: int | None
    """Of the client's answer, if it was read."""
    others: int
    """Other connections of clients that fit, less well."""
