"""Parts of a capture: its groups, the connections of one cause or severity, one stream."""

from __future__ import annotations

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture, Group
from tcpexplain.model.wanted import SEVERITIES


def has_stream(capture: Capture, stream: int) -> int:
    """``stream`` if the capture has such a connection.

    Raises
    ------
    TcpexplainError
        TE041 if there is none of this number.
    """
    if stream in capture.streams:
        return stream
    last = max(capture.streams, default=-1)
    note = (
        f"its streams are 0 to {last}"
        if last > 0
        else "its only stream is 0"
        if last == 0
        else "it has no TCP connection"
    )
    raise TcpexplainError(f"there is no stream {stream} in this capture", code="TE041", note=note)


def groups_of(capture: Capture) -> tuple[Group, ...]:
    """The capture's groups, or counted here if the analysis gave none; worst severity first, then the largest, clean last."""
    groups = capture.groups or tuple(_counted_groups(capture))
    return tuple(
        sorted(
            groups,
            key=lambda g: (
                SEVERITIES.index(g.severity),
                g.undecided == 0,
                g.code == "clean",
                -g.count if g.severity != "fine" else g.count,
            ),
        )
    )


def _counted_groups(capture: Capture) -> list[Group]:
    """One group a cause, told by its first connection."""
    first, counts, open_ = capture.first_of_each(), capture.causes, capture.undecided_by_cause
    return [
        Group(code, c.severity, counts[code], c.stream, c.finding.sees, c.finding.title, undecided=open_[code])
        for code, c in first.items()
    ]
