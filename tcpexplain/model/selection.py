"""Parts of a capture: its groups, the connections of one cause or severity, one stream."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import SEVERITIES, Capture, Group, changed
from tcpexplain.registry import names

if TYPE_CHECKING:
    from collections.abc import Sequence


def causes() -> tuple[str, ...]:
    """The codes of all causes."""
    return tuple(name.replace("_", "-") for name in names("tcpexplain.causes"))


def only_why(capture: Capture, why: str) -> Capture:
    """The connections that ended for ``why``, or of which it holds besides; a severity (failed) is understood as well.

    Raises
    ------
    TcpexplainError
        TE042 if there is no such cause at all; TE043 if no connection here has it.
    """
    known(why)
    chosen = capture.fitting(why)
    if not chosen:
        have = ", ".join(
            f"{code} ({count:,})" for code, count in sorted(capture.causes.items(), key=lambda item: -item[1])
        )
        raise TcpexplainError(
            f"no connection here is {why}", code="TE043", note=f"there are: {have or 'no connections'}"
        )
    return part(capture, chosen)


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


def part(capture: Capture, streams: Sequence[int]) -> Capture:
    """A capture of fewer connections; packet counts stay those of the whole."""
    chosen = capture.only(streams)
    fewer = Capture(chosen)
    whole, kept = capture.causes, fewer.causes
    groups = tuple(group for group in capture.groups if group.code in kept)
    if any(kept[code] != whole[code] for code in kept):
        groups = ()
    return changed(capture, chosen, groups=groups)


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


def known(name: str) -> str:
    """``name`` if it is a cause or a severity; TE042 otherwise."""
    if name in SEVERITIES or name in causes():
        return name
    near = get_close_matches(name, [*causes(), *SEVERITIES], 1, 0.5)
    raise TcpexplainError(
        f"there is no cause {name}",
        code="TE042",
        help=f"did you mean {near[0]}?" if near else "tcpexplain --explain causes",
    )
