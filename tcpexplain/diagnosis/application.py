"""``--decode``: which HTTP request, TLS alert, Redis or SQL command died, by tshark through pyshark; only on request.

Nothing of the payload is taken but the protocols' own names: method and path without its query, status, alert, command word.
"""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcpexplain.diagnosis.incomplete import note_incomplete
from tcpexplain.errors import TcpexplainError
from tcpexplain.evidence.places import numbers
from tcpexplain.evidence.words import packet_numbers

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Iterable, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.connection import Connection

MOST = 20
"""Connections that are decoded at most: tshark reads the whole file for each handful of packets."""
LONGEST = 80
"""Characters of a path that are shown."""
COMMAND = 20
"""A word that is longer is no command but somebody's data."""


def decode(capture: Capture, connections: Sequence[Connection], decode_as: dict[str, str] | None = None) -> None:
    """Add to the verdicts of some connections what the packets around their ends were.

    Parameters
    ----------
    capture, connections
        The capture and those of its connections that are shown.
    decode_as
        As tshark's ``-d``, for ports it does not know: ``{"tcp.port==6390": "resp"}``.

    Raises
    ------
    TcpexplainError
        TE020 if there is no tshark; TE021 if it cannot read a file, or does not know what it is to decode.
    """
    if not shutil.which("tshark"):
        raise missing()
    import_module("pyshark")  # where it is missing, that is said here, and not by the thread
    if decode_as:
        understood(decode_as, capture.files[0])
    wanted: dict[int, set[int]] = {}
    chosen = [one for one in connections[:MOST] if len(one.files) == 1]
    for one in chosen:
        wanted.setdefault(one.files[0], set()).update(around(one))
    told = {
        file: in_thread(capture.files[file], packets, decode_as or {}) for file, packets in wanted.items() if packets
    }
    for file in wanted:
        note_incomplete(capture, capture.files[file], [one for one in chosen if one.files[0] == file], decode_as or {})
    for one in chosen:
        names = told.get(one.files[0], {})
        words = [f"packet {packet} is {names[packet]}" for packet in around(one) if packet in names]
        if words:
            said = "; ".join(words)
            one.finding = replace(one.finding, why=f"{one.finding.why} Decoded: {said}.")


def understood(decode_as: dict[str, str], path: str) -> None:
    """TE021 unless tshark knows these layers and protocols: pyshark would go on without a word."""
    rules = [word for ports, protocol in decode_as.items() for word in ("-d", f"{ports},{protocol}")]
    tried = subprocess.run(["tshark", "-r", path, "-c", "1", *rules], capture_output=True, text=True, check=False)
    if tried.returncode:
        said = [line.removeprefix("tshark: ") for line in tried.stderr.splitlines() if line.startswith("tshark: ")]
        note = (said or tried.stderr.splitlines() or [""])[0]
        raise TcpexplainError("tshark does not take --decode-as", code="TE021", note=note[:200])


def around(connection: Connection) -> tuple[int, ...]:
    """The packets that tell what was going on at the end: the last request, the last answer, late data, alerts."""
    case = connection.facts
    facts, client, server = case.facts, case.client, case.server
    return numbers(
        packet_numbers(
            facts.request_packet,
            server.last_data_packet,
            client.late_packet,
            server.late_packet,
            client.alert_packet,
            server.alert_packet,
        )
    )


def in_thread(path: str, packets: Iterable[int], decode_as: dict[str, str]) -> dict[int, str]:
    """``names`` in a thread with an event loop of its own, as pyshark wants one and Jupyter has one already."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(names, path, sorted(packets), decode_as).result()


def names(path: str, packets: Sequence[int], decode_as: dict[str, str]) -> dict[int, str]:
    """What tshark calls the contents of some packets of a file."""
    import asyncio
    import logging

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # asyncio may miss the exit status of a tshark that has ended already, and says so.
    log = logging.getLogger("asyncio")
    before, log.disabled = log.disabled, True
    try:
        return dict(dissected(path, packets, decode_as, loop))
    except TcpexplainError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever pyshark raises is the end of its output)
        raise TcpexplainError(
            f"tshark cannot read {path}", code="TE021", note=str(error).split("\n", maxsplit=1)[0][:200]
        ) from None
    finally:
        log.disabled = before
        loop.close()


def dissected(
    path: str, packets: Sequence[int], decode_as: dict[str, str], loop: AbstractEventLoop
) -> list[tuple[int, str]]:
    """Number and name of the packets that tshark has a name for."""
    import pyshark

    only = " || ".join(f"frame.number == {packet}" for packet in packets)
    capture = pyshark.FileCapture(path, display_filter=only, decode_as=decode_as, eventloop=loop, keep_packets=False)
    found: list[tuple[int, str]] = []
    try:
        found.extend((int(packet.number), name(packet)) for packet in capture)
    finally:
        with suppress(Exception):
            capture.close()
        capture._running_processes.clear()  # noqa: SLF001 (or its destructor closes it again, without a loop)
    return [(packet, said) for packet, said in found if said]


def name(packet: Any) -> str:
    """A packet's contents in the protocol's own words; empty if there are none."""
    said = [word(layer) for layer in packet.layers]
    return ", ".join(dict.fromkeys(one for one in said if one))


def word(layer: Any) -> str:
    """One layer's."""
    teller = TELLERS.get(layer.layer_name)
    return teller(layer) if teller else ""


def http(layer: Any) -> str:
    """Method and path, or status."""
    method, status = layer.get_field("request_method"), layer.get_field("response_code")
    if method:
        path = str(layer.get_field("request_uri") or "").partition("?")[0]
        return f"HTTP {method} {path[:LONGEST]}".rstrip()
    return f"HTTP {status} {layer.get_field('response_phrase') or ''}".rstrip() if status else ""


def tls(layer: Any) -> str:
    """An alert's description, or the handshake message; encrypted data is only that."""
    alert, handshake = layer.get_field("alert_message_desc"), layer.get_field("handshake_type")
    if alert:
        return f"TLS alert {shown(alert)}"
    if handshake:
        return f"TLS {shown(handshake)}"
    return "TLS encrypted alert" if layer.get_field("alert_message") else ""


def shown(field: Any) -> str:
    """A field's value as tshark words it: ``Client Hello``, ``Unknown CA``."""
    said = str(getattr(field, "showname_value", field) or field)
    return said.partition(" (")[0]


def redis(layer: Any) -> str:
    """The command word, or that the answer is an error."""
    command = layer.get_field("bulk_string")
    text = shown(command) if command is not None else ""
    if layer.get_field("error") is not None:
        return "Redis error"
    return f"Redis {text.upper()}" if text.isalpha() and len(text) < COMMAND else ""


def sql(layer: Any) -> str:
    """The statement's first word, or the message's type."""
    query = str(layer.get_field("query") or "").split()
    if query and query[0].isalpha():
        return f"SQL {query[0].upper()}"
    kind = layer.get_field("type") or layer.get_field("command")
    return f"SQL {shown(kind)}" if kind is not None else ""


TELLERS = {"http": http, "tls": tls, "resp": redis, "pgsql": sql, "mysql": sql}
"""By tshark's names of layers."""


def missing() -> TcpexplainError:
    """TE020: there is no tshark."""
    return TcpexplainError(
        "--decode needs the program tshark, and there is none in PATH",
        code="TE020",
        help="leave out --decode, or install it\napt install tshark   or   brew install wireshark",
        exit_status=3,
    )
