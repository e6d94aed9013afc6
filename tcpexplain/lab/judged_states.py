"""Predicted states, held against those that the kernel reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.lab.matching import OTHER, Row, last_event

if TYPE_CHECKING:
    from tcpexplain.lab.score import Score


def spelled(state: object) -> list[str | None]:
    """The predicted state in the truth files' spelling; a list of states is no answer."""
    if not isinstance(state, str):
        return []
    plain = state.replace("-", "_")
    return ["SYN_RCVD" if plain == "SYN_RECEIVED" else plain]


def entered(connection: Row, side: str) -> list[tuple[int, list[str]]]:
    """(packet, states entered with it); what is handled late counts with this end's newest packet so far."""
    groups: list[tuple[int, list[str]]] = []
    latest = 0
    for row in connection["states"]:
        if row["side"] != side or row["packet"] is None:
            continue
        latest = max(latest, row["packet"])
        if groups and groups[-1][0] == latest:
            groups[-1][1].append(row["to"])
        else:
            groups.append((latest, [row["to"]]))
    return groups


def judge_states(connection: Row, events: list[Row], score: Score, place: str) -> None:
    """Every state entered, and both ends' states after every packet."""
    for side in OTHER:
        groups = entered(connection, side)
        for packet, states in groups:
            event = last_event(events, packet)
            predicted = spelled(event[side]["state"]) if event else []
            if predicted and predicted[0] != states[-1] and predicted[0] in states[:-1]:
                predicted = [None, states[-1]]  # passed through on this very packet
            score.add("states", predicted, states[-1], f"{place} {side} packet {packet}")
        for packet in connection["packets"]:
            past = [states[-1] for first, states in groups if first <= packet]
            if past:
                event = last_event(events, packet)
                score.add(
                    "states_all",
                    spelled(event[side]["state"]) if event else [],
                    past[-1],
                    f"{place} {side} packet {packet}",
                )
