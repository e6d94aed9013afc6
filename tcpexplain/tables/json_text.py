"""Columns as the JSON texts of schema ``tcpexplain/1``; `reports.json` makes lines of them.

The one place where the names and the order of a connection's and of an event's fields stand. What repeats is put
into words once.
"""

from __future__ import annotations

import json
from functools import lru_cache, partial
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any

from tcpexplain.model.points import NOWHERE
from tcpexplain.tables.chunk import CONNECTION, ConnectionRow
from tcpexplain.units import iso
from tcpexplain.wire.segment import FILE_SHIFT, file_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tcpexplain.model.calls import Call, End, Next, Reset, Seen
    from tcpexplain.model.connection import Tunnel
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import CapturePoint, Journey, Sight, United
    from tcpexplain.model.said import Heard, Said
    from tcpexplain.tables.chunk import Chunk, Events

CHUNK = 4096
"""Events that are put into one text."""


def texts(chunk: Chunk) -> Iterator[str]:
    """The lines of the connections of a chunk, in parts."""
    names = [number_list(chunk.connections[name]) for name in CONNECTION]
    events = written(chunk.events, chunk.connections["united"]) if chunk.events else None
    for place, (row, resets) in enumerate(zip(map(ConnectionRow, *names), chunk.resets(), strict=True)):
        yield connection_text(row)
        if events:
            yield ',"events":['
            yield from events(place)
            yield f'],"events_omitted":{row.events_omitted}'
        yield f',"resets":[{",".join(map(reset_text, resets))}]}}\n'


def connection_text(row: ConnectionRow) -> str:
    """A connection up to its events."""
    return (
        f'{{"type":"connection","stream":{row.stream},"community_id":"{row.community_id}",'
        f'"client":{{"address":{word(row.client_address)},"port":{row.client_port}}},'
        f'"server":{{"address":{word(row.server_address)},"port":{row.server_port}}},'
        f'"start":"{iso(row.start)}","duration":{round(row.duration, 9)},"ended":{moment(row.ended)},"last_seen":"{iso(row.last_seen)}",'
        f'"failed_at":{moment(row.failed_at)},"packets":{row.packets},"opening":{word(row.opening)},'
        f'"cause":{word(row.cause)},"also":{listed(row.also)},"severity":{word(row.severity)},"certainty":{word(row.certainty)},'
        f'"alternatives":{listed(row.alternatives)},"evidence":[{",".join(map(str, row.evidence))}],{files_text(row.evidence_files, after=",")}'
        f'"closed_first":{word(row.closed_first)},"final":{{"client":{word(row.client_final)},"server":{word(row.server_final)}}},'
        f'"segments":{{"client":{row.client_segments},"server":{row.server_segments}}},'
        f'"flags":{{"client":"{row.client_flags}","server":"{row.server_flags}"}},'
        f'"bytes":{{"client":{{"sent":{row.client_bytes_sent},"acknowledged":{row.client_bytes_acknowledged},'
        f'"perhaps_unread":{row.client_bytes_perhaps_unread},"lost":{row.client_bytes_lost}}},'
        f'"server":{{"sent":{row.server_bytes_sent},"acknowledged":{row.server_bytes_acknowledged},'
        f'"perhaps_unread":{row.server_bytes_perhaps_unread},"lost":{row.server_bytes_lost}}}}},'
        f'"systems":{{"client":{{"os":{word(row.client_os)},"fingerprint":{word(row.client_fingerprint)},"basis":{word(row.client_basis)}}},'
        f'"server":{{"os":{word(row.server_os)},"fingerprint":{word(row.server_fingerprint)},"basis":{word(row.server_basis)}}}}},'
        f'"vantage":{{"missing":{listed(row.missing)},"inferred":{{"client":{row.client_inferred},"server":{row.server_inferred}}}}},'
        f'"undecided":{"true" if row.undecided else "false"},'
        f'"seen":{{"client":{seen_text(row.client_seen, row.files)},"server":{seen_text(row.server_seen, row.files)}}},'
        f'"tunnel":[{",".join(map(tunnel_text, row.tunnel))}],'
        f'{united_text(row.united, row.files)}{linked_text(row.linked)}"messages_unread":{word(row.messages_unread)},"messages":{messages_text(row.messages, row.files)},'
        f'"retry":{{"verdict":{word(row.retry)},"because":{quoted(row.retry_because)}}},"title":{quoted(row.title)},"sees":{quoted(row.sees)},'
        f'"why":{quoted(row.why)},"lost":{quoted(row.lost)},"do":{quoted(row.do)},"sure":{quoted(row.sure)},'
        f'"files":{listed(row.files)}'
    )


def moment(time: int | None) -> str:
    """An instant, or null."""
    return "null" if time is None else f'"{iso(time)}"'


def tunnel_text(tunnel: Tunnel) -> str:
    """What the packets were wrapped in."""
    return f'{{"type":"{tunnel.type}","id":{listed(tunnel.id)}}}'


