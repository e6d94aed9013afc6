"""What the two ends of a connection said, in words that may be told: protocol words, names, numbers and lengths; nothing of the contents."""

from __future__ import annotations

from tcpexplain.tuples import NamedTuple


class Heard(NamedTuple):
    """One message, as reports show it. Nothing of its contents."""

    side: int
    """0 the client, 1 the server."""
    name: str
    packet: int
    """Which packet it begins in (``wire.segment.FILE_SHIFT``)."""
    time: int
    bytes: int
    """Of its body, that came."""
    promised: int | None
    """Of its body, as it says; None: it says nothing."""
    whole: bool | None
    answers: str = ""
    """The request that it answers."""


class Said(NamedTuple):
    """What one connection's messages say."""

    protocol: str = ""
    product: str = ""
    server_name: str = ""
    request: str = ""
    """The last one, or the oldest without a whole answer."""
    answer: str = ""
    """The answer to it, as far as there is one."""
    last: tuple[Heard | None, Heard | None] = (None, None)
    """Each end's last message: the one that it was in the middle of, if it was."""
    goodbyes: tuple[str, str] = ("", "")
    alert: str = ""
    units: tuple[int, int] = (0, 0)
    messages: tuple[Heard, ...] = ()
    """All of them, if they were asked for."""
    dropped: int = 0
    """How many more there are."""

    def unnamed(self) -> Said:
        """The same without what names somebody or something: paths, the server's name, the product of a banner."""
        return self._replace(
            product="", server_name="", request=pathless(self.request), answer=pathless(self.answer),
            last=(unnamed(self.last[0]), unnamed(self.last[1])),
            messages=tuple(one._replace(name=pathless(one.name), answers=pathless(one.answers)) for one in self.messages),
        )  # fmt: skip


def unnamed(heard: Heard | None) -> Heard | None:
    """A message without its path."""
    return None if heard is None else heard._replace(name=pathless(heard.name), answers=pathless(heard.answers))


def pathless(name: str) -> str:
    """What a message is called without what its request is for: the method of ``GET /orders``, and of ``CONNECT shop:443``."""
    method, _, target = name.partition(" ")
    return method if target.startswith(("/", "*", "http:", "https:", "…")) or method == "CONNECT" else name


SILENT = Said()
"""Nothing is known."""
