"""A finding in a notebook: the verdict in a box, then why, lost, do, sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.notebook.markup import TINTS, TONES, code, facts, mark, style
from tcpexplain.picture.svg import clean
from tcpexplain.story.files import evidence_words

if TYPE_CHECKING:
    from tcpexplain.model.connection import Finding


def html(finding: Finding) -> str:
    """The finding as HTML."""
    return f"<div>{verdict(finding)}{reasons(finding)}</div>"


def verdict(finding: Finding) -> str:
    """The sentence to take away."""
    box = style(
        border_left=f"4px solid {TONES[finding.severity]}",
        background=TINTS[finding.severity],
        padding=".5em .9em",
        margin=".4em 0",
    )
    sees = f" {code(finding.sees)}" if finding.sees else ""
    title = finding.title[:1].upper() + finding.title[1:]
    return f"<p{box}>{mark(finding.severity, finding.undecided)} <b>{clean(finding.code)}</b> {clean(title)}.{sees}</p>"


def reasons(finding: Finding, retry: str = "") -> str:
    """What one wants to know next; ``retry`` is of the connection."""
    others = f" It may also be {' or '.join(finding.alternatives)}." if finding.alternatives else ""
    return facts(
        (
            ("why", finding.why),
            ("lost", finding.lost),
            ("do", finding.do),
            ("retry", retry),
            ("sure", f"{finding.certainty}: {finding.sure}{others}" if finding.sure else finding.certainty + others),
            ("evidence", ", ".join(f"packet {packet}" for packet in evidence_words(finding))),
            ("shown", finding.vantage),
            ("also", ", ".join(finding.also)),
        )
    )
