"""Whatever Wireshark opens, by tshark through pyshark: slow, and only on request.

pyshark runs in a thread with an event loop of its own, so that it works where a loop is running already (Jupyter), and on
Python versions that make none by themselves.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from tcpexplain.errors import CaptureError, TcpexplainError
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import Columns, Frames, Provenance, gather

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Iterator
    from queue import Queue
    from threading import Event

SIGNATURES: tuple[bytes, ...] = ()

BATCH = 1000
"""Packets that wait between the thread and the analysis at most."""

WAIT = 0.1
"""Seconds between two looks whether the other side is still there."""


class TsharkPacket(NamedTuple):
    """A packet as tshark tells it: from its IP header on, if it has one."""

    time: int
    data: bytes
    wire: int
    kind: int


ROOT_NOTICE = "Running as user "
"""What tshark says to root, whatever else happens."""


class Failed(NamedTuple):
    """The end of tshark's output, and its last words; none if all went well."""

    said: str | None


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read whatever tshark reads.

    Raises
    ------
    TcpexplainError
        TE020 if there is no tshark.
    CaptureError
        TE021 if tshark cannot read the file.
    """
    import shutil
    from queue import Queue
    from tempfile import TemporaryDirectory
    from threading import Event, Thread

    if not shutil.which("tshark"):
        raise missing()
    import_module("pyshark")  # where it is missing, that is said here, and not by the thread
    about.format = "tshark"
    about.link_types.append(linktype.find(101))
    with TemporaryDirectory() as folder:
        path = Path(about.name)
        if not path.is_file():
            path = Path(folder, "capture")
            path.write_bytes(source.read())
        queue: Queue[TsharkPacket | Failed] = Queue(BATCH)
        stopped = Event()
        worker = Thread(target=run, args=(path, queue, stopped), name="tshark", daemon=True)
        worker.start()
        try:
            yield from batches(queue, about, columns)
        finally:
            stopped.set()
            worker.join()


def batches(queue: Queue[TsharkPacket | Failed], about: Provenance, columns: Columns) -> Iterator[Frames]:
    """What has come, batch by batch, to the end."""
    item: TsharkPacket | Failed = queue.get()
    while isinstance(item, TsharkPacket):
        found = [item]
        item = queue.get()
        while isinstance(item, TsharkPacket) and len(found) < BATCH:
            found.append(item)
            item = queue.get()
        frames = gather([packet[:3] for packet in found], 0, about, columns)
        frames.link = columns.column([packet.kind for packet in found])
        yield frames
    finish(item, about)


def finish(ended: Failed, about: Provenance) -> None:
    """TE021: an error if there was no packet, else a warning."""
    if ended.said is None:
        return
    message = f"tshark cannot read {about.name}"
    if not about.packets:
        raise CaptureError(message, file=about.name, code="TE021", note=ended.said)
    about.warn("TE021", f"{message} to its end", f"{ended.said}; {about.packets:,} packets were used")


def run(path: Path, queue: Queue[TsharkPacket | Failed], stopped: Event) -> None:
    """Feed the queue until tshark has ended or nobody wants more."""
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    said: str | None = None
    try:
        for packet in packets(path, loop):
            if not put(queue, packet, stopped):
                return
    except Exception as error:  # noqa: BLE001 (whatever pyshark raises is the end of its output)
        words = re.search(r"Last error line: (.*)", str(error))
        said = words[1].removeprefix("tshark: ") if words and words[1] != "None" else str(error).split("\n")[0]
        if said.startswith(ROOT_NOTICE):
            # No fault: pyshark ends a tshark that has written all but not gone yet, and takes that for a crash.
            said = None
    finally:
        loop.close()
    put(queue, Failed(said), stopped)


def put(queue: Queue[TsharkPacket | Failed], item: TsharkPacket | Failed, stopped: Event) -> bool:
    """Put into the queue; False if nobody takes from it any more."""
    from queue import Full

    while not stopped.is_set():
        try:
            queue.put(item, timeout=WAIT)
        except Full:
            continue
        return True
    return False


def packets(path: Path, loop: AbstractEventLoop) -> Iterator[TsharkPacket]:
    """Every packet of the file."""
    import pyshark

    # Packet bytes are only in its JSON output.
    capture = pyshark.FileCapture(str(path), eventloop=loop, keep_packets=False, use_json=True, include_raw=True)
    try:
        for packet in capture:
            yield from_ip_on(packet)
    finally:
        try:
            capture.close()
        finally:
            capture._running_processes.clear()  # noqa: SLF001 (or its destructor closes it again, without a loop)


def from_ip_on(packet: Any) -> TsharkPacket:
    """The innermost IP packet; of a frame without one, the whole, so that it can be said what it is."""
    seconds, _, fraction = str(packet.sniff_timestamp).partition(".")
    time = int(seconds) * 1_000_000_000 + int(f"{fraction:0<9}"[:9])
    frame = packet.frame_raw.value
    wire = int(packet.length)
    headers = [layer.value for layer in packet.layers if layer.layer_name in ("ip_raw", "ipv6_raw")]
    for header in reversed(headers):
        at = frame.find(header)
        if at >= 0 and not at % 2:
            return TsharkPacket(time, bytes.fromhex(frame[at:]), wire - at // 2, linktype.find(101).kind)
    if headers:
        # Decrypted or reassembled by tshark: the headers are not in the frame's own bytes.
        rest = [
            layer.value
            for layer in packet.layers
            if layer.layer_name in ("tcp_raw", "udp_raw", "icmp_raw", "icmpv6_raw")
        ]
        data = bytes.fromhex(headers[-1] + (rest[-1] if rest else ""))
        return TsharkPacket(time, data, len(data), linktype.find(101).kind)
    ethernet = any(layer.layer_name == "eth" for layer in packet.layers)
    return TsharkPacket(time, bytes.fromhex(frame), wire, linktype.find(1 if ethernet else -1).kind)


def missing() -> TcpexplainError:
    """TE020: there is no tshark."""
    return TcpexplainError(
        "pyshark needs the program tshark, and there is none in PATH",
        code="TE020",
        help="leave out --reader (tcpexplain reads this file itself), or install it\napt install tshark   or   brew install wireshark",
        exit_status=3,
    )
