"""A capture on standard input: told in lines while it flows, or handed on where it has ended."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Any

from tcpexplain.cli.live import watch_lines

if TYPE_CHECKING:
    from tcpexplain.cli.options import Options
    from tcpexplain.pseudonyms.names import Pseudonyms
    from tcpexplain.readers import CaptureFile

WAIT = 0.5
"""Seconds in which the first packet of a finished capture follows its header."""
NOW = 60.0
"""Seconds: a capture that begins this close to now is taken for one that flows."""


def begins_now(first: bytes, now: float) -> bool:
    """Whether a pcap whose first 32 bytes are these was begun within a minute of ``now`` (seconds since 1970).

    Other formats are not looked into: they are read to their end.
    """
    orders = {
        b"\xd4\xc3\xb2\xa1": "little",
        b"\x4d\x3c\xb2\xa1": "little",
        b"\xa1\xb2\xc3\xd4": "big",
        b"\xa1\xb2\x3c\x4d": "big",
    }
    order = orders.get(first[:4])
    if order is None or len(first) < 28:
        return False
    seconds = int.from_bytes(first[24:28], "little" if order == "little" else "big")
    return abs(seconds - now) < NOW


def watch_stdin(options: Options, names: Pseudonyms | None = None) -> CaptureFile | int:
    """Watch standard input if a capture flows there; if it holds a finished one, hand it back opened, to be read to its end.

    The file is one of our own without a buffer: a buffered one would hold its lock while the process ends.
    """
    from tcpexplain.readers import STDIN, CaptureFile
    from tcpexplain.wire.stream import Source

    file = os.fdopen(os.dup(0), "rb", buffering=0)
    source = Source(file)
    first = source.peek(24)
    # Nobody writes a finished capture so slowly that its first packet comes later than its header.
    waiting = len(first) == 24 and not select.select([file], [], [], WAIT)[0]
    flows = waiting or begins_now(source.peek(28), time.time())
    filtered: dict[str, Any] = {"filter": " ".join(options.captures)} if options.read and options.captures else {}
    opened = CaptureFile(source, STDIN, options.reader, **filtered)
    note = "reading from stdin, Ctrl-C for the summary"
    return watch_lines(opened, options, note=note, names=names) if flows else opened
