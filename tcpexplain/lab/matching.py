"""Which prediction belongs to which connection of a truth file, and which event to which packet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


Row = dict[str, Any]
OTHER = {"client": "server", "server": "client"}


def connections(text: str) -> list[Row]:
    """The connection lines of a JSON Lines report."""
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [row for row in rows if row.get("type") == "connection"]


def pairs(truth: Row, predicted: list[Row]) -> Iterator[tuple[Row, Row]]:
    """Every connection of the truth with its prediction ({} if there is none), incarnations in order, roles possibly swapped."""
    free = list(predicted)
    for connection in truth["connections"]:
        if not connection["packets"]:
            continue
        ends = connection["client"], connection["server"]
        match = next((row for row in free if (row["client"], row["server"]) == ends), None)
        swapped = None if match else next((row for row in free if (row["server"], row["client"]) == ends), None)
        if match or swapped:
            free.remove(match or swapped or {})
        yield connection, match or (swap(swapped) if swapped else {})


def swap(row: Row) -> Row:
    """The prediction with client and server exchanged."""
    events = [
        {**event, "from": OTHER.get(event.get("from", "")), "client": event["server"], "server": event["client"]}
        for event in row["events"]
    ]
    resets = [{**reset, "by": OTHER.get(reset.get("by", ""))} for reset in row.get("resets", [])]
    return {**row, "client": row["server"], "server": row["client"], "events": events, "resets": resets}


def last_event(events: list[Row], packet: int) -> Row | None:
    """The last event at or before ``packet``."""
    found = None
    for event in events:
        if event["packet"] > packet:
            break
        found = event
    return found
