"""Count how often predictions were right, and print the table.

For every category ``exact``: the first possibility is what happened; ``listed``: another of the listed
possibilities is; ``miss``: none is, or nothing was predicted. ``breadth`` is the mean number of
possibilities offered: a list is worth something only while it is short.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tcpexplain.values import frozen

CATEGORIES = (
    "states",
    "states_all",
    "read",
    "write",
    "signal",
    "poll",
    "so_error",
    "connect",
    "reset_reason",
    "hidden",
)


@frozen
class Fact:
    """One observed fact and what had been predicted for it, the best guess first."""

    category: str
    verdict: str  # exact, listed, miss
    place: str
    observed: Any
    predicted: list[Any]
    time: float = 0.0  # of the call, seconds since 1970; 0 for states and RSTs


@dataclass(slots=True)
class Score:
    """All facts judged so far."""

    facts: list[Fact] = field(default_factory=list)

    def add(self, category: str, predicted: list[Any], observed: Any, place: str, time: float = 0.0) -> Fact:
        """Judge one fact."""
        verdict = "miss"
        if predicted and predicted[0] == observed:
            verdict = "exact"
        elif observed in predicted:
            verdict = "listed"
        fact = Fact(category, verdict, place, observed, predicted, time)
        self.facts.append(fact)
        return fact

    def summary(self) -> dict[str, dict[str, float]]:
        """Numbers of every category: n, exact, listed, miss, breadth."""
        rows = {}
        for category in CATEGORIES:
            facts = [fact for fact in self.facts if fact.category == category]
            count = Counter(fact.verdict for fact in facts)
            offered = sum(len(fact.predicted) for fact in facts)
            rows[category] = {
                "n": len(facts),
                "exact": count["exact"],
                "listed": count["listed"],
                "miss": count["miss"],
                "breadth": round(offered / len(facts), 2) if facts else 0,
            }
        return rows

    def table(self) -> str:
        """The table, and as its last line the same numbers as one JSON object."""
        summary = self.summary()
        lines = [
            f"{'':13} {'n':>6} {'exact':>6} {'listed':>6} {'miss':>6} {'exact %':>8} {'with list %':>11} {'breadth':>8}"
        ]
        for category, row in summary.items():
            shares = [
                f"{100 * part / row['n']:.1f}" if row["n"] else "-"
                for part in (row["exact"], row["exact"] + row["listed"])
            ]
            lines.append(
                f"{category:13} {row['n']:6} {row['exact']:6} {row['listed']:6} {row['miss']:6} {shares[0]:>8} {shares[1]:>11} {row['breadth']:>8}"
            )
        return "\n".join([*lines, json.dumps(summary)])

    def misses(self) -> list[str]:
        """One line for every fact that was not predicted exactly."""
        return [
            f"{fact.verdict:6} {fact.category:12} {fact.place}: observed {fact.observed}, predicted {fact.predicted}"
            for fact in self.facts
            if fact.verdict != "exact"
        ]
