#!/usr/bin/env python3
"""tcpexplain beside Debian's tshark, tcpdump and argus on input that somebody made to break a reader; prints a table for docs/reliability.md.

    hostile.py [FILE OR FOLDER]...   these files, after those that are made here

What each prints is thrown away: the table has exit status, CPU seconds, peak memory, and whether anything was said on standard error.
"""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from struct import pack
from typing import NamedTuple

from shapes import write

LIMIT = 60.0
"""Seconds after which a program is ended."""
PROGRAMS = {
    "tcpexplain": (sys.executable, "-m", "tcpexplain"),
    "tshark": ("tshark", "-q", "-z", "conv,tcp", "-r"),
    "tcpdump": ("tcpdump", "-nn", "-r"),
    "argus": ("argus", "-X", "-w", "/dev/null", "-r"),
}
HEADER = pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)


class Ran(NamedTuple):
    """How a program ended: exit status or signal, CPU seconds, peak resident bytes, whether it said anything on standard error."""

    status: int
    cpu: float
    memory: int
    said: bool

    def __str__(self) -> str:
        how = (
            ""
            if not self.status
            else f"{signal.Signals(-self.status).name}, "
            if self.status < 0
            else f"status {self.status}, "
        )
        silent = "silent, " if self.status and not self.said else ""
        return f"{how}{silent}{self.cpu:.1f} s, {self.memory / 1e6:.0f} MB"


def made(folder: Path) -> None:
    """Input of the kinds that the tests have: shapes of traffic, files that lie about their lengths, compressed zeros, no capture at all."""
    for shape, count in (("storm", 25_000), ("synflood", 40_000), ("interfaces", 10_000), ("backwards", 25_000)):
        write(shape, count, folder / f"{shape}.pcap")
    whole = (folder / "storm.pcap").read_bytes()
    (folder / "cut-in-a-packet.pcap").write_bytes(whole[:-17])
    (folder / "length-of-4-GiB.pcap").write_bytes(HEADER + pack("<IIII", 1, 0, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(60))
    (folder / "header-alone.pcap").write_bytes(HEADER)
    (folder / "noise.pcap").write_bytes(HEADER + bytes((i * 97 + i // 251) % 256 for i in range(200_000)))
    (folder / "block-of-length-0.pcapng").write_bytes(
        pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + pack("<III", 6, 0, 0)
    )
    with gzip.open(folder / "zeros-256-MiB.pcap.gz", "wb", compresslevel=9) as file:
        file.write(HEADER)
        for _ in range(256):
            file.write(bytes(1 << 20))
    (folder / "empty.pcap").write_bytes(b"")
    (folder / "no-capture.pcap").write_text("hello\n" * 1000)


def ran(command: list[str]) -> Ran:
    """Run a program on a file."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        until = time.monotonic() + LIMIT
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                process.kill()
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = os.fstat(errors.fileno()).st_size > 0
    return Ran(process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, said)


def main() -> None:
    """Print the table."""
    print(f"| input | {' | '.join(PROGRAMS)} |\n|---|{'---|' * len(PROGRAMS)}")
    with tempfile.TemporaryDirectory() as folder:
        made(Path(folder))
        given = [Path(folder), *map(Path, sys.argv[1:])]
        files = [file for path in given for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
        for file in files:
            if file.suffix not in (".txt", ".json"):
                cells = [str(ran([*command, str(file)])) for command in PROGRAMS.values()]
                print(f"| `{file.name}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
