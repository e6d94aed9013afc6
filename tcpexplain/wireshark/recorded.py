"""A capture just recorded, once more as pcapng, with comments before its packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.capture import Origin
from tcpexplain.wireshark.again import packets
from tcpexplain.wireshark.blocks import PcapngWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_recorded(source: Path, target: Path, comments: Iterable[str]) -> None:
    """Write the packets of a pcap file, all of one link type, after the comments, which stand in interface statistics."""
    with target.open("wb") as file:
        writer, interface = PcapngWriter(file, (), "tcpexplain"), -1
        for packet in packets(Origin((str(source),))):
            if interface < 0:
                interface = writer.interface(packet.link, "live")
                for comment in comments:
                    writer.statistics(interface, packet.time, comment)
            writer.packet(interface, packet.time, packet.data, packet.wire)
