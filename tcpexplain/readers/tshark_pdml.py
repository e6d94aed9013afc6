"""tshark's and Wireshark's XML: PDML (``-T pdml``, all fields) and PSML (``-T psml``, the packet list)."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, BinaryIO

from tcpexplain.wire.dissected import NAMES, printed
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.pasted import decoded
from tcpexplain.wire.printed_frames import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance
    from tcpexplain.wire.printed import Printed

SIGNATURES: tuple[bytes, ...] = ()

_FIELD = re.compile(r'<field name="([^"]+)"[^>]*? show="([^"]*)"')
_VALUE = re.compile(r'<field name="tcp\.options"[^>]*? value="([0-9a-f]*)"')
_PACKET = re.compile(r"<packet\b[^>]*>(.*?)(?:</packet>|\Z)", re.DOTALL)
_SECTION = re.compile(r"<section>(.*?)</section>", re.DOTALL)


def knows(text: str) -> bool:
    """Whether this is the beginning of such XML."""
    return "<pdml" in text or "<psml" in text or ("<packet>" in text and "<proto " in text)


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read packets; no XML parser is let near them, so that nothing in them can refer to anything else."""
    text = decoded(source.read())
    if "<psml" in text:
        from tcpexplain.readers.tshark_list import parsed

        rows = ["\t".join(unescape(one) for one in _SECTION.findall(packet)) for packet in _PACKET.findall(text)]
        yield from batches(parsed(rows), "tshark-pdml", about, columns)
        return
    names = HostNames()
    yield from batches([packet_of(one, names) for one in _PACKET.findall(text)], "tshark-pdml", about, columns)


def packet_of(text: str, names: HostNames) -> Printed:
    """The packet of one element."""
    fields = [
        (name, unescape(shown)) for name, shown in _FIELD.findall(text) if name in NAMES and name != "tcp.options"
    ]
    fields += [("tcp.options", value) for value in _VALUE.findall(text)[:1]]
    return printed(fields, names)
