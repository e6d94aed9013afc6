"""Parts of a capture: its groups, the connections of one cause or severity, one stream."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.wanted import SEVERITIES, plain
from tcpexplain.moments import aware
from tcpexplain.units import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.group import Group
    from tcpexplain.model.wanted import Selection

LISTED = 6
"""Values that are listed of each kind; the rest is counted."""


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
    from tcpexplain.model.group import Group

    first, counts, open_ = capture.first_of_each(), capture.causes, capture.undecided_by_cause
    return [
        Group(code, c.severity, counts[code], c.stream, c.finding.sees, c.finding.title, undecided=open_[code])
        for code, c in first.items()
    ]


def nothing_fits(capture: Capture, wanted: Selection, typed: Mapping[str, str], zone: tzinfo = UTC) -> TcpexplainError:
    """TE043: none of the connections is asked for; which condition excludes all of them, and what there is instead.

    ``typed``: each condition, by its field in ``Selection``, as the user wrote it; ``zone``: of the times in it.
    """
    parts = list(wanted.parts())
    counts = {name: len(capture.choose(one)) if len(parts) > 1 else 0 for name, one in parts}
    alone = [name for name, count in counts.items() if not count]
    if alone:
        notes = [there_is(capture, name, zone) for name in dict.fromkeys(alone)]
        message = " and ".join(typed[name] for name in alone)
    else:
        notes = [
            ", ".join(f"{typed[name]} fits {count:,}" for name, count in counts.items()) + ", but none fits all of them"
        ]
        message = " ".join(typed[name] for name in counts)
    return TcpexplainError(f"no connection fits {message}", code="TE043", note="\n".join(dict.fromkeys(notes)))


def there_is(capture: Capture, name: str, zone: tzinfo) -> str:
    """What there is of one kind: ``there are: clean (1,612), port-closed (31)``."""
    if name in ("since", "until"):
        first, last = (aware(moment).astimezone(zone) for moment in (capture.start, capture.end))
        return f"the capture runs from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S %Z}"
    found: Counter[str] = Counter()
    if name == "why":
        found.update(capture.causes)
    elif name == "errno":
        for code, connection in capture.first_of_each().items():
            found.update(dict.fromkeys(map(plain, connection.outcomes), capture.causes[code]))
    else:
        for client, server in capture.held.ends():
            found.update({"client": (client.address,), "server": (str(server),), "port": (str(server.port),)}[name])
    most = [f"{value} ({count:,})" for value, count in found.most_common(LISTED)]
    more = f" and {len(found) - LISTED:,} more" if len(found) > LISTED else ""
    kinds = {"client": "the clients are", "server": "the servers are", "port": "the servers' ports are"}
    return (
        f"{kinds.get(name, 'there are')}: {', '.join(most) or 'none'}{more}"
        if found
        else f"there are {counted(len(capture), 'connection')}, and none has an error"
    )
