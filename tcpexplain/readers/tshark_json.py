"""tshark's JSON: ``-T json`` (an array of packets, with ``-x`` their bytes), ``-T jsonraw``, and ``-T ek`` (a line each, names with underscores)."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, cast

from tcpexplain.errors import CaptureError
from tcpexplain.wire.dissected import NAMES, printed
from tcpexplain.wire.host_names import HostNames
from tcpexplain.wire.pasted import decoded, lines
from tcpexplain.wire.printed_frames import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.wire.frames import Columns, Frames, Provenance

SIGNATURES: tuple[bytes, ...] = ()

Pairs = list[tuple[str, object]]


def knows(text: str) -> bool:
    """Whether this is the beginning of such JSON."""
    return '"layers"' in text and text.lstrip()[:1] in ("[", "{")


def read(source: BinaryIO, about: Provenance, columns: Columns) -> Iterator[Frames]:
    """Read dissected packets.

    Raises
    ------
    CaptureError
        TE018 if it is no JSON.
    """
    text = "\n".join(lines(decoded(source.read())))
    names = HostNames()
    packets = [printed(flat(layers), names) for layers in found(text, about.name)]
    yield from batches(packets, "tshark-json", about, columns)


def found(text: str, name: str) -> list[Pairs]:
    """The layers of every packet."""
    wanted: list[Pairs] = []
    if text.lstrip().startswith("["):
        documents = loaded(text, name)
        for document in cast("list[Pairs]", documents):
            wanted += layers_in(document)
        return wanted
    for line in text.split("\n"):
        if line.startswith("{"):
            wanted += layers_in(cast("Pairs", loaded(line, name)))
    return wanted


def loaded(text: str, name: str) -> object:
    """The document, objects as lists of pairs: names come more than once. One that was cut off ends at its last whole packet."""
    try:
        return json.loads(text, object_pairs_hook=list)
    except json.JSONDecodeError as error:
        end = text.rfind("\n  },")
        if end > 0:
            try:
                return json.loads(text[: end + 4] + "]", object_pairs_hook=list)
            except json.JSONDecodeError:
                pass
        raise CaptureError(
            f"{name} is no JSON of tshark", file=name, code="TE018", note=f"{error.msg} in line {error.lineno}"
        ) from None


def layers_in(document: Pairs) -> list[Pairs]:
    """The layers of one document."""
    for name, value in document:
        if name == "layers":
            return [cast("Pairs", value)]
        if name == "_source":
            return layers_in(cast("Pairs", value))
    return []


def flat(layers: Pairs) -> Iterator[tuple[str, str]]:
    """All fields, at whatever depth."""
    for name, value in layers:
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            yield from flat(value)
            continue
        plain = ek().get(name, name)
        if plain == "frame_raw" and isinstance(value, list):
            yield plain, str(value[0])
        elif plain in NAMES:
            for one in value if isinstance(value, list) else [value]:
                yield plain, str(one)


@cache
def ek() -> dict[str, str]:
    """Elasticsearch's names of the fields."""
    return {f"{name.partition('.')[0]}_{name.replace('.', '_')}": name for name in NAMES if "." in name}