def united_text(united: United | None, files: tuple[int, ...]) -> str:
    """The points at which a connection was seen, and what was lost or made between them; empty for a single point."""
    if united is None:
        return ""
    points = ",".join(map(point_text, united.points))
    return f'"points":[{points}],"between_points":[{",".join(passage_text(one, files) for one in united.odd)}],'


def linked_text(linked: tuple[Link, ...]) -> str:
    """The other halves of an exchange at a proxy; empty where there is none."""
    return f'"linked":[{",".join(map(link_text, linked))}],' if linked else ""


def link_text(link: Link) -> str:
    """One of them."""
    return (
        f'{{"stream":{link.stream},"role":"{link.role}","certainty":"{link.certainty}","by":{listed(link.by)},'
        f'"asked":{json.dumps(link.asked)},"told":{json.dumps(link.told)},"upstream":"{link.upstream}","client":"{link.client}",'
        f'"status":{json.dumps(link.status)},"others":{link.others}}}'
    )


def point_text(point: CapturePoint) -> str:
    """A point of capture."""
    ends = ",".join(
        f'"{side}":{{"address":{word(host)},"port":{port}}}'
        for side, (host, port) in (("client", point.client), ("server", point.server))
    )
    return (
        f'{{"point":{word(point.name)},"file":{point.file},{ends},"clock_offset":{json.dumps(point.clock_offset)},'
        f'"drift":{json.dumps(point.drift)},"delay":{json.dumps(point.delay)},"packets":{point.packets}}}'
    )


def passage_text(one: Journey, files: tuple[int, ...]) -> str:
    """A segment that was lost or made between two points."""
    file = f',"file":{file_of(one.packet)}' if files != (0,) else ""
    return (
        f'{{"packet":{number_of(one.packet)}{file},"from":"{"server" if one.side else "client"}","fate":"{one.fate}",'
        f'"between":{listed(one.between)},"came_later":{"true" if one.again else "false"},"at":{sights_text(one.at)}}}'
    )


@lru_cache(4096)
def sights_text(at: tuple[Sight, ...]) -> str:
    """Where a segment was seen, and when."""
    return "[" + ",".join(f'{{"point":{word(one.point)},"time":"{iso(one.time)}"}}' for one in at) + "]"


def seen_text(seen: Seen | None, files: tuple[int, ...]) -> str:
    """What the application at one end met first."""
    if seen is None:
        return "null"
    file = f',"file":{seen.file}' if files != (0,) else ""
    return (
        f'{{"call":"{seen.call}","outcome":{word(seen.outcome)},"at":{moment(seen.at)},"packet":{listed(seen.packet)},'
        f'"basis":"{seen.basis}"{file}}}'
    )


def messages_text(said: Said, files: tuple[int, ...]) -> str:
    """What both ends said, as far as it was read; null if nothing is known of it."""
    if not said.protocol:
        return "null"
    one = partial(message_text, files=files)
    ends = [
        f'"{side}":{{"count":{said.units[at]},"last":{one(said.last[at])},"goodbye":{word(said.goodbyes[at] or None)}}}'
        for at, side in enumerate(("client", "server"))
    ]
    every = f',"every":[{",".join(map(one, said.messages))}],"omitted":{said.dropped}' if said.messages else ""
    return (
        f'{{"protocol":{word(said.protocol)},"product":{word(said.product or None)},"server_name":{word(said.server_name or None)},'
        f'"request":{word(said.request or None)},"answer":{word(said.answer or None)},"alert":{word(said.alert or None)},'
        f"{','.join(ends)}{every}}}"
    )


def message_text(message: Heard | None, files: tuple[int, ...]) -> str:
    """One message."""
    if message is None:
        return "null"
    file = f',"file":{file_of(message.packet)}' if files != (0,) else ""
    return (
        f'{{"from":"{"server" if message.side else "client"}","name":{word(message.name)},"answers":{word(message.answers or None)},'
        f'"packet":{number_of(message.packet)}{file},"time":{moment(message.time)},"bytes":{message.bytes},'
        f'"promised":{listed(message.promised)},"whole":{listed(message.whole)}}}'
    )


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


def files_text(files: tuple[int, ...], before: str = "", after: str = "") -> str:
    """The files of the evidence, where there are several files."""
    return f'{before}"evidence_files":{listed(files)}{after}' if files else ""


def reset_text(reset: Reset) -> str:
    """A RST."""
    accepted = "null" if reset.accepted is None else "true" if reset.accepted else "false"
    file = f'"file":{reset.file},' if reset.evidence_files else ""
    return (
        f'{{"packet":{reset.packet},{file}"by":"{reset.by}","origin":{word(reset.origin)},"accepted":{accepted},'
        f'"shape":{word(reset.shape)},"reason":{listed(reset.reason)},"evidence":{listed(reset.evidence)}{files_text(reset.evidence_files, before=",")}}}'
    )


@lru_cache(4096)
def word(value: str | None) -> str:
    """A word that occurs again and again, or null."""
    return "null" if value is None else quoted(value)


@lru_cache(4096)
def listed(value: Any) -> str:
    """One or several values, tuples also within tuples as lists."""
    return json.dumps(value, separators=(",", ":"))


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
