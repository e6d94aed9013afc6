"""What stands in a field of a connection, as JSON text. What repeats is put into words once."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any

from tcpexplain.units import iso
from tcpexplain.wire.segment import file_of, number_of

if TYPE_CHECKING:
    from tcpexplain.model.calls import Seen
    from tcpexplain.model.connection import Tunnel
    from tcpexplain.model.links import Link
    from tcpexplain.model.points import CapturePoint, Journey, Sight, United
    from tcpexplain.model.said import Heard, Said

__all__ = ["quoted"]


@lru_cache(4096)
def word(value: str | None) -> str:
    """A word that occurs again and again, or null."""
    return "null" if value is None else quoted(value)


@lru_cache(4096)
def listed(value: Any) -> str:
    """One or several values, tuples also within tuples as lists."""
    return json.dumps(value, separators=(",", ":"))


def numbers_text(values: tuple[int, ...]) -> str:
    """Numbers that few connections share."""
    return f"[{','.join(map(str, values))}]"


def number_or_null(value: float | None) -> object:
    """A number that may be missing."""
    return "null" if value is None else value


def flag_word(value: bool) -> str:
    """True or false."""
    return "true" if value else "false"


def nanoseconds(seconds: float) -> float:
    """A time without what is below a nanosecond."""
    return round(seconds, 9)


def moment(time: int | None) -> str:
    """An instant, or null."""
    return "null" if time is None else f'"{iso(time)}"'


def tunnel_text(tunnel: Tunnel) -> str:
    """What the packets were wrapped in."""
    return f'{{"type":"{tunnel.type}","id":{listed(tunnel.id)}}}'


def tunnels_text(tunnels: tuple[Tunnel, ...]) -> str:
    """What the packets were wrapped in, each by itself."""
    return f"[{','.join(map(tunnel_text, tunnels))}]"


def united_text(united: United | None, files: tuple[int, ...]) -> str:
    """The points at which a connection was seen, and what was lost or made between them; empty for a single point."""
    if united is None:
        return ""
    points = ",".join(map(point_text, united.points))
    return f',"points":[{points}],"between_points":[{",".join(passage_text(one, files) for one in united.odd)}]'


def linked_text(linked: tuple[Link, ...]) -> str:
    """The other halves of an exchange at a proxy; empty where there is none."""
    return f',"linked":[{",".join(map(link_text, linked))}]' if linked else ""


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
    steps = ",".join(f'{{"at":"{iso(begin)}","seconds":{json.dumps(more)}}}' for begin, more in point.clock_steps)
    return (
        f'{{"point":{word(point.name)},"file":{point.file},{ends},"clock_offset":{json.dumps(point.clock_offset)},'
        f'"drift":{json.dumps(point.drift)},"clock_steps":[{steps}],"delay":{json.dumps(point.delay)},"packets":{point.packets}}}'
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


def files_text(files: tuple[int, ...]) -> str:
    """The files of the evidence, where there are several files."""
    return f',"evidence_files":{listed(files)}' if files else ""
