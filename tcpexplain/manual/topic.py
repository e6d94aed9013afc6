"""One page of the manual."""

from __future__ import annotations

from tcpexplain.values import frozen


@frozen
class Table:
    """A small table; the first row is its heading."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@frozen
class Topic:
    """A page: what a word means, in short labelled paragraphs.

    ``parts`` and ``after`` are ``(label, text)`` before and after the table; labels have at most 8 letters.
    """

    name: str
    title: str
    parts: tuple[tuple[str, str], ...]
    table: Table | None = None
    after: tuple[tuple[str, str], ...] = ()
    see: tuple[str, ...] = ()
    man: str = ""
    aliases: tuple[str, ...] = ()
    """What logs and other systems call it."""
