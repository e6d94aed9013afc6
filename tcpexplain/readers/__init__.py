"""Where segments come from: one file per source; each says which first bytes are its own.

A member has ``SIGNATURES``, the first bytes by which it knows its files (none: it is chosen by name only), and
``read(source, about: Provenance, columns: Columns)``, a generator of ``Frames``; if it reads text, ``knows(text)``, which says of the
beginning whether it is its own (``LAST``: asked when no other does), or ``SUFFIXES`` of names; if it reads no files, ``FILES = False``.
"""

from __future__ import annotations

import os
import stat
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain import registry
from tcpexplain.errors import (
    CaptureError,
    Warning,  # noqa: A004 (the word users see)
)
from tcpexplain.wire.frames import Columns, Frames, Lists, Provenance
from tcpexplain.wire.quotes import Before, completed
from tcpexplain.wire.reassembled import reassembled
from tcpexplain.wire.stream import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tcpexplain.wire.linktype import LinkType

STDIN = "standard input"
"""What messages call ``-``."""

PATIENCE = 5.0
"""Seconds in which somebody opens a FIFO for writing."""
LOOK_AGAIN = 0.05
"""Seconds between two looks whether somebody has."""

USUAL = ("pcap", "pcapng")
"""Readers that are asked first."""

LOOK = 16
"""First bytes that are looked at."""
LOOK_AT_TEXT = 1 << 16
"""First bytes of a text that are looked at: people write before they paste."""


class CaptureFile:
    """A capture opened for one pass: iterate over it for its ``Frames``.

    Parameters
    ----------
    source
        The bytes.
    name
        How messages call it.
    reader
        The member that reads it; chosen by the first bytes if None.
    columns
        Where columns come from; ``Lists`` if None.
    options
        Handed to the reader.
    """

    def __init__(
        self, source: Source, name: str, reader: str | None = None, columns: Columns | None = None, **options: Any
    ) -> None:
        self.about = Provenance(name)
        self.before = Before()
        self._source = source
        try:
            self._reader = registry.member(__name__, reader) if reader else choose(source, name)
        except CaptureError:
            source.close()
            raise
        if options.get("filter"):
            options["reader"], self._reader = self._reader, registry.member(__name__, "filter")
        else:
            options.pop("filter", None)
        self._columns = columns or Lists()
        self._options = options
        self._begun: Iterator[Frames] | None = None

    @property
    def name(self) -> str:
        """How messages call the capture."""
        return self.about.name

    @property
    def format(self) -> str:
        """Pcap, pcapng, ladder, tshark or live; known once the first batch is there."""
        return self.about.format

    @property
    def position(self) -> int:
        """Bytes of the file read so far, before decompression; 0 for a pipe."""
        return self._source.position

    @property
    def link_types(self) -> list[LinkType]:
        """One for each interface."""
        return self.about.link_types

    @property
    def warnings(self) -> list[Warning]:
        """What the reader noticed so far."""
        return self.about.warnings

    def put_into(self, columns: Columns) -> None:
        """Choose before reading where columns come from."""
        self._columns = columns

    @property
    def lends(self) -> bool:
        """Whether batches can be lent."""
        return bool(getattr(self._reader, "LENDS", False))

    def lend(self, buffer: bytearray | None) -> None:
        """Read on elsewhere: a batch in this buffer is still in use."""
        self._source.lent = buffer

    def close(self) -> None:
        """Close the file of a capture that is not read."""
        self._source.close()

    def begin(self) -> None:
        """Open what a live capture takes: the interface, and a file to write to. What that took may be given up then."""
        self._begun = self._frames()
        next(self._begun, None)

    def __iter__(self) -> Iterator[Frames]:
        return self._begun or self._frames()

    def _frames(self) -> Iterator[Frames]:
        return completed(reassembled(self.as_captured(), self._columns), self._columns, self.before)

    def as_captured(self) -> Iterator[Frames]:
        """The same frames byte by byte as they were captured, so that they can be written again; once, and instead of iterating."""
        try:
            yield from self._reader.read(self._source, self.about, self._columns, **self._options)
        except OSError as error:
            if error.filename is not None:
                raise
            # The disk, or the server it is on, does not give out what the file holds.
            raise missing(self.name, error) from None
        finally:
            self._source.close()


def open_capture(
    path: str | os.PathLike[str], reader: str | None = None, columns: Columns | None = None, **options: Any
) -> CaptureFile:
    """Open the capture at ``path``, or standard input for ``-``.

    Parameters
    ----------
    path
        A file of any kind that a reader knows by its first bytes.
    reader
        Name of the reader to use instead.
    columns
        Where columns come from; plain lists if None.
    options
        Handed to the reader; ``filter``, a BPF expression, is for all of them.

    Raises
    ------
    CaptureError
        TE001 if it is not there or cannot be opened, TE002 if it is empty or no capture.
    """
    name = os.fspath(path)
    if name != "-" and is_fifo(name):
        return CaptureFile(opened_fifo(name), name, reader, columns, **options)
    if name == "-":
        stdin = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        return CaptureFile(Source(stdin), STDIN, reader, columns, **options)
    try:
        file = open(name, "rb", buffering=0)  # noqa: SIM115 (closed when the capture has been read)
    except OSError as error:
        raise missing(name, error) from None
    return CaptureFile(Source(file), name, reader, columns, **options)


