"""Live capture, by libpcap: a thread that leaves Python's lock alone takes packets from the kernel's buffer to a file, and this reads there.

So an analysis that falls behind does not make the kernel drop packets: the file holds them, and the analysis follows.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tcpexplain.errors import TcpexplainError
from tcpexplain.readers import pcap
from tcpexplain.readers.filter import shown
from tcpexplain.wire import linktype
from tcpexplain.wire.capture_thread import Limits, Taker, unwritten
from tcpexplain.wire.growing_file import TICK
from tcpexplain.wire.libpcap import Handle
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.stream import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()
FILES = False

HEADERS, WHOLE = 512, 262144
"""Bytes of a packet that are captured: what verdicts need; with ``save``, all."""

FILE_NUMBERS = {12: 101, 14: 101}
"""Where link type numbers in files differ from libpcap's own (raw IP)."""


def read(
    source: BinaryIO,  # noqa: ARG001 (every reader has one)
    about: Provenance,
    columns: Columns,
    *,
    interface: str,
    expression: str = "",
    limits: Limits | None = None,
    save: str | Path | None = None,
    snap_length: int = 0,
    owner: tuple[int, int] | None = None,
) -> Iterator[Frames]:
    """Capture on ``interface``.

    Parameters
    ----------
    expression
        A BPF filter; libpcap applies it in the kernel.
    limits
        When it ends: when it is told to, if None.
    save
        A pcap file to write to; the analysis reads there.
    snap_length
        Bytes of each packet that are captured; 0: HEADERS, or WHOLE with ``save``.
    owner
        User and group that ``save`` shall belong to where it is made anew.

    Yields
    ------
    Frames
        An empty batch once the interface is open, then what came.

    Raises
    ------
    TcpexplainError
        TE010 without the right to capture, TE011 if there is no such interface, or it has gone, TE012 if the filter does not parse,
        TE005 if its link type is unknown, TE016 without libpcap, TE032 if what comes cannot be written any more: the disk is full.
    """
    handle = opened(interface, snap_length or (WHOLE if save else HEADERS))
    try:
        filtered(handle, expression)
        refuse_unknown(handle.datalink(), interface)
        taker = Taker(handle, interface, about, limits or Limits(), None if save is None else Path(save), owner)
    except BaseException:
        handle.close()
        raise
    yield from taken(taker, about, columns)
    if taker.error:
        raise gone(interface, str(taker.error)) if taker.error.errno is None else unwritten(taker.save, taker.error)


def refuse_unknown(number: int, interface: str) -> None:
    """TE005 where libpcap's number of a link type is none that is known."""
    link = linktype.find(FILE_NUMBERS.get(number, number))
    if link.family == UNKNOWN:
        raise linktype.unknown(link, interface)


def taken(taker: Taker, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """An empty batch, then what ``taker`` takes, until it or whoever asks has enough."""
    try:
        about.format = "live"
        yield nothing(columns)
        taker.start()
        for frames in pcap.read(cast("BinaryIO", Source(taker.reader)), about, columns):
            about.format = "live"
            yield frames
    finally:
        about.format = "live"
        taker.end()


def nothing(columns: Columns) -> Frames:
    """A batch without frames."""
    frames = columns.frames(bytearray(1))
    frames.count, frames.link, frames.packet = 0, (), ()
    return frames


def gone(interface: str, said: str) -> TcpexplainError:
    """TE019: the interface went away during the capture."""
    return TcpexplainError(
        f"the capture on {interface} has ended", code="TE019", note=said,
        help="what came before it was explained; -i any goes on when one interface goes", exit_status=3,
    )  # fmt: skip


def opened(interface: str, snap_length: int) -> Handle:
    """A capture on the interface."""
    import socket

    names = [name for _, name in socket.if_nameindex()] + (["any"] if sys.platform == "linux" else [])
    if interface not in names:
        near = get_close_matches(interface, names, n=1)
        raise TcpexplainError(
            f"no interface {interface}", code="TE011", note=f"there are: {', '.join(names)}",
            help=f"did you mean {near[0]}?" if near else "", exit_status=3,
        )  # fmt: skip
    try:
        return Handle(interface, snap_length, TICK)
    except ImportError as error:
        raise TcpexplainError(
            "capturing needs libpcap, and there is none here", code="TE016", note=str(error),
            help="apt install libpcap0.8   or   brew install libpcap", exit_status=3,
        ) from None  # fmt: skip
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


def filtered(handle: Handle, expression: str) -> None:
    """Let the kernel filter."""
    if not expression:
        return
    try:
        handle.filter(expression)
    except ValueError as error:
        raise TcpexplainError(
            f'the filter "{shown(expression)}" does not parse', code="TE012", note=f"libpcap says: {error}",
            help="for example  tcp port 443 and host 10.0.0.7   (man 7 pcap-filter)",
        ) from None  # fmt: skip
