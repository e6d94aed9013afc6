"""Live capture, by scapy on libpcap: scapy's own socket on Linux delivers every loopback packet twice."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from difflib import get_close_matches
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain.errors import TcpexplainError
from tcpexplain.wire import linktype
from tcpexplain.wire.frames import CAPACITY, Columns, Frames, Provenance, gather
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.write import PcapWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNATURES: tuple[bytes, ...] = ()
FILES = False

TICK = 0.1
"""Seconds after which a batch is passed on, also an empty one."""

SNAP_LENGTH = 262144
BATCH_BYTES = 1 << 20

FILE_NUMBERS = {12: 101, 14: 101}
"""Where link type numbers in files differ from libpcap's own (raw IP)."""


def read(
    source: BinaryIO,  # noqa: ARG001 (every reader has one)
    about: Provenance,
    columns: Columns,
    *,
    interface: str,
    expression: str = "",
    count: int = 0,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
    save: str | Path | None = None,
) -> Iterator[Frames]:
    """Capture on ``interface``.

    Parameters
    ----------
    expression
        A BPF filter; libpcap applies it in the kernel.
    count, timeout, stop
        Ends after so many packets, so many seconds, or when ``stop()`` is true (asked every TICK); 0 and None: never.
    save
        A pcap file to write what is passed on to.

    Yields
    ------
    Frames
        What came within TICK, perhaps nothing.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, TE012 if the filter does not parse,
        TE005 if its link type is unknown, TE016 without libpcap.
    """
    from select import select

    with closing(opened(interface)) as handle:
        filtered(handle, expression)
        number = handle.datalink()
        link = linktype.find(FILE_NUMBERS.get(number, number))
        if link.family == UNKNOWN:
            raise linktype.unknown(link, interface)
        about.format = "live"
        about.link_types.append(link)
        handle.setnonblock(1)
        file = Path(save).open("wb") if save else None  # noqa: SIM115 (closed below)
        writer = PcapWriter(file, link.number) if file else None
        end = None if timeout is None else monotonic() + timeout
        try:
            while not (count and about.packets >= count) and not (stop and stop()) and not (end and monotonic() >= end):
                select([handle.fileno()], [], [], TICK if end is None else max(min(TICK, end - monotonic()), 0))
                packets = drained(handle, min(CAPACITY, count - about.packets) if count else CAPACITY)
                if writer:
                    for time, data, wire in packets:
                        writer.write(time, data, wire)
                    writer.flush()
                yield gather(packets, link.kind, about, columns)
        finally:
            if file:
                file.close()
            if lost := dropped(handle):
                about.lost(lost)


def opened(interface: str) -> Any:
    """Scapy's handle of a libpcap capture."""
    import socket

    names = [name for _, name in socket.if_nameindex()] + (["any"] if sys.platform == "linux" else [])
    if interface not in names:
        near = get_close_matches(interface, names, n=1)
        raise TcpexplainError(
            f"no interface {interface}", code="TE011", note=f"there are: {', '.join(names)}",
            help=f"did you mean {near[0]}?" if near else "", exit_status=3,
        )  # fmt: skip
    from scapy.config import conf

    # Whoever imported this module of scapy's before without wanting libpcap has one without open_pcap.
    if not hasattr(sys.modules.get("scapy.arch.libpcap"), "open_pcap"):
        sys.modules.pop("scapy.arch.libpcap", None)
    try:
        conf.use_pcap = True
        from scapy.arch.libpcap import open_pcap
    except (ImportError, OSError) as error:
        raise TcpexplainError(
            "capturing needs libpcap, and there is none here", code="TE016", note=str(error),
            help="apt install libpcap0.8   or   brew install libpcap", exit_status=3,
        ) from None  # fmt: skip
    try:
        return open_pcap(interface, snaplen=SNAP_LENGTH, promisc=False, to_ms=int(TICK * 1000))
    except OSError as error:
        raise refused(interface, str(error)) from None


def refused(interface: str, said: str) -> TcpexplainError:
    """TE010: libpcap does not open the interface."""
    if "permi" not in said.lower():
        return TcpexplainError(
            f"cannot capture on {interface}", code="TE010", note=f"libpcap says: {said}", exit_status=3
        )
    return TcpexplainError(
        f"not allowed to capture on {interface}", code="TE010", note="capturing needs CAP_NET_RAW; this process has none",
        help=f"run only the capture as root\nsudo tcpdump -i {interface} -U -w - tcp | tcpexplain -", exit_status=3,
    )  # fmt: skip


def filtered(handle: Any, expression: str) -> None:
    """Let the kernel filter."""
    if not expression:
        return
    from scapy.error import Scapy_Exception

    try:
        handle.setfilter(expression)
    except Scapy_Exception as error:
        said = str(error).removeprefix("Cannot set filter: ")
        raise TcpexplainError(
            f'the filter "{expression}" does not parse', code="TE012", note=f"libpcap says: {said}",
            help="for example  tcp port 443 and host 10.0.0.7   (man 7 pcap-filter)",
        ) from None  # fmt: skip


def drained(handle: Any, limit: int) -> list[tuple[int, bytes, int]]:
    """What has arrived: time in nanoseconds, bytes, length on the wire.

    Not by scapy's ``next``, which has neither the length on the wire nor whole microseconds.
    """
    import ctypes

    from scapy.libs.winpcapy import pcap_next_ex

    packets: list[tuple[int, bytes, int]] = []
    size = 0
    while len(packets) < limit and size < BATCH_BYTES:
        if pcap_next_ex(handle.pcap, ctypes.byref(handle.header), ctypes.byref(handle.pkt_data)) <= 0:
            break
        header = handle.header.contents
        time = header.ts.tv_sec * 1_000_000_000 + header.ts.tv_usec * 1000
        packets.append((time, ctypes.string_at(handle.pkt_data, header.caplen), header.len))
        size += header.caplen
    return packets


def dropped(handle: Any) -> int:
    """Packets that the kernel or the interface dropped, because this process was too slow."""
    import ctypes

    from scapy.libs import winpcapy

    statistics = winpcapy.pcap_stat()
    with suppress(OSError, AttributeError):
        if winpcapy.pcap_stats(handle.pcap, ctypes.byref(statistics)) == 0:
            return int(statistics.ps_drop + statistics.ps_ifdrop)
    return 0
