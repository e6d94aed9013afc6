"""Live capture, by libpcap: a thread that leaves Python's lock alone takes packets from the kernel's buffer to a file, and this reads there.

So an analysis that falls behind does not make the kernel drop packets: the file holds them, and the analysis follows.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import threading
from contextlib import suppress
from difflib import get_close_matches
from io import FileIO, RawIOBase
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, BinaryIO, cast

from tcpexplain.errors import TcpexplainError
from tcpexplain.readers import pcap
from tcpexplain.readers.filter import shown
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire import linktype
from tcpexplain.wire.libpcap import Handle, PacketDump
from tcpexplain.wire.link import UNKNOWN
from tcpexplain.wire.stream import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Buffer

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()
FILES = False

TICK = 0.1
"""Seconds after which what has come is passed on."""
HEADERS, WHOLE = 512, 262144
"""Bytes of a packet that are captured: what verdicts need; with ``save``, all."""
COUNT_DROPS = 1.0
"""Seconds between two looks at how many packets the kernel has dropped."""
NETWORK = Path("/sys/class/net")
PCAP_HEADER = 24
PART, PARTS = 32 << 20, 16
"""Bytes of a file without a name that packets are put into until they are looked at, and how many of these there are at most."""

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
        number = handle.datalink()
        link = linktype.find(FILE_NUMBERS.get(number, number))
        if link.family == UNKNOWN:
            raise linktype.unknown(link, interface)  # noqa: TRY301 (the handle is closed below)
        taker = Taker(handle, interface, about, limits or Limits(), None if save is None else Path(save), owner)
    except BaseException:
        handle.close()
        raise
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
    if taker.error:
        raise gone(interface, str(taker.error)) if taker.error.errno is None else unwritten(taker.save, taker.error)


def nothing(columns: Columns) -> Frames:
    """A batch without frames."""
    frames = columns.frames(bytearray(1))
    frames.count, frames.link, frames.packet = 0, (), ()
    return frames


class Limits(NamedTuple):
    """When a capture ends, and when it goes on in a new file; 0 and None: never."""

    packets: int = 0
    seconds: float | None = None
    stop: Callable[[], bool] | None = None
    """Asked every TICK whether to end."""
    rotate: Callable[[], bool] | None = None
    """Asked every TICK whether to go on in a new file of the same name: the one of before has been renamed."""


class Taker(threading.Thread):
    """Takes packets from the kernel's buffer to a file; ``reader`` reads them there.

    Parameters
    ----------
    handle
        The capture, which is closed at the end.
    interface
        What it captures on.
    about
        Learns how many packets the kernel dropped, while it goes on.
    limits
        When to end.
    save
        The file; one without a name if None.
    owner
        Whom it belongs to where it is made anew; whoever runs this if None.

    Raises
    ------
    OSError
        If the file cannot be written to.
    """

    def __init__(
        self,
        handle: Handle,
        interface: str,
        about: Provenance,
        limits: Limits,
        save: Path | None,
        owner: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.owner = owner
        self.handle, self.interface, self.about, self.limits, self.save = handle, interface, about, limits, save
        self.until = inf if limits.seconds is None else monotonic() + limits.seconds
        self.error: OSError | None = None
        self.halted = threading.Event()
        self.looked, self.taken = monotonic(), 0
        self.reader = Following()
        self.begin()

    def begin(self) -> None:
        """Go on in a new file, ``save`` or one without a name, which is gone when nobody reads it any more."""
        self.written, place = create(self.save, self.owner) if self.save else tempfile.mkstemp(".pcap", ".tcpexplain-")
        try:
            following = FileIO(place, "rb")
        finally:
            if not self.save:
                Path(place).unlink()
        try:
            self.dump = PacketDump(self.handle, self.written)
        except OSError as error:
            raise unwritten(self.save, error) from None
        self.reader.go_on(following)

    def run(self) -> None:
        """Take packets until the end that was asked for, or the interface's."""
        try:
            while not self.is_over():
                self.step()
        except OSError as error:
            self.error = None if self.halted.is_set() else error
        finally:
            self.note_drops()
            self.dump.close()
            self.reader.whole.set()

    def is_over(self) -> bool:
        """Whether the capture is to end."""
        packets, _, stop, _ = self.limits
        return bool(
            self.halted.is_set()
            or (packets and self.taken >= packets)
            or monotonic() >= self.until
            or (stop and stop())
        )

    def step(self) -> None:
        """Take what comes within TICK."""
        rotate = self.limits.rotate
        select.select([self.handle.fileno()], [], [], max(min(TICK, self.until - monotonic()), 0))
        if (rotate and rotate()) or (not self.save and os.fstat(self.written).st_size > PART):
            self.dump.close()
            self.begin()
        if not self.save and len(self.reader.files) > PARTS:
            sleep(
                TICK
            )  # the analysis is far behind: what does not fit into the kernel's buffer is dropped, and counted
            return
        self.taken += self.dump.take(self.limits.packets - self.taken if self.limits.packets else -1)
        self.dump.flush()
        self.about.captured = self.taken
        if monotonic() - self.looked >= COUNT_DROPS:
            self.note_drops()
            if not is_up(self.interface):
                raise OSError("the interface went down, or is not there any more")

    def note_drops(self) -> None:
        """Say how many packets the kernel has dropped by now."""
        self.looked = monotonic()
        self.about.missed = self.handle.dropped()

    def end(self) -> None:
        """End the capture; what it dropped becomes one warning."""
        self.halted.set()
        self.reader.close()
        if self.ident is None:
            self.dump.close()
        else:
            self.join()
        self.handle.close()
        lost, self.about.missed = self.about.missed, 0
        if lost:
            self.about.lost(lost)


