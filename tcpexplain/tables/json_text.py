"""Columns as the JSON texts of schema ``tcpexplain/1``; `reports.json` makes lines of them.

What a connection's fields are, `tables.schema` says; here is the order of those that there have been, and of an event's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tcpexplain.model.points import NOWHERE
from tcpexplain.tables.chunk import Coded
from tcpexplain.tables.json_values import files_text, flag_word, listed, moment, number_or_null, sights_text, word
from tcpexplain.tables.schema import FIELDS
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.segment import FILE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tcpexplain.model.calls import Call, End, Next, Reset
    from tcpexplain.model.points import Journey, United
    from tcpexplain.tables.chunk import Chunk, Events
    from tcpexplain.tables.field import Field

CHUNK = 4096
"""Events that are put into one text."""
ORDER = (
    "stream", "community_id", "client", "server", "start", "duration", "ended", "last_seen", "failed_at", "packets", "opening",
    "cause", "also", "severity", "certainty", "alternatives", "evidence", "evidence_files", "closed_first", "final", "segments",
    "flags", "bytes", "systems", "vantage", "undecided", "seen", "tunnel", "points", "linked", "messages_unread", "messages",
    "retry", "title", "sees", "why", "lost", "do", "sure", "files",
)  # fmt: skip
"""Fields of a connection up to its events, as they have always stood; what is new comes after them."""
AS_TEXT: dict[str | None, Callable[[Any], object]] = {
    "word": word, "words": listed, "ints": listed, "time": moment, "bool": flag_word,
}  # fmt: skip
"""How JSON writes a value of each kind; other numbers stand for themselves."""


class LineTemplate(NamedTuple):
    """How a connection is written: a text with places for values, and the fields that stand there."""

    text: str
    fields: tuple[Field, ...]


def template(fields: Iterable[Field]) -> LineTemplate:
    """Of these fields, in their order."""
    tree: dict[str, Any] = {name: {} for name in ORDER}
    for one in fields:
        if one.json is not None:
            *above, last = one.json.split(".")
            within = tree
            for name in above:
                within = within.setdefault(name, {})
            within[last] = one
    taken: list[Field] = []
    return LineTemplate('{"type":"connection"' + "".join(members(tree, taken)), tuple(taken))


def members(tree: Mapping[str, Any], taken: list[Field]) -> Iterator[str]:
    """The members of an object, each after a comma; adds to ``taken`` the fields that they have places for."""
    for name, one in tree.items():
        if isinstance(one, dict):
            yield f',"{name}":{{{"".join(members(one, taken))[1:]}}}'
        else:
            taken.append(one)
            yield "%s" if one.optional else f',"{name}":%s'


TEMPLATE = template(FIELDS)


def texts(chunk: Chunk) -> Iterator[str]:
    """The lines of the connections of a chunk, in parts."""
    columns = chunk.connections
    rows = zip(*(column_texts(one, columns) for one in TEMPLATE.fields), strict=True)
    events = written(chunk.events, columns["united"]) if chunk.events else None
    for place, (row, resets) in enumerate(zip(rows, chunk.resets(), strict=True)):
        yield TEMPLATE.text % row
        if events:
            yield ',"events":['
            yield from events(place)
            yield f'],"events_omitted":{columns["events_omitted"][place]}'
        yield f',"resets":[{",".join(map(reset_text, resets))}]}}\n'


def column_texts(one: Field, columns: Mapping[str, Any]) -> Iterable[object]:
    """A field of each connection as JSON text."""
    column = columns[one.name]
    way: Callable[..., object] | None = one.text or AS_TEXT.get(one.kind, number_or_null if one.lacks else None)
    if one.with_files and way:
        return map(way, column, columns["files"])
    if isinstance(column, Coded) and way:
        said = [way(value) for value in column.values]
        return (said[place] for place in column.which.tolist())
    return map(way, number_list(column)) if way else number_list(column)


def written(events: Events, united: Sequence[United | None]) -> Callable[[int], Iterator[str]]:
    """A function that yields the events of a connection, by its place in the chunk."""
    origins = [f'"from":"{sender}","flags":"{flags}"' for sender, flags in events.origins]
    rests = [
        f'"basis":"{basis}",{end_text("client", client)},{end_text("server", server)}'
        for basis, client, server in events.rests
    ]
    columns = (
        events.packet,
        events.file,
        events.time,
        events.seq,
        events.ack,
        events.length,
        events.origin,
        events.rest,
    )

    def of(place: int) -> Iterator[str]:
        start, end = events.starts[place : place + 2]
        whole = united[place]
        passages = whole.passages if whole else NOWHERE
        for first in range(start, end, CHUNK):
            chosen = slice(first, min(first + CHUNK, end))
            yield ("," if first > start else "") + ",".join([
                f'{{"packet":{packet},"file":{file},"time":{time},{origins[origin]},"seq":{seq},'
                f'"ack":{ack if ack >= 0 else "null"},"length":{length},{at_text(passages, packet, file)}{rests[rest]}}}'
                for packet, file, time, seq, ack, length, origin, rest in zip(*(number_list(column[chosen]) for column in columns), strict=True)
            ])  # fmt: skip

    return of


def at_text(passages: Mapping[int, Journey], packet: int, file: int) -> str:
    """Where the segment of an event was seen, for a connection that was seen at several points."""
    one = passages.get(file << FILE_SHIFT | packet) if passages else None
    return f'"at":{sights_text(one.at)},' if one else ""


def number_list(column: Any) -> Any:
    """A list of Python's numbers."""
    return column.tolist() if hasattr(column, "tolist") else column


def reset_text(reset: Reset) -> str:
    """A RST."""
    accepted = "null" if reset.accepted is None else "true" if reset.accepted else "false"
    file = f'"file":{reset.file},' if reset.evidence_files else ""
    return (
        f'{{"packet":{reset.packet},{file}"by":"{reset.by}","origin":{word(reset.origin)},"accepted":{accepted},'
        f'"shape":{word(reset.shape)},"reason":{listed(reset.reason)},"evidence":{listed(reset.evidence)}{files_text(reset.evidence_files)}}}'
    )


@lru_cache(4096)
def end_text(side: str, end: End) -> str:
    """One end as a field."""
    closed = f',"closed_by":{listed(end.closed_by)}' if end.closed_by else ""
    return (
        f'"{side}":{{"previous":{word(end.previous)},"state":{word(end.state)},"next":{next_text(end.next)}{closed}}}'
    )


def next_text(calls: Next) -> str:
    """What each call returns next."""
    both = f'"read":{call_text(calls.read)},"write":{call_text(calls.write)}'
    opening = f'"connect":{call_text(calls.connect)},"accept":{call_text(calls.accept)}'
    return f'{{{both},{opening},"poll":{listed(calls.poll)},"so_error":{listed(calls.so_error)}}}'


def call_text(call: Call | None) -> str:
    """What the next calls of one kind return."""
    if call is None:
        return "null"
    return f'{{"now":{listed(call.now)},"then":{listed(call.then)},"signal":{word(call.signal)}}}'
