"""Captures compressed with gzip, xz, zstd (``pip install zstandard``) or lz4 (``pip install lz4``), recognised by their first bytes, also on standard input."""

from __future__ import annotations

from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from tcpexplain.errors import CaptureError
from tcpexplain.readers import choose
from tcpexplain.units import size
from tcpexplain.wire.stream import Source, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

    from tcpexplain.wire.frames import Columns, Frames, Provenance

GZIP, ZSTD, XZ, LZ4 = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"\x04\x22\x4d\x18"

SIGNATURES = (GZIP, ZSTD, XZ, LZ4)

PIECE = 1 << 10
"""Bytes of a zstd or lz4 file that are decompressed at once: 4 of zstd's may stand for 128 KiB (RFC 8878 section 3.1.1.2), so 32 MiB come out at most."""

RATIO, MANY = 500, 64 << 20
"""How often a compressed byte may stand for another, of so many bytes that came out, until that is said."""

DAMAGED = ("error", "LZMAError", "ZstdError", "RuntimeError")
"""Names of the exceptions of zlib, lzma, zstandard and lz4, none of which is imported before it is needed."""


def read(source: BinaryIO, about: Provenance, columns: Columns, **options: Any) -> Iterator[Frames]:
    """Read the capture inside; what the compressed file lacks at its end is a warning.

    Raises
    ------
    CaptureError
        TE013 if there is no package for zstd; whatever the capture inside raises.
    """
    first = cast("Source", source).peek(6)
    inner = Source(Decompressed(opened(source, first, about.name), about, cast("Source", source)))
    if not inner.peek(1):
        raise CaptureError(
            f"nothing in {about.name} can be decompressed",
            file=about.name,
            code="TE014",
            note="it ends too early or is damaged",
        )
    reader = choose(inner, about.name)
    if reader.SIGNATURES == SIGNATURES:
        raise CaptureError(
            f"{about.name} is compressed more than once", file=about.name, help="decompress it, and give what is inside"
        )
    yield from reader.read(inner, about, columns, **options)


def opened(source: BinaryIO, first: bytes, name: str) -> BinaryIO:
    """The decompressed stream of ``source``."""
    if first.startswith(GZIP):
        import gzip

        return cast("BinaryIO", gzip.GzipFile(fileobj=source, mode="rb"))
    if first.startswith(XZ):
        import lzma

        return cast("BinaryIO", lzma.LZMAFile(source))
    program, package, found = ("lz4", "lz4", lz4) if first.startswith(LZ4) else ("zstd", "zstandard", zstd)
    try:
        return found(source)
    except ImportError:
        raise CaptureError(
            f"{name} is compressed with {program}, and no package here reads that",
            file=name,
            code="TE013",
            help=f"pip install {package}   or   {program} -dc {name} | tcpexplain -",
        ) from None


def lz4(source: BinaryIO) -> BinaryIO:
    """The decompressed stream of lz4's frame format: what is read at once becomes 255 times as long at most."""
    from lz4.frame import LZ4FrameDecompressor

    return cast("BinaryIO", InFrames(source, LZ4FrameDecompressor))


def zstd(source: BinaryIO) -> BinaryIO:
    """The decompressed stream, by the standard library from Python 3.14 on."""
    try:
        from compression.zstd import ZstdFile  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from zstandard import ZstdDecompressor

        return cast("BinaryIO", InFrames(source, lambda: ZstdDecompressor().decompressobj()))
    return cast("BinaryIO", ZstdFile(source))


class InFrames(RawIOBase):
    """What the packages zstandard and lz4 decompress, one frame after the other; EOFError if the last one is cut off.

    zstandard's own stream reader ends such a frame without a word.
    """

    def __init__(self, source: BinaryIO, decompressor: Any) -> None:
        self._source, self._decompressor = source, decompressor
        self._frame: Any = None
        self._ready = self._unused = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """What is ready, or comes out of the next piece of the source."""
        while not self._ready:
            piece = self._unused or self._source.read(PIECE)
            if not piece:
                if self._frame:
                    raise EOFError
                return 0
            self._frame = self._frame or self._decompressor()
            self._ready, self._unused = self._frame.decompress(piece), b""
            if self._frame.eof:
                self._unused, self._frame = self._frame.unused_data, None
        view = memoryview(buffer)
        size = min(len(view), len(self._ready))
        view[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


class Decompressed(RawIOBase):
    """A decompressed stream that ends where the compressed file cannot be read on, with a warning."""

    def __init__(self, stream: BinaryIO, about: Provenance, source: Source) -> None:
        self._stream = stream
        self._about = about
        self._source = source
        self._readinto = reading(stream)
        self._delivered = 0
        self._told = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """What can be decompressed next; 0 at the end, also at one that came too early."""
        try:
            return self._weighed(self._readinto(buffer) or 0)
        except (EOFError, OSError) as error:
            self._warn(error)
        except Exception as error:
            if type(error).__name__ not in DAMAGED:
                raise
            self._warn(error)
        return 0

    def _weighed(self, got: int) -> int:
        """The same number; 0, the end, with TE022: no capture of traffic shrinks to so little; time and disk may have been what it is meant to cost."""
        self._delivered += got
        read_so_far = max(self._source.position, 1)
        if not self._told and self._delivered >= max(MANY, RATIO * read_so_far):
            self._told = True
            self._about.warn(
                "TE022",
                f"{self._about.name} decompresses to more than {RATIO} times its size",
                f"what came out first, {size(self._delivered)}, was used; traffic is seldom so much alike",
                f"if it is meant so:  zstd, gzip or xz -dc {self._about.name} | tcpexplain -",
            )
        return 0 if self._told else got

    def _warn(self, error: Exception) -> None:
        if any(warning.code == "TE014" for warning in self._about.warnings):
            return
        cut = isinstance(error, EOFError)
        self._about.warn(
            "TE014",
            f"{self._about.name} {'ends before its compressed data do' if cut else 'is damaged inside its compressed data'}",
            "what could be decompressed was used",
            "was it copied while it was still being written?" if cut else "",
        )
