"""Hold one prediction (``tcpexplain CAPTURE --json``) against one truth file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.judged_calls import Calls, listed
from tcpexplain.lab.judged_states import judge_states
from tcpexplain.lab.matching import OTHER, Row, pairs

if TYPE_CHECKING:
    from tcpexplain.lab.score import Score


def judge(truth: Row, predicted: list[Row], score: Score) -> None:
    """Add every fact of ``truth`` to ``score``; ``predicted`` are the connection lines."""
    for number, (connection, match) in enumerate(pairs(truth, predicted), 1):
        place = f"{truth['name']}#{number}"
        events = sorted(
            (event for event in match.get("events", []) if event.get("packet")), key=lambda event: event["packet"]
        )
        judge_states(connection, events, score, place)
        for side in OTHER:
            Calls(connection, side, events, score, place).judge()
        judge_resets(connection, match, score, place)


def judge_resets(connection: Row, predicted: Row, score: Score, place: str) -> None:
    """The reason of every captured RST."""
    rows = {row["packet"]: row for row in predicted.get("resets", [])}
    for reset in connection["resets"]:
        if reset["packet"] is None:
            continue
        row = rows.get(reset["packet"])
        options = []
        if row is not None and row.get("by") in (reset["side"], None, "unknown"):
            options = [
                reset["reason"] if option in (reset["reason"], reset["class"]) else option
                for option in listed(row.get("reason"))
            ]
        score.add("reset_reason", options, reset["reason"], f"{place} packet {reset['packet']}")
