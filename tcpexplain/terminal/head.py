"""The first lines of every report: what was read, how much of it, and what could not be used."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.readers import STDIN
from tcpexplain.story.systems import calls_in
from tcpexplain.units import counted, duration, instant, zone_name

if TYPE_CHECKING:
    from datetime import tzinfo

    from tcpexplain.model.capture import Capture
    from tcpexplain.terminal.paper import Paper, Span

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")
"""Characters that mean nothing else to a shell: a name of no others is typed as it is."""


def write_head(paper: Paper, capture: Capture, stream: int | None = None, zone: tzinfo = UTC) -> None:
    """``seed004.pcap  9 packets, 1 TCP connection, 20.0 s, from 2019-07-05 15:15:28 UTC``: the zone of all times that follow."""
    facts = [counted(capture.packets, "packet"), counted(len(capture), "TCP connection")]
    if capture.duration:
        facts.append(duration(capture.duration))
    if capture.interfaces:
        facts.append(f"on {', '.join(capture.interfaces)}")
    if capture.start:
        facts.append(f"from {instant(capture.start, zone)} {zone_name(capture.start, zone)}")
    calls = calls_in(capture, stream)
    name, told = source(capture), ", ".join([*facts, calls] if calls else facts)
    if sum(len(text) for text, _ in name) + 2 + len(told) <= paper.width:
        paper.line(*name, ("  ", ""), (told, "dim"))
    else:
        told = ", ".join(facts)
        paper.flow([*name, ("  ", ""), (calls, "dim")] if calls else name, indent=2)
        paper.flow([("  ", ""), (told, "dim")], indent=2)
    if capture.skipped:
        reasons = ", ".join(
            f"{count:,} {reason}" for reason, count in sorted(capture.skipped.items(), key=lambda item: -item[1])
        )
        paper.flow([(f"  {counted(sum(capture.skipped.values()), 'packet')} not used: {reasons}", "dim")], indent=2)


def typed(capture: Capture) -> str:
    """The capture's files as they are typed in a shell; empty if they cannot be read again."""
    again = capture.format != "live" and STDIN not in capture.given
    return " ".join(quoted(name) for name in capture.given) if again else ""


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    if name and PLAIN.issuperset(name):
        return name
    from shlex import quote

    return quote(name)


def source(capture: Capture) -> list[Span]:
    """The name of the file, or how many there are."""
    if not capture.given:
        return [("capture", "bold")]
    more = f" and {len(capture.given) - 1} more" if len(capture.given) > 1 else ""
    more += f", {counted(len(capture.files), 'capture')}" if len(capture.files) > len(capture.given) else ""
    # What was asked for is an option where a capture comes with the package.
    name = capture.files[0] if capture.given[0].startswith("--") else capture.given[0]
    return [(name, "bold"), (more, "")]