def opened_fifo(name: str) -> Source:
    """A FIFO that somebody has opened for writing.

    Raises
    ------
    CaptureError
        TE001 if nobody has within ``PATIENCE``: to open it as a file would wait for ever, without a word.
    """
    import select
    import time

    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise missing(name, error) from None
    until = time.monotonic() + PATIENCE
    first: bytes | None = b""
    while first == b"" and not select.select([descriptor], [], [], 0)[0]:
        if time.monotonic() > until:
            os.close(descriptor)
            raise CaptureError(
                f"nobody writes to {name}", file=name, code="TE001",
                note=f"it is a FIFO, and no program has opened it for writing within {PATIENCE:.0f} s",
                help=f"tcpdump -i any -U -w {name} tcp",
            )  # fmt: skip
        time.sleep(LOOK_AGAIN)
        try:
            first = os.read(descriptor, 1)  # without a writer it ends at once (POSIX, ``read``)
        except BlockingIOError:
            first = None
    os.set_blocking(descriptor, True)
    return Source(os.fdopen(descriptor, "rb", buffering=0), first or b"")


def choose(source: Source, name: str) -> ModuleType:
    """The reader that knows the first bytes of ``source``."""
    try:
        first = source.peek(LOOK)
    except OSError as error:
        raise missing(name, error) from None
    # One after the other: a usual capture does without importing the other readers.
    for member in sorted(registry.names(__name__), key=lambda one: one not in USUAL):
        reader = registry.member(__name__, member)
        if first.startswith(reader.SIGNATURES):
            return reader
    for reader in registry.members(__name__):
        if name.endswith(getattr(reader, "SUFFIXES", ())):
            return reader
    return choose_for_text(source, name, first)


def choose_for_text(source: Source, name: str, first: bytes) -> ModuleType:
    """The reader that knows the lines of a text."""
    from tcpexplain.wire.pasted import decoded, is_text

    if not first or not is_text(first):
        raise not_a_capture(name, first)
    text = decoded(source.peek(LOOK_AT_TEXT))
    asked = [reader for reader in registry.members(__name__) if hasattr(reader, "knows")]
    for reader in sorted(asked, key=lambda one: getattr(one, "LAST", False)):
        if reader.knows(text):
            return reader
    raise not_a_capture(name, first)


def for_files() -> list[str]:
    """Names of the readers that a file can be given to."""
    return [name for name in registry.names(__name__) if getattr(registry.member(__name__, name), "FILES", True)]


def is_fifo(name: str) -> bool:
    """Whether it is there, and a named pipe."""
    try:
        return stat.S_ISFIFO(os.stat(name).st_mode)
    except (OSError, ValueError):
        return False


def missing(name: str | os.PathLike[str], error: OSError) -> CaptureError:
    """TE001: why a file cannot be opened, and which one may have been meant."""
    from pathlib import Path

    path = Path(name)
    folder = Path(os.path.realpath(path.parent))  # Path.resolve() raises where symbolic links lead in a circle
    note = error.strerror[:1].lower() + error.strerror[1:] if error.strerror else str(error)
    if isinstance(error, FileNotFoundError):
        note = f"no such file in {folder}" if folder.is_dir() else f"there is no folder {folder}"
    names = (
        [entry.name for entry in folder.iterdir()] if isinstance(error, FileNotFoundError) and folder.is_dir() else []
    )
    from difflib import get_close_matches

    near = get_close_matches(path.name, names, n=1)
    return CaptureError(
        f"cannot open {path}",
        file=str(path),
        code="TE001",
        note=note,
        help=f"did you mean {path.parent / near[0]}?" if near else "",
    )


def not_a_capture(name: str, first: bytes) -> CaptureError:
    """TE002 for a file that starts with ``first``."""
    from tcpexplain.wire.foreign import what_else, whose_capture

    if not first:
        return CaptureError(
            f"{name} is empty", file=name, note="it has 0 bytes, not even a file header",
            help="stop tcpdump with Ctrl-C (not kill -9), or let it flush each packet: tcpdump -U",
        )  # fmt: skip
    with_tshark = f"tcpexplain --reader tshark {'-' if name == STDIN else name}"
    if whose := whose_capture(first):
        return CaptureError(
            f"{name} is a capture of {whose}", file=name,
            note="tcpexplain does not read this format itself, tshark does", help=with_tshark,
        )  # fmt: skip
    text = first.decode("ascii", "replace").split("\n")[0][:6]
    shown = f'"{text}"' if text.isascii() and text.isprintable() and text else first[:6].hex(" ")
    looks_like_text = shown.startswith('"')
    beginning = f": it is {other}" if (other := what_else(first)) else ", not with a pcap or pcapng signature"
    return CaptureError(
        f"{name} is not a packet capture",
        file=name,
        note=f"it starts with {shown}{beginning}",
        help=(
            "what tcpdump and tshark print is read too, but here is no packet; or capture to a file with\ntcpdump -i any -s 128 -w out.pcap tcp"
            if looks_like_text
            else f"if Wireshark opens it:  {with_tshark}"
        ),
    )


def open_stream(
    file: BinaryIO, name: str, reader: str | None = None, columns: Columns | None = None, **options: Any
) -> CaptureFile:
    """Like ``open_capture``, of a binary file object that is open already."""
    return CaptureFile(Source(file), name, reader, columns, **options)


def open_live(interface: str, columns: Columns | None = None, **options: Any) -> CaptureFile:
    """Capture live on ``interface``; for the options see ``live.read``.

    A batch without frames comes about every 100 ms while nothing happens.
    """
    return CaptureFile(Source(BytesIO()), interface, "live", columns, interface=interface, **options)
