"""The few functions of libpcap that a live capture takes, through ctypes: packets go from the kernel's buffer to a file without passing Python."""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import suppress
from functools import cache
from typing import Any

BUFFER = 64 << 20
"""Bytes of the kernel's buffer: a second of 100,000 packets cut at 512 bytes; libpcap's own 2 MB hold a fiftieth of it."""
NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.A.dylib", "wpcap.dll")
"""What the library is called: the loader finds it in the system's folders, never in the current one."""
FILE_BUFFER = 1 << 16
"""Bytes that are written to a file at once."""


class Statistics(ctypes.Structure):
    """``struct pcap_stat``."""

    _fields_ = (
        ("received", ctypes.c_uint),
        ("dropped", ctypes.c_uint),
        ("dropped_by_interface", ctypes.c_uint),
        ("more", ctypes.c_uint * 4),  # Windows has more of them
    )


class FilterProgram(ctypes.Structure):
    """``struct bpf_program``."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


@cache
def library() -> Any:
    """libpcap; ImportError if there is none."""
    found: Any = None
    for name in NAMES:
        with suppress(OSError):
            found = found or ctypes.CDLL(name, use_errno=True)
    if found is None:
        raise ImportError(f"none of {', '.join(NAMES)} can be loaded")
    found.pcap_create.restype = found.pcap_dump_fopen.restype = ctypes.c_void_p
    found.pcap_geterr.restype = ctypes.c_char_p
    for function in (
        found.pcap_geterr,
        found.pcap_close,
        found.pcap_activate,
        found.pcap_datalink,
        found.pcap_get_selectable_fd,
    ):
        function.argtypes = [ctypes.c_void_p]
    for function in (
        found.pcap_set_snaplen,
        found.pcap_set_promisc,
        found.pcap_set_timeout,
        found.pcap_set_buffer_size,
    ):
        function.argtypes = [ctypes.c_void_p, ctypes.c_int]
    found.pcap_setnonblock.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
    found.pcap_compile.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(FilterProgram),
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_uint,
    ]
    found.pcap_setfilter.argtypes = [ctypes.c_void_p, ctypes.POINTER(FilterProgram)]
    found.pcap_freecode.argtypes = [ctypes.POINTER(FilterProgram)]
    found.pcap_dispatch.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    found.pcap_stats.argtypes = [ctypes.c_void_p, ctypes.POINTER(Statistics)]
    found.pcap_dump_fopen.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    found.pcap_dump_flush.argtypes = found.pcap_dump_close.argtypes = [ctypes.c_void_p]
    return found


def failed(number: int) -> OSError:
    """The error that has this number."""
    return OSError(number, os.strerror(number))


@cache
def standard() -> Any:
    """The C library, whose FILE libpcap writes to."""
    found = ctypes.CDLL(None)
    found.fdopen.restype = ctypes.c_void_p
    found.fdopen.argtypes = [ctypes.c_int, ctypes.c_char_p]
    found.ferror.argtypes = [ctypes.c_void_p]
    found.setvbuf.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    return found


class Handle:
    """A capture on an interface.

    Parameters
    ----------
    interface
        Its name.
    snap_length
        Bytes of each packet that are captured.
    wait
        Seconds in which the kernel collects packets before it hands them over.

    Raises
    ------
    OSError
        In libpcap's words: no right to capture, the interface is down, no memory.
    ImportError
        If there is no libpcap.
    """

    def __init__(self, interface: str, snap_length: int, wait: float) -> None:
        self.pcap: Any = None
        lib, said = library(), ctypes.create_string_buffer(256)
        self.pcap = lib.pcap_create(interface.encode(), said)
        if not self.pcap:
            raise OSError(said.value.decode(errors="replace"))
        lib.pcap_set_snaplen(self.pcap, snap_length)
        lib.pcap_set_promisc(self.pcap, 0)
        lib.pcap_set_timeout(self.pcap, int(wait * 1000))
        lib.pcap_set_buffer_size(self.pcap, BUFFER)
        if lib.pcap_activate(self.pcap) < 0:
            why = self.error()
            self.close()
            raise OSError(why)
        lib.pcap_setnonblock(self.pcap, 1, said)

    def error(self) -> str:
        """What libpcap says of the last thing that went wrong."""
        return str(library().pcap_geterr(self.pcap).decode(errors="replace"))

    def fileno(self) -> int:
        """What select waits for."""
        return int(library().pcap_get_selectable_fd(self.pcap))

    def datalink(self) -> int:
        """The link type, as libpcap numbers it."""
        return int(library().pcap_datalink(self.pcap))

    def filter(self, expression: str) -> None:
        """Let the kernel filter; ValueError in libpcap's words if the expression does not parse."""
        lib, program = library(), FilterProgram()
        if lib.pcap_compile(self.pcap, program, expression.encode("utf-8", "surrogateescape"), 1, 0xFFFFFFFF) < 0:
            raise ValueError(self.error())
        failed = lib.pcap_setfilter(self.pcap, program) < 0
        lib.pcap_freecode(program)
        if failed:
            raise ValueError(self.error())

    def dropped(self) -> int:
        """Packets that the kernel dropped so far because its buffer was full."""
        statistics = Statistics()
        return int(statistics.dropped) if library().pcap_stats(self.pcap, statistics) == 0 else 0

    def close(self) -> None:
        """End the capture."""
        if self.pcap:
            library().pcap_close(self.pcap)
        self.pcap = None


class PacketDump:
    """A pcap file, or pipe, that packets of a capture are written to.

    Parameters
    ----------
    handle
        The capture.
    descriptor
        The file, open for writing; it belongs to this object then.

    Raises
    ------
    OSError
        If it cannot be written to.
    """

    def __init__(self, handle: Handle, descriptor: int) -> None:
        lib, c = library(), standard()
        self.handle, self.descriptor = handle, descriptor
        file = c.fdopen(descriptor, b"wb")
        c.setvbuf(file, None, 0, FILE_BUFFER)
        self.dumper: Any = lib.pcap_dump_fopen(handle.pcap, file)
        if not self.dumper:
            raise OSError(handle.error())
        self.write = ctypes.cast(lib.pcap_dump, ctypes.c_void_p)
        self.flush()

    def take(self, count: int) -> int:
        """Write what has arrived, at most ``count`` packets (-1: all); how many.

        Raises
        ------
        OSError
            Without a number, if there is nothing more to capture: the interface has gone.
        """
        taken = int(library().pcap_dispatch(self.handle.pcap, count, self.write, self.dumper))
        if taken < 0:
            raise OSError(self.handle.error())
        return taken

    def flush(self) -> None:
        """Hand on what was written; OSError, with its number, if that fails: the disk is full, or nobody reads."""
        if library().pcap_dump_flush(self.dumper) < 0:
            raise failed(ctypes.get_errno() or errno.EIO)
        if standard().ferror(self.dumper):
            # It failed while packets were put into a full buffer, where libpcap does not look.
            raise failed(errno.ENOSPC if os.fstatvfs(self.descriptor).f_bavail == 0 else errno.EIO)

    def close(self) -> None:
        """Close the file."""
        if self.dumper:
            library().pcap_dump_close(self.dumper)
        self.dumper = None
