"""What a column of connections is: how it is found of one connection and of many at once, and where tables and JSON have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tcpexplain.evidence.cause import SIDES
from tcpexplain.hot.columns import distinct
from tcpexplain.tables.chunk import Coded
from tcpexplain.tables.part import OneEndFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tcpexplain.model.calls import Side
    from tcpexplain.model.connection import Connection
    from tcpexplain.tables.part import PartColumns

    One = Callable[[Connection], Any]
    OneEnd = Callable[[Connection, Side], Any]
    Fact = Callable[[OneEndFacts], Any]
    Spelled = Sequence[Any] | Callable[[int], Any]
    """What a number stands for: a value for each, or a function that makes them."""

Kind = Literal["int", "float", "bool", "word", "words", "ints", "time"]
"""What a cell holds; ``time`` is in nanoseconds since 1970 UTC."""
PLAIN = {"int": int, "time": int, "float": float, "bool": bool}


@dataclass(frozen=True, slots=True)
class Field:
    """What is told of each connection.

    Parameters
    ----------
    name
        The column's in tables, and in ``Chunk.connections``.
    kind
        What its cells hold; None: tables have no such column.
    one
        It of one connection.
    many
        It of many at once, as a list, an array or ``Coded``; None: ``PartColumns.found`` has it by its name.
    json
        Where JSON has it, ``retry.verdict``; None: nowhere.
    text
        How JSON writes it; None: as its kind is written.
    optional
        ``text`` writes name and value, and a comma before; nothing where there is none.
    with_files
        ``text`` takes the files of the connection, too.
    lacks
        A cell may be missing.
    fields
        Tables have a column for each of these fields of it, ``client_seen_call``, instead.
    sentence
        Left out where only what tables have is asked for: it takes long.
    about
        What it is, for the JSON schema and the documentation.
    """

    name: str
    kind: Kind | None
    one: One
    many: Callable[[PartColumns], Any] | None = None
    json: str | None = None
    text: Callable[..., object] | None = None
    optional: bool = False
    with_files: bool = False
    lacks: bool = False
    fields: Mapping[str, Kind] = field(default_factory=dict)
    sentence: bool = False
    about: str = ""


def both(*ends: Callable[[Side], Field]) -> tuple[Field, ...]:
    """The fields of the client, then those of the server."""
    return tuple(end(side) for side in SIDES for end in ends)


def of_end(
    name: str,
    kind: Kind | None,
    one: OneEnd | None = None,
    fact: Fact | None = None,
    *,
    spelled: Spelled | None = None,
    json: str | None = "",
    **more: Any,
) -> Callable[[Side], Field]:
    """A field of each end: ``client_os`` in tables, and ``os.client`` in JSON, or where ``json`` has it (``systems.{side}.os``).

    ``fact``: how it follows from the facts; where ``one`` is missing, of one connection, too. ``spelled``: what its numbers stand for.
    """

    def made(side: Side) -> Field:
        place = SIDES.index(side)
        path = None if json is None else (json or f"{name}.{{side}}").format(side=side)
        return Field(
            f"{side}_{name}",
            kind,
            (lambda connection: one(connection, side)) if one else of_facts(kind, fact, spelled, place),
            None if fact is None else (lambda part: in_columns(fact(part.end(place)), spelled)),
            path,
            **({"lacks": one is None} | more),
        )

    return made


def of_facts(kind: Kind | None, fact: Fact | None, spelled: Spelled | None, side: int) -> One:
    """It of one connection, by its facts; None of a connection that was made by hand, and has none."""

    def found(connection: Connection) -> Any:
        case = connection.facts
        if case is None or fact is None:
            return None
        value = fact(OneEndFacts(case.facts, case.end(side), case.end(1 - side), side))
        return spelled_out(int(value), spelled) if spelled is not None else PLAIN[kind or "int"](value)

    return found


def spelled_out(value: int, spelled: Spelled) -> Any:
    """What one number stands for."""
    return spelled(value) if callable(spelled) else spelled[value]


def in_columns(numbers: Any, spelled: Spelled | None) -> Any:
    """A column of numbers as what they stand for."""
    if spelled is None:
        return numbers
    if not callable(spelled):
        return Coded(spelled, numbers)
    import numpy as np

    different = distinct(numbers)
    return Coded([spelled(one) for one in different.tolist()], np.searchsorted(different, numbers))
