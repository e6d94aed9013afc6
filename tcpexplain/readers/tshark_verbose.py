"""tshark's ``-V`` and Wireshark's "packet details", as they are printed or copied; bytes, where ``-x`` adds them, come first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire.dissected import printed
from tcpexplain.wire.hexdump import Dump
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed_frames import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance
    from tcpexplain.wire.printed import Printed

SIGNATURES: tuple[bytes, ...] = ()

_FRAME = re.compile(r"^\s*Frame (\d+)(?::| \()")
_SAYS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("frame.time_epoch", r"^\s*(?:UTC )?Epoch (?:Arrival )?Time: (\S+)"),
        ("frame.time_relative", r"^\s*\[Time since (?:reference or )?first frame: ([\d.]+) seconds\]"),
        ("frame.len", r"^\s*Frame Length: (\d+)"),
        ("ip.src", r"^\s*Source(?: Address)?: (\d+\.\d+\.\d+\.\d+)"),
        ("ip.dst", r"^\s*Destination(?: Address)?: (\d+\.\d+\.\d+\.\d+)"),
        ("ipv6.src", r"^\s*Source(?: Address)?: ([0-9a-f]*:[0-9a-f:.]+)$"),
        ("ipv6.dst", r"^\s*Destination(?: Address)?: ([0-9a-f]*:[0-9a-f:.]+)$"),
        ("ip.ttl", r"^\s*Time to [Ll]ive: (\d+)"),
        ("ipv6.hlim", r"^\s*Hop [Ll]imit: (\d+)"),
        ("ip.id", r"^\s*Identification: (0x[0-9a-f]+)"),
        ("ip.proto", r"^\s*Protocol: \S+ \((\d+)\)"),
        ("tcp.srcport", r"^\s*Source [Pp]ort: (?:\S+ \()?(\d+)"),
        ("tcp.dstport", r"^\s*Destination [Pp]ort: (?:\S+ \()?(\d+)"),
        ("tcp.len", r"^\s*\[TCP Segment Len: (\d+)"),
        ("tcp.seq_raw", r"^\s*Sequence [Nn]umber \(raw\): (\d+)"),
        ("tcp.seq", r"^\s*Sequence [Nn]umber: (\d+)"),
        ("tcp.ack_raw", r"^\s*Acknowledgment [Nn]umber \(raw\): (\d+)"),
        ("tcp.ack", r"^\s*Acknowledgment [Nn]umber: (\d+)"),
        ("tcp.flags", r"^\s*(?:\S+ \S+ = )?Flags: (0x[0-9a-f]{3})\b(?! ?,? ?Don)"),
        ("tcp.window_size_value", r"^\s*Window(?: size value)?: (\d+)"),
        ("icmp.type", r"^\s*Type: (\d+) \((?:Destination unreachable|Time-to-live exceeded|Time exceeded)"),
        ("icmp.code", r"^\s*Code: (\d+) \("),
        ("icmpv6.type", r"^\s*Type: (?:Destination Unreachable|Packet Too Big|Time Exceeded) \((\d+)\)"),
        ("icmpv6.code", r"^\s*Code: (?!\d+ \()\S.*\((\d+)\)"),
    )
)
_OPTION = re.compile(r"^\s*TCP Option - (.*)$")


def knows(text: str) -> bool:
    """Whether this is the beginning of such details."""
    return (
        bool(re.search(r"^\s*(?:>\s*)*Frame \d+(?::| \()", text, re.MULTILINE))
        and "Transmission Control Protocol" in text
    )


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read printed details."""
    yield from batches(parsed(lines(decoded(source.read()))), "tshark-verbose", about, columns)


def parsed(rows: list[str]) -> list[Printed]:
    """All packets of the text."""
    names, packets, dump = HostNames(), [], Dump()
    fields: list[tuple[str, str]] = []
    words: list[str] = []
    begun = False
    for row in rows:
        if _FRAME.match(row):
            if begun:
                packets.append(_packet(fields, words, dump, names))
            begun, fields, words = True, [], []
            dump.clear()
        elif not begun or dump.take(row):
            continue
        elif option := _OPTION.match(row):
            words.append(option[1])
        else:
            fields += _fields(row)
    if begun:
        packets.append(_packet(fields, words, dump, names))
    return packets


def _fields(row: str) -> list[tuple[str, str]]:
    """The field of a line, if it is one of those that are used."""
    if ":" not in row:
        return []
    return [(name, found[1]) for name, pattern in _SAYS if (found := pattern.match(row))]


def _packet(fields: list[tuple[str, str]], words: list[str], dump: Dump, names: HostNames) -> Printed:
    """One packet."""
    size = next((int(value) for name, value in fields if name == "frame.len"), 0)
    if dump.data and len(dump.data) >= size > 0:
        # Shorter ones are of a part of the packet: its payload.
        fields = [*fields, ("frame_raw", dump.data.hex())]
    said = [*fields, ("tcp.options", _worded(words))] if words else fields
    return printed(said, names)


def _worded(words: list[str]) -> str:
    """Options in tcpdump's words, in their order."""
    forms = (
        (r"Maximum segment size: (\d+)", "mss {0}"),
        (r"SACK permitted", "sackOK"),
        (r"Timestamps: TSval (\d+), TSecr (\d+)", "TS val {0} ecr {1}"),
        (r"No-Operation", "nop"),
        (r"Window scale: (\d+)", "wscale {0}"),
        (r"End of Option List", "eol"),
    )
    told = []
    for word in words:
        for pattern, form in forms:
            if found := re.match(pattern, word):
                told.append(form.format(*found.groups()))
        if word.startswith("SACK") and (edges := re.findall(r"(\d+)-(\d+)", word)):
            told.append("sack 1 " + "".join(f"{{{left}:{right}}}" for left, right in edges))
    return ",".join(told)
