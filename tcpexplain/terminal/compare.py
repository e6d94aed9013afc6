"""Two captures, before and after: which causes came, went, grew and shrank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.selection import groups_of
from tcpexplain.model.wanted import SEVERITIES
from tcpexplain.terminal.head import write_head
from tcpexplain.terminal.paper import MARKS, Paper, Span

if TYPE_CHECKING:
    from tcpexplain.model.capture import Capture


def write_comparison(paper: Paper, before: Capture, after: Capture) -> None:
    """One line a cause: how many before, how many after, in how many of a hundred connections."""
    write_head(paper, before)
    write_head(paper, after)
    paper.line()
    severity = {group.code: group.severity for capture in (before, after) for group in groups_of(capture)}
    code = max([14, *(len(name) for name in severity)])
    paper.line((f"  {'why it ended'.ljust(code)}  {'before':>7} {'':>7}   {'after':>7} {'':>7}   change", "dim"))
    was, now = before.causes, after.causes
    for name in sorted(
        severity,
        key=lambda name: (SEVERITIES.index(severity[name]), -abs(_share(after, name) - _share(before, name)), name),
    ):
        fine = severity[name] == "fine"
        numbers = "   ".join(
            f"{counts.get(name, 0):>7,} {_share(capture, name):>6.1f}%"
            for counts, capture in ((was, before), (now, after))
        )
        head: list[Span] = [
            (MARKS[severity[name]] + " ", severity[name]),
            (name.ljust(code), "dim" if fine else "bold"),
        ]
        paper.line(
            *head,
            ("  " + numbers + "   ", "dim" if fine else ""),
            _change(was.get(name, 0), now.get(name, 0), before, after, fine=fine),
        )


def _share(capture: Capture, name: str) -> float:
    """Per cent of the connections."""
    return 100 * capture.causes.get(name, 0) / len(capture) if len(capture) else 0.0


def _change(was: int, now: int, before: Capture, after: Capture, *, fine: bool) -> Span:
    """new, gone, or how many times as common as before."""
    if not was:
        return ("new", "dim" if fine else "bad")
    if not now:
        return ("gone", "dim" if fine else "certain")
    ratio = (now / len(after)) / (was / len(before))
    text = "same" if 0.95 < ratio < 1.05 else f"{ratio:.1f} x" if ratio >= 0.1 else f"{ratio:.2f} x"
    return (text, "dim" if fine or text == "same" else "bad" if ratio > 1 else "certain")
