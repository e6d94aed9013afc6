"""A BPF expression before any other reader: only packets that match it, with their numbers (libpcap compiles it)."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tcpexplain.errors import TcpexplainError
from tcpexplain.hot.columns import listed
from tcpexplain.wire.bpf import CELLS, match
from tcpexplain.wire.frames import Frames
from tcpexplain.wire.link import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tcpexplain.wire.frames import Columns, Provenance

SIGNATURES: tuple[bytes, ...] = ()
FILES = False

DLT = {101: 12, 14: 12}
"""Where libpcap's own numbers differ from those in files (raw IP)."""

PLACES = ("usr/lib*/libpcap.so*", "usr/lib/*/libpcap.so*", "usr/local/lib/libpcap.*", "opt/homebrew/lib/libpcap*.dylib")
"""Where it is when the loader does not find it: a system without the development package has it under its full name only."""


class Instruction(ctypes.Structure):
    """``struct bpf_insn``."""

    _fields_ = (
        ("code", ctypes.c_ushort),
        ("yes", ctypes.c_ubyte),
        ("no", ctypes.c_ubyte),
        ("constant", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    """``struct bpf_program``."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(Instruction)))


def read(
    source: BinaryIO, about: Provenance, columns: Columns, *, reader: ModuleType, filter: str, **options: Any
) -> Iterator[Frames]:
    """Read with ``reader``, and pass on what ``filter`` lets through.

    Raises
    ------
    TcpexplainError
        TE012 if the expression does not parse, TE016 if there is no libpcap.
    """
    compile_filter(filter, 1)  # an expression that is wrong is said before the capture is read
    programs: dict[int, list[int]] = {}
    for frames in reader.read(source, about, columns, **options):
        for link in about.link_types:
            if link.kind not in programs and link.family != UNKNOWN:
                programs[link.kind] = compile_filter(filter, link.number)
        chosen = matching(frames, programs, columns)
        if chosen:
            yield frames if len(chosen) == frames.count else selected(frames, chosen, columns)


def matching(frames: Frames, programs: dict[int, list[int]], columns: Columns) -> list[int]:
    """The rows of the frames that match."""
    chosen, memory = columns.column([0] * frames.count), columns.column([0] * CELLS)
    found = sum(
        columns.hot(match)(columns.column(program), memory, frames.batch, frames.count, kind, chosen)
        for kind, program in programs.items()
    )
    return (
        list(range(frames.count)) if found == frames.count else [row for row, one in enumerate(listed(chosen)) if one]
    )


def selected(frames: Frames, rows: list[int], columns: Columns) -> Frames:
    """The given rows of a batch, as columns of their own."""

    def pick(column: Any) -> Any:
        return columns.column(listed(column[rows]) if hasattr(column, "dtype") else [column[row] for row in rows])

    return Frames(
        frames.buffer, pick(frames.start), pick(frames.captured), pick(frames.wire), pick(frames.time), pick(frames.link),
        pick(frames.packet), len(rows),
    )  # fmt: skip


def shown(expression: str) -> str:
    """A filter as text: bytes of a command line that are none are question marks."""
    return expression.encode("utf-8", "replace").decode()


def compile_filter(expression: str, number: int) -> list[int]:
    """Compile for one link type, for ``readers.bpf``; TE012 with libpcap's own words if it does not parse."""
    library = libpcap()
    handle = library.pcap_open_dead(DLT.get(number, number), 1 << 18)
    program = Program()
    try:
        if library.pcap_compile(
            handle, ctypes.byref(program), expression.encode("utf-8", "surrogateescape"), 1, 0xFFFFFFFF
        ):
            said = library.pcap_geterr(handle).decode(errors="replace")
            raise TcpexplainError(
                f'the filter "{shown(expression)}" does not parse', code="TE012", note=f"libpcap says: {said}",
                help="for example  tcp port 443 and host 10.0.0.7   (man 7 pcap-filter)",
            )  # fmt: skip
        one_by_one = program.instructions[: program.length]
        return [word for one in one_by_one for word in (one.code, one.yes, one.no, one.constant)]
    finally:
        library.pcap_freecode(ctypes.byref(program))
        library.pcap_close(handle)


@cache
def libpcap() -> ctypes.CDLL:
    """The library; TE016 if there is none."""
    from ctypes.util import find_library

    for place in [find_library("pcap"), *(str(path) for pattern in PLACES for path in sorted(Path("/").glob(pattern)))]:
        try:
            library = ctypes.CDLL(place) if place else None
        except OSError:
            continue
        if library:
            return declared(library)
    raise TcpexplainError(
        "a filter needs libpcap, and there is none here", code="TE016",
        help="apt install libpcap0.8   or   brew install libpcap; or leave the filter out, and narrow with --port", exit_status=3,
    )  # fmt: skip


def declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """Say what the functions take and give: pointers do not fit ctypes' default, an int."""
    library.pcap_open_dead.restype = ctypes.c_void_p
    library.pcap_open_dead.argtypes = (ctypes.c_int, ctypes.c_int)
    library.pcap_compile.argtypes = (
        ctypes.c_void_p,
        ctypes.POINTER(Program),
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_uint32,
    )
    library.pcap_geterr.restype = ctypes.c_char_p
    library.pcap_geterr.argtypes = (ctypes.c_void_p,)
    library.pcap_close.argtypes = (ctypes.c_void_p,)
    library.pcap_freecode.argtypes = (ctypes.POINTER(Program),)
    return library
