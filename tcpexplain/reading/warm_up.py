"""Calls every hot function once, so that it is compiled: ``python -m tcpexplain.reading.warm_up``; see ``native.build``."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays
from tcpexplain.native.build import CHECK, compile_all
from tcpexplain.native.translate import OnDisk, dispatcher, ready
from tcpexplain.parallel.blocks import Blocks
from tcpexplain.parallel.join import Share, share_analysed
from tcpexplain.readers import open_stream
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.segment import RST, SYN

if TYPE_CHECKING:
    from types import FunctionType


def every_hot_function() -> list[FunctionType]:
    """The functions that ``Arrays.hot`` is asked for, each called once, by analysing a packet in each format."""
    memory = NotingArrays()
    found: list[FunctionType] = []
    for capture in (pcap(), pcapng()):
        analysis = Analysis(memory=memory, every=True)
        for frames in open_stream(capture, "compiling", columns=memory):
            analysis.feed(frames)
        analysis.let_go()
        analysis.every = analysis.tell = False
        analysis.condense()
        analysis.begin_folding()
        analysis.finish()
        analysis.segments_of(0)
        read_in_halves(memory)
        found += [function for function in memory.asked if function not in found]
    return found


def read_in_halves(memory: NotingArrays) -> None:
    """Read a capture as one of several."""
    with TemporaryDirectory() as folder:
        blocks = Blocks(memory, Path(folder) / "blocks")
        for frames in open_stream(pcap(), "compiling", columns=memory):
            blocks.feed(frames, 0)
        blocks.end()
        share_analysed(Share(((tuple(blocks.found), True),), ((0, 1),), 1), memory)


class NotingArrays(Arrays):
    """Arrays that know which functions they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[FunctionType] = []

    def hot(self, function: Any) -> Any:
        """See ``Arrays.hot``."""
        self.asked.append(function)
        return OnDisk(function) if CHECK in sys.argv else dispatcher(function)


def two_packets() -> list[bytes]:
    """A RST and a SYN of two connections as raw IP packets: the first has ended, and can be let go when the other begins."""
    server = SocketAddress.parse("192.0.2.2:80")
    return [
        packet(SocketAddress.parse(client), server, LadderSegment(True, flags=flags, seq=1), 1)[0]
        for client, flags in (("192.0.2.1:50000", RST), ("192.0.2.1:50001", SYN))
    ]


def pcap() -> BinaryIO:
    """A pcap file of both, the second an hour later."""
    header = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    records = (pack("<IIII", 3600 * n, 0, len(data), len(data)) + data for n, data in enumerate(two_packets(), start=1))
    return BytesIO(header + b"".join(records))


def pcapng() -> BinaryIO:
    """A pcapng file of both."""
    section = pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = pack("<IIHHII", 1, 20, 101, 0, 0, 20)
    return BytesIO(section + interface + b"".join(block(data) for data in two_packets()))


def block(data: bytes) -> bytes:
    """An enhanced packet block."""
    padded = data + bytes(-len(data) % 4)
    size = 32 + len(padded)
    return pack("<IIIIIII", 6, size, 0, 0, 1, len(data), len(data)) + padded + pack("<I", size)


if __name__ == "__main__":
    os.nice(5)
    if CHECK in sys.argv:
        every_hot_function()
        sys.exit("numba" in sys.modules)
    if not ready():
        compile_all(every_hot_function())