class Following(RawIOBase):
    """A file that is read while it is written, and those that follow it; at its end one waits, until it is ``whole``."""

    def __init__(self) -> None:
        self.whole = threading.Event()
        self.files: list[FileIO] = []

    def readable(self) -> bool:
        """Always."""
        return True

    def go_on(self, following: FileIO) -> None:
        """Another file follows, which has its header already; the first one's is enough for all."""
        if self.files:
            following.seek(PCAP_HEADER)
        self.files.append(following)

    def readinto(self, buffer: Buffer) -> int:
        """What has been written since; 0 at the end of the last file."""
        while True:
            last = self.whole.is_set() and len(self.files) == 1
            followed = len(self.files) > 1
            if got := self.files[0].readinto(buffer):
                return int(got)
            if followed:
                self.files.pop(0).close()
            elif last or self.closed:
                return 0
            else:
                self.whole.wait(TICK / 2)

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            file.close()
        super().close()


def create(path: Path, owner: tuple[int, int] | None) -> tuple[int, Path]:
    """A new file, which belongs to ``owner``, or an old one emptied, open for writing."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), path
    if owner:
        # Without the right to give it away, once rights have been given up, it stays where it is.
        with suppress(PermissionError):
            os.fchown(descriptor, *owner)
    return descriptor, path


def is_up(interface: str) -> bool:
    """Whether the interface is there and up, as far as the system says so (Linux): libpcap keeps waiting."""
    if interface == "any" or not NETWORK.is_dir():
        return True
    try:
        return bool(int((NETWORK / interface / "flags").read_text(), 16) & 1)
    except OSError:
        return False


def gone(interface: str, said: str) -> TcpexplainError:
    """TE019: the interface went away during the capture."""
    return TcpexplainError(
        f"the capture on {interface} has ended", code="TE019", note=said,
        help="what came before it was explained; -i any goes on when one interface goes", exit_status=3,
    )  # fmt: skip


def unwritten(save: Path | None, error: OSError) -> TcpexplainError:
    """TE032: the file that packets go to, ``save`` or one of the temporary folder, takes no more."""
    said = error.strerror or str(error)
    return TcpexplainError(
        f"cannot write {save or f'to the temporary folder {tempfile.gettempdir()}'}", code="TE032",
        note=f"{said[:1].lower()}{said[1:]}; what had been captured before was explained",
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
