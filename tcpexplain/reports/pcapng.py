"""A capture for Wireshark: the packets as they were, each with its comment, the verdicts as comments of the file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.errors import TcpexplainError
from tcpexplain.pseudonyms.capture import HiddenOrigin
from tcpexplain.story.files import names_of
from tcpexplain.wireshark.again import packets
from tcpexplain.wireshark.blocks import PcapngWriter
from tcpexplain.wireshark.chosen import Membership, cited, with_trouble
from tcpexplain.wireshark.comments import comments, origin_of
from tcpexplain.wireshark.verdicts import roles, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tcpexplain.model.capture import Capture, Origin
    from tcpexplain.model.connection import Connection
    from tcpexplain.wireshark.again import Captured
    from tcpexplain.wireshark.comments import Place

SUFFIXES = (".pcapng",)
DRAWS: tuple[str, ...] = ()

CHANGED = (
    "anonymized: these are not the packets as they were captured. Addresses stand for others, of which two share as many leading bits. "
    "Left out are payload, link layers with their MAC addresses, the values of TCP options but MSS, window scale, SACK and timestamps, packets that "
    "are not TCP, and wrappings but IP in IP, GRE, VXLAN, Geneve and GTP-U. Checksums are computed anew, as if payload were zeros. "
    "Ports, times, sequence numbers, TTLs and the numbers of tunnels' networks are those captured."
)
"""What is said of packets that are written under other names."""
MOST = 2000
"""Connections whose packets get comments, the worst first."""


def write(
    capture: Capture,
    target: Path | None,
    *,
    stream: int | None = None,
    draw: str = "diagram",  # noqa: ARG001 (there is no picture in it)
    theme: str = "light",  # noqa: ARG001 (nor a colour)
    evidence: bool = False,
) -> None:
    """Write the packets of the capture, or of one connection or of those chosen, with comments.

    ``evidence``: only those that verdicts cite, with their neighbours; of connections that are not fine, if there are any.

    Raises
    ------
    TcpexplainError
        TE034 if the packets cannot be read a second time: the capture came through a pipe.
    CaptureError
        What reading raises, if the files have changed meanwhile.
    """
    origin = again(capture)
    whole = stream is None
    shown = capture.worst(MOST) if stream is None else (capture.stream(stream),)
    told = with_trouble(shown) if evidence else shown
    if target is None:
        write_to(sys.stdout.buffer, capture, origin, told, whole=whole, evidence=evidence)
        return
    with target.open("wb") as file:
        write_to(file, capture, origin, told, whole=whole, evidence=evidence)


def again(capture: Capture) -> Origin:
    """Where the packets are read a second time."""
    if capture.origin is None:
        raise TcpexplainError(
            "the packets cannot be read a second time, to be written with comments",
            code="TE034",
            note=f"they came from {', '.join(names_of(capture)) or 'nowhere'}",
            help="save them first:  cat > capture.pcap   then   tcpexplain capture.pcap -o annotated.pcapng",
        )
    return capture.origin


def write_to(
    file: BinaryIO, capture: Capture, origin: Origin, told: Sequence[Connection], *, whole: bool, evidence: bool
) -> None:
    """Write to an open file."""
    part = evidence or not whole or len(capture) < origin.connections
    hidden = isinstance(origin, HiddenOrigin)
    notes = notes_of(told, part=part or hidden)
    about = [*verdicts(capture, told, whole=whole), *([CHANGED] if hidden else [])]
    writer = PcapngWriter(file, about, "tcpexplain")
    if named := roles(told):
        writer.names(named)
    names, interfaces = names_of(capture), dict[tuple[int, int], int]()
    for packet in chosen(origin, told, part=part, evidence=evidence):
        known = packet.file, packet.link
        if known not in interfaces:
            interfaces[known] = writer.interface(packet.link, names[min(packet.file, len(names) - 1)])
        place = packet.file, packet.packet
        writer.packet(interfaces[known], max(packet.time, 0), packet.data, packet.wire, notes.get(place, ()))


def notes_of(told: Sequence[Connection], *, part: bool) -> dict[Place, list[str]]:
    """The comments of all packets; of a ``part`` of a capture they say where the packet was."""
    found: dict[Place, list[str]] = {}
    for connection in told:
        for place, texts in comments(connection).items():
            found.setdefault(place, []).extend([*texts, *([origin_of(connection, place)] if part else [])])
    return found


def chosen(origin: Origin, told: Sequence[Connection], *, part: bool, evidence: bool) -> Iterator[Captured]:
    """The packets to write, in their order."""
    if evidence:
        wanted = cited(told)
        return (packet for packet in packets(origin) if (packet.file, packet.packet) in wanted)
    if part:
        members = Membership(told)
        return (packet for packet in packets(origin) if members.has(packet))
    return packets(origin)
