"""The command line, parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from tcpexplain.terminal.paper import Color
    from tcpexplain.terminal.times import TimeForm

ASKED = "_TCPEXPLAIN_COMPLETE"
"""The variable by which a shell asks for completions."""


@frozen
class Options:
    """What was asked for; each field is the option of its name, and its default what the option says where nobody gives it."""

    captures: tuple[str, ...]
    read: str | None = None
    interface: str | None = None
    count: int | None = None
    interfaces: bool = False
    save: str | None = None
    kernel: bool = False
    snap_length: int | None = None
    numeric: bool = False
    stream: int | None = None
    why: tuple[str, ...] = ()
    errno: tuple[str, ...] = ()
    client: str | None = None
    server: str | None = None
    port: int | None = None
    since: str | None = None
    until: str | None = None
    tz: str | None = None
    as_json: bool = False
    events: bool = True
    outputs: tuple[str, ...] = ()
    evidence: bool = False
    draw: str | None = None
    theme: str = "light"
    explain: str | None = None
    logs: tuple[str, ...] = ()
    runtime: str | None = None
    os: str = "auto"
    client_os: str | None = None
    server_os: str | None = None
    reader: str | None = None
    fail_on: str | None = None
    strict: bool = False
    jobs: int = 0
    cluster: str | None = None
    compare: bool = False
    time: TimeForm | None = None
    local: bool | None = None
    messages: str = "verdict"
    identify: bool = True
    points: tuple[str, ...] = ()
    decode: bool = False
    decode_as: tuple[tuple[str, str], ...] = ()
    anonymize: bool = False
    anonymize_key: str | None = None
    demo: bool = False
    debug: bool = False
    color: Color = "auto"
