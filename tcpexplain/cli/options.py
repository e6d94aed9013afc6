"""The command line, parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.terminal.paper import Color
    from tcpexplain.terminal.times import TimeForm


@frozen
class Options:
    """What was asked for; each field is the option of its name."""

    captures: tuple[str, ...]
    read: str | None
    interface: str | None
    count: int | None
    interfaces: bool
    save: str | None
    kernel: bool
    snap_length: int | None
    numeric: bool
    stream: int | None
    why: tuple[str, ...]
    errno: tuple[str, ...]
    client: str | None
    server: str | None
    port: int | None
    since: str | None
    until: str | None
    tz: str | None
    as_json: bool
    events: bool
    outputs: tuple[str, ...]
    evidence: bool
    draw: str | None
    theme: str
    explain: str | None
    logs: tuple[str, ...]
    runtime: str | None
    os: str
    client_os: str | None
    server_os: str | None
    reader: str | None
    fail_on: str | None
    strict: bool
    jobs: int
    cluster: str | None
    compare: bool
    time: TimeForm | None
    local: bool | None
    messages: str
    identify: bool
    points: tuple[str, ...]
    decode: bool
    decode_as: tuple[tuple[str, str], ...]
    anonymize: bool
    anonymize_key: str | None
    demo: bool
    debug: bool
    color: Color
