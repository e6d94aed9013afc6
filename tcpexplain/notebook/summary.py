"""A capture in a notebook: how many connections failed, and why, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.selection import groups_of
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.notebook.markup import cell, code, graphic, mark, row, style, table
from tcpexplain.picture.svg import clean
from tcpexplain.story.systems import calls_in
from tcpexplain.terminal.groups import bar
from tcpexplain.terminal.half_closed import TITLE, lines
from tcpexplain.units import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcpexplain.model.capture import Capture
    from tcpexplain.model.group import Group

BAR = 12
"""Letters of the longest bar."""


def html(capture: Capture) -> str:
    """The capture as HTML."""
    groups = groups_of(capture)
    return f"<div>{headline(capture, groups)}{causes(groups)}{common(groups)}{half_closed(capture)}{left_out(capture)}</div>"


def headline(capture: Capture, groups: Sequence[Group]) -> str:
    """The file, how much is in it, how many failed."""
    name = ", ".join(capture.files) or "capture"
    told = [counted(capture.packets, "packet"), counted(len(capture), "connection"), duration(capture.duration)]
    told += [calls] if (calls := calls_in(capture)) else []
    counts = {
        severity: sum(group.count - group.undecided for group in groups if group.severity == severity)
        for severity in SEVERITIES
    }
    unknown = sum(group.undecided for group in groups)
    verdicts = " &nbsp; ".join(
        f"{mark(severity)} <b>{count:,} {severity}</b>" for severity, count in counts.items() if count
    )
    if unknown:
        verdicts += f" &nbsp; {mark('fine', undecided=True)} <b>{unknown:,} cannot be told</b>"
    return f"<p{style(margin='.4em 0')}><b>{clean(name)}</b> &nbsp;{' · '.join(told)} &nbsp; {verdicts}</p>"


def causes(groups: Sequence[Group]) -> str:
    """One row a cause."""
    if not groups:
        return ""
    heads = (
        cell("", head=True),
        cell("connections", head=True, align="right"),
        *(cell(name, head=True) for name in ("", "why they ended", "what happened", "the application sees", "look at")),
    )
    most = max((group.count for group in groups if group.severity != "fine"), default=1)
    return table(heads, (one(group, most) for group in groups))


def one(group: Group, most: int) -> str:
    """One cause: its bar is as long as it is frequent among what failed or is suspicious."""
    length = bar(group.count, most, BAR) if group.severity != "fine" else ""
    return row(
        (
            cell(mark(group.severity, group.all_undecided)),
            cell(f"{group.count:,}", align="right"),
            cell(graphic(length.strip(), group.severity), white_space="nowrap"),
            cell(f"<b>{clean(group.code)}</b>", white_space="nowrap"),
            cell(clean(group.title)),
            cell(code(group.sees)),
            cell(code(f"cap[{group.worst}]"), white_space="nowrap"),
        )
    )


def common(groups: Sequence[Group]) -> str:
    """What the connections of a cause share."""
    told = "".join(
        f"<li><b>{clean(group.code)}</b>: {clean(group.in_common)}</li>" for group in groups if group.in_common
    )
    return f"<p{style(margin='.4em 0 0')}>What they have in common</p><ul>{told}</ul>" if told else ""


def half_closed(capture: Capture) -> str:
    """By server: what one end had closed and the other not."""
    told = "".join(
        f"<li>{mark(one.severity)} <b>{clean(one.who)}</b>: {clean(one.said)}</li>"
        for one in lines(capture.half_closed)
    )
    return f"<p{style(margin='.4em 0 0')}>{TITLE}</p><ul>{told}</ul>" if told else ""


def left_out(capture: Capture) -> str:
    """What could not be used, and what the reader noticed."""
    return "".join(f"<p>{clean(told)}</p>" for told in notices(capture))


def notices(capture: Capture) -> Iterator[str]:
    """One sentence each."""
    if capture.skipped:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in capture.skipped.items())
        yield f"{counted(sum(capture.skipped.values()), 'packet')} not used: {reasons}"
    for warning in capture.warnings:
        yield f"{warning.code}: {warning.message}. {warning.note}"
