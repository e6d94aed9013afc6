"""Compile the hot functions ahead, beside an analysis that goes on without: ``python -m tcpexplain.compiling``.

Compiling takes half a minute once after installation. It is done by a process of its own, which puts the result where
``compiled.folder()`` says, so that no capture takes longer than it would without numba.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from io import BytesIO
from shutil import rmtree
from struct import pack
from typing import BinaryIO

from tcpexplain.analyse import Analysis
from tcpexplain.compiled import folder, ready
from tcpexplain.memory import Arrays
from tcpexplain.readers import open_stream
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import Endpoint, packet
from tcpexplain.wire.segment import SYN

STALE = 600
"""Seconds after which a process that compiles has died."""
KEPT = 3
"""Versions of compiled code that are kept."""


def beside() -> bool:
    """Start compiling in the background; False if somebody does, or if there is nowhere to put it."""
    claim = folder() / "compiling"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        if claim.exists() and time.time() - claim.stat().st_mtime > STALE:
            claim.unlink()
        claim.touch(exist_ok=False)
        subprocess.Popen(
            [sys.executable, "-m", "tcpexplain.compiling"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except OSError:
        return False
    return True


def compile_all() -> None:
    """Compile every hot function by analysing a packet in each format, and say that it is done."""
    for capture in (pcap(), pcapng()):
        memory = Arrays()
        analysis = Analysis(memory=memory, every=True)
        for frames in open_stream(capture, "compiling", columns=memory):
            analysis.feed(frames)
        analysis.let_go()
        analysis.finish()
        analysis.segments_of(0)
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / "complete").touch()
    (folder() / "compiling").unlink(missing_ok=True)
    forget_old()


def one_packet() -> bytes:
    """A SYN as a raw IP packet."""
    client, server = Endpoint.parse("192.0.2.1:50000"), Endpoint.parse("192.0.2.2:80")
    data, _ = packet(client, server, LadderSegment(True, flags=SYN), 1)
    return data


def pcap() -> BinaryIO:
    """A pcap file of one packet."""
    data = one_packet()
    return BytesIO(
        pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + pack("<IIII", 1, 0, len(data), len(data)) + data
    )


def pcapng() -> BinaryIO:
    """A pcapng file of one packet."""
    data = one_packet()
    padded = data + bytes(-len(data) % 4)
    section = pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = pack("<IIHHII", 1, 20, 101, 0, 0, 20)
    size = 32 + len(padded)
    return BytesIO(
        section + interface + pack("<IIIIIII", 6, size, 0, 0, 1, len(data), len(data)) + padded + pack("<I", size)
    )


def forget_old() -> None:
    """Remove what older versions compiled."""
    versions = sorted(
        (path for path in folder().parent.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
    )
    for path in versions[:-KEPT]:
        rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    os.nice(5)
    if not ready():
        compile_all()
