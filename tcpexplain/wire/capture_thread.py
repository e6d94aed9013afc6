"""A thread that takes packets from the kernel's buffer to a file, where they are read."""

from __future__ import annotations

import os
import select
import tempfile
import threading
from contextlib import suppress
from io import FileIO
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.tuples import NamedTuple
from tcpexplain.wire.growing_file import TICK, Following
from tcpexplain.wire.libpcap import Handle, PacketDump

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.wire.frames import Provenance

COUNT_DROPS = 1.0
"""Seconds between two looks at how many packets the kernel has dropped."""
NETWORK = Path("/sys/class/net")
PART, PARTS = 32 << 20, 16
"""Bytes of a file without a name that packets are put into until they are looked at, and how many of these there are at most."""


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


def unwritten(save: Path | None, error: OSError) -> TcpexplainError:
    """TE032: the file that packets go to, ``save`` or one of the temporary folder, takes no more."""
    said = error.strerror or str(error)
    return TcpexplainError(
        f"cannot write {save or f'to the temporary folder {tempfile.gettempdir()}'}", code="TE032",
        note=f"{said[:1].lower()}{said[1:]}; what had been captured before was explained",
    )  # fmt: skip
