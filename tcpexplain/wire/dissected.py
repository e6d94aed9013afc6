"""Packets that tshark has taken apart: fields by Wireshark's names, in the order of the packet, made into packets again."""

from __future__ import annotations

import re
from datetime import datetime
from struct import pack
from typing import TYPE_CHECKING

from tcpexplain.wire.ip_header import from_ip_on, length_of
from tcpexplain.wire.notation import FLAGS
from tcpexplain.wire.printed import Printed, endpoint, options_of
from tcpexplain.wire.segment import ACK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcpexplain.wire.host_names import HostNames

Fields = "list[tuple[str, str]]"

NAMES = (
    "frame.time_epoch", "frame.time_relative", "frame.time", "frame.len", "frame.number", "ip.src", "ip.dst", "ip.ttl", "ip.id", "ip.proto",
    "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.nxt", "ip.host", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.flags.str", "tcp.seq", "tcp.seq_raw",
    "tcp.ack", "tcp.ack_raw", "tcp.len", "tcp.window_size_value", "tcp.window_size", "tcp.options", "tcp.options.mss_val",
    "tcp.options.wscale.shift", "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack_perm", "tcp.stream", "icmp.type", "icmp.code",
    "icmpv6.type", "icmpv6.code", "frame_raw", "udp.srcport", "udp.length",
    *(f"tcp.flags.{flag}" for flag in ("syn", "ack", "fin", "reset", "push", "urg")),
)  # fmt: skip
"""The fields that are used; others are passed over."""

SAYS = {"syn": "SYN", "ack": "ACK", "fin": "FIN", "reset": "RST", "push": "PSH", "urg": "URG"}
LETTERS = {"S": "SYN", "A": "ACK", "F": "FIN", "R": "RST", "P": "PSH", "U": "URG", "C": "CWR", "E": "ECE"}
SECOND = 1_000_000_000


def printed(fields: Iterable[tuple[str, str]], names: HostNames) -> Printed:
    """The packet of these fields; of several headers the innermost, and behind an ICMP error's the one it quotes."""
    layers: list[dict[str, str]] = [{}]
    frame: dict[str, str] = {}
    for name, value in fields:
        if name.startswith("frame"):
            frame.setdefault(name, value)
            continue
        if name in ("ip.src", "ipv6.src") and ("ip.src" in layers[-1] or "ipv6.src" in layers[-1]):
            layers.append({})
        layers[-1].setdefault(name, value)
    one = _of(layers, names)
    one.time, one.wire = time_of(frame), int(frame.get("frame.len", "0") or 0)
    if raw := frame.get("frame_raw"):
        data = from_ip_on(bytes.fromhex(raw))
        one.raw, one.wire = data, length_of(data) if data else 0
    return one


def _of(layers: list[dict[str, str]], names: HostNames) -> Printed:
    """The innermost packet."""
    for place, layer in enumerate(layers):
        kind = layer.get("icmp.type") or layer.get("icmpv6.type")
        if kind is not None and len(layers) > place + 1:
            one = _layer(layer, names)
            one.icmp = (number(kind), number(layer.get("icmp.code") or layer.get("icmpv6.code") or "0"))
            one.quoted = _layer(layers[place + 1], names)
            return one
    return _layer(layers[-1], names)


def _layer(said: dict[str, str], names: HostNames) -> Printed:
    """One packet of one header."""
    one = Printed()
    source, target = said.get("ip.src") or said.get("ipv6.src"), said.get("ip.dst") or said.get("ipv6.dst")
    if not source or not target:
        return one
    six = "ipv6.src" in said
    ports = number(said.get("tcp.srcport", "0")), number(said.get("tcp.dstport", "0"))
    one.sender = endpoint(str(names.address(source, six=six)), ports[0])
    one.receiver = endpoint(str(names.address(target, six=six)), ports[1])
    one.ttl = number(said.get("ip.ttl") or said.get("ipv6.hlim") or "0")
    one.ip_id = number(said.get("ip.id", "0"))
    if "tcp.srcport" not in said:
        one.protocol = number(said.get("ip.proto") or said.get("ipv6.nxt") or "17")
        one.protocol = 17 if one.protocol == 6 else one.protocol
        return one
    one.flags = flags_of(said)
    one.seq = number(said.get("tcp.seq_raw") or said.get("tcp.seq") or "-1")
    one.ack = number(said.get("tcp.ack_raw") or said.get("tcp.ack") or "0") if one.flags & ACK else 0
    one.length = number(said.get("tcp.len") or "0")
    window = said.get("tcp.window_size_value") or said.get("tcp.window_size")
    one.window = min(number(window), 0xFFFF) if window else None
    one.options = options_in(said)
    return one


def flags_of(said: dict[str, str]) -> int:
    """The flags: as a number, as letters, or one by one."""
    if "tcp.flags" in said:
        return number(said["tcp.flags"]) & 0xFF
    if "tcp.flags.str" in said:
        return sum({FLAGS[LETTERS[letter]] for letter in said["tcp.flags.str"] if letter in LETTERS})
    return sum(
        FLAGS[flag] for name, flag in SAYS.items() if said.get(f"tcp.flags.{name}", "0").lower() in ("1", "true", "set")
    )


def options_in(said: dict[str, str]) -> bytes:
    """The options: their bytes, or made of the values that are there."""
    if value := said.get("tcp.options"):
        try:
            return bytes.fromhex(value.replace(":", ""))
        except ValueError:
            return options_of(value)
    found = b""
    if mss := said.get("tcp.options.mss_val"):
        found += pack(">BBH", 2, 4, number(mss) & 0xFFFF)
    if scale := said.get("tcp.options.wscale.shift"):
        found += pack(">BBB", 3, 3, number(scale) & 0xFF)
    if "tcp.options.sack_perm" in said:
        found += b"\x04\x02"
    if value := said.get("tcp.options.timestamp.tsval"):
        found += pack(
            ">BBII",
            8,
            10,
            number(value) & 0xFFFFFFFF,
            number(said.get("tcp.options.timestamp.tsecr", "0")) & 0xFFFFFFFF,
        )
    return found


def number(text: str) -> int:
    """``0x0002``, ``12``, ``1,234``; 0 of what is none."""
    try:
        return int(text.strip().replace(",", ""), 0)
    except ValueError:
        found = re.match(r"\s*(\d+)", text)
        return int(found[1]) if found else 0


def time_of(frame: dict[str, str]) -> int | None:
    """Nanoseconds of the frame's time."""
    said = frame.get("frame.time_epoch") or frame.get("frame.time_relative")
    if said and re.fullmatch(r"-?\d+(?:\.\d+)?", said.strip()):
        return nanoseconds(said.strip())
    if found := re.search(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", said or frame.get("frame.time", "")):
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        return int(moment.timestamp()) * SECOND + int(f"{found[3] or '0':0<9}")
    return None


def nanoseconds(seconds: str) -> int:
    """Nanoseconds of ``12.000123``."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * SECOND + int(f"{fraction:0<9}"[:9] or 0)
