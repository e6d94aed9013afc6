"""Prediction beside observation, call by call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpexplain.lab.score import Fact, Score

MARK = {"exact": "✓", "listed": "~", "miss": "✗"}


def shown(value: object) -> str:
    """One observed or predicted value in the words of the calls."""
    if isinstance(value, list):
        return " ".join(name.removeprefix("POLL") for name in value) or "nothing"
    return "0" if value is None else str(value)


def returned(call: dict[str, Any]) -> str:
    """What one recorded call returned, as strace would put it."""
    if call["call"] == "poll":
        return shown(call["revents"])
    if call["call"] == "so_error":
        return call["errno"] or "0"
    signal = f" + {call['signal']}" if call["signal"] else ""
    return f"{call['returned']} {call['errno']}{signal}" if call["errno"] else str(call["returned"])


def lines(truth: dict[str, Any], score: Score) -> Iterator[str]:
    """A heading, every call in the order of time, then how states and RSTs compare."""
    yield f"{truth['name']}  {truth['description']}"
    yield f"  {truth['capture']['packets']} packets, {truth['capture']['vantage']}, {truth['kernel']}"
    yield f"  {'after':>5}  {'end':6}  {'call':16}  {'returned':28}  predicted"
    facts = {(fact.place.split()[0], fact.time): fact for fact in score.facts if fact.category != "signal"}
    for number, connection in enumerate(truth["connections"], 1):
        for call in connection["syscalls"]:
            yield _call(call, connection["packets"], facts.get((f"{truth['name']}#{number}", call["time"])))
    for category, word in (("states_all", "states"), ("reset_reason", "RSTs")):
        judged = [fact for fact in score.facts if fact.category == category]
        if judged:
            yield f"  {word}: {sum(fact.verdict == 'exact' for fact in judged)} of {len(judged)} as the kernel had them"
    for fact in score.facts:
        if fact.category in ("states", "reset_reason") and fact.verdict != "exact":
            yield f"  {MARK[fact.verdict]} {fact.place.split(' ', 1)[1]}: {fact.observed}, predicted {' or '.join(map(shown, fact.predicted)) or 'nothing'}"


def _call(call: dict[str, Any], packets: list[int], fact: Fact | None) -> str:
    after = packets[call["after_packet"] - 1] if call["after_packet"] else "-"
    name = f"{call['call']}({call['bytes'] if call['bytes'] is not None else ''})"
    predicted = f"{MARK[fact.verdict]} {' or '.join(map(shown, fact.predicted)) or 'nothing'}" if fact else ""
    return f"  {after:>5}  {call['side']:6}  {name:16}  {returned(call):28}  {predicted}".rstrip()
