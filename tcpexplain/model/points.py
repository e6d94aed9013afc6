"""One connection seen at several points: where they were, and where each segment was seen, lost or made."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

NOWHERE: Mapping[int, Journey] = {}


@frozen
class CapturePoint:
    """One point of capture, as one connection was seen there. Points stand in the order of the path, the client's first."""

    name: str
    """As ``--points`` has it, or the capture's short name; two names of one capture have their addresses with it."""
    file: int
    """The capture, by index."""
    client: tuple[str, int]
    """Address and port of the client, as they are written there."""
    server: tuple[str, int]
    clock_offset: float
    """Seconds to add to the times of this capture, so that its clock agrees with the first capture's."""
    drift: float
    """Microseconds a second by which its clock runs slow against the first capture's; 0 where too little shows it."""
    delay: float | None
    """Seconds from the first point to this one, the shortest; None where packets of only one direction tell."""
    packets: int
    clock_steps: tuple[tuple[int, float], ...] = ()
    """About when (ns since 1970, by its own times) its clock was set while it was made, and by how many seconds; below 0: back."""

    @property
    def capture(self) -> str:
        """The name without the addresses that tell several points of one capture apart."""
        (client, client_port), (server, server_port) = self.client, self.server
        return self.name.removesuffix(f"{client}:{client_port} > {server}:{server_port}").rstrip() or "capture"


@frozen
class Sight:
    """A segment at one point: when, in nanoseconds since 1970-01-01 UTC by the first capture's clock."""

    point: str
    time: int


@frozen
class Journey:
    """The way of one segment; ``fate`` is what two points prove of it.

    ``lost``: it was seen at the first of ``between``, and never came to the second. ``made``: it was seen at the second, and never
    passed the first, where its sender is.
    """

    packet: int
    """By its identity (``wire.segment.FILE_SHIFT``)."""
    side: Literal[0, 1]
    """Who sent it, or is named as its sender: 0 the client."""
    at: tuple[Sight, ...]
    fate: Literal["", "lost", "made"] = ""
    between: tuple[str, str] = ("", "")
    again: bool = False
    """Whether a later copy of what was lost did come."""
    words: str = ""
    """What it is: ``RST``, ``300 bytes``."""


@frozen
class United:
    """What is known of a connection because it was seen at several points."""

    points: tuple[CapturePoint, ...]
    passages: Mapping[int, Journey] = field(default_factory=lambda: NOWHERE)
    """By the packet's identity."""
    untranslated: tuple[int, ...] = ()
    """SYN-ACKs that came to the client under another address than it had called."""
    refused: tuple[int, ...] = ()
    """The RSTs that the client's kernel answered them with."""

    @property
    def lost(self) -> tuple[Journey, ...]:
        """What was lost on the way, and never came later."""
        return tuple(one for one in self.odd if one.fate == "lost" and not one.again)

    @property
    def odd(self) -> tuple[Journey, ...]:
        """The segments that were lost or made on the way, in order."""
        return tuple(one for one in self.passages.values() if one.fate)
