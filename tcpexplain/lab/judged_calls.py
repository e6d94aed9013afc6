"""Predicted outcomes of calls, held against what they returned.

A call is compared with the prediction attached to the last event at or before the last packet captured when
the call was entered (``connect``: when it returned). ``now`` holds for the first call of its kind; ``then``
once the pending error has been taken, and for a read once an earlier read since the event has drained the
buffer. A write or SO_ERROR takes the error but not the unread data. Calls of a side after its own close are
left out; reads and polls after its own SHUT_RD, which the wire does not show, count as ``hidden``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcpexplain.lab.matching import Row, last_event
from tcpexplain.lab.waiting import WAITED

if TYPE_CHECKING:
    from tcpexplain.lab.score import Score

ENDINGS = {"close", "close_linger0", "kill", "exit", "vanish", "disconnect"}
WAITING = ("EAGAIN", "EINPROGRESS", "EALREADY")
FIELD = {"recv": "read", "peek": "read", "send": "write", "connect": "connect"}
READS = ("recv", "peek")


def outcome(call: Row) -> str:
    """The report's word for what a call returned."""
    if call["errno"] in WAITING:
        return "blocks"
    if call["errno"]:
        return str(call["errno"])
    return "ok" if call["call"] not in READS else "data" if call["returned"] else "eof"


def takes_error(call: Row) -> bool:
    """Whether this call has taken the socket's pending error."""
    if call["call"] == "so_error":
        return call["errno"] is not None
    return call["call"] in FIELD and call["returned"] < 0 and call["errno"] not in (*WAITING, "ENOTCONN", "EISCONN")


def has_waited(call: Row) -> bool:
    """Whether the call waited for what happened: what it returned is the answer to the last packet, not to the one before it."""
    if call["call"] == "connect":
        return call["errno"] not in ("EINPROGRESS", "EALREADY")
    return call["call"] == "recv" and call.get("note") == WAITED


def entered_or_left(call: Row) -> float:
    """The moment at which a call looked for a pending error: when it was entered, or, if it waited for data, when it returned."""
    return float(call["end"] if call["call"] == "recv" and has_waited(call) else call["time"])


def listed(value: Any) -> list[Any]:
    """A possibility, or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


@dataclass(slots=True)
class Calls:
    """The calls of one side in order, and what the socket had told by then."""

    connection: Row
    side: str
    events: list[Row]
    score: Score
    place: str
    event: Row | None = None
    asked: Counter[str] = field(default_factory=Counter)
    drained: bool = False
    took_data: bool = False
    taken: float | None = None  # when the pending error was taken
    read_shut: bool = False

    def judge(self) -> None:
        """Add every call of this side up to its own close."""
        for call in self.connection["syscalls"]:
            if call["side"] != self.side:
                continue
            if call["call"] in ENDINGS:
                return
            self._one(call)

    def _one(self, call: Row) -> None:
        kind = call["call"]
        after = call["after_packet_end"] if has_waited(call) else call["after_packet"]
        packet = self.connection["packets"][after - 1] if after else 0
        self._since(last_event(self.events, packet) if after else None)
        pending = self._pending(call)
        consumed = self.taken is not None and not pending
        if after and kind in (*FIELD, "poll", "so_error"):
            expected = ((self.event or {}).get(self.side) or {}).get("next") or {}
            place = f"{self.place} {self.side} {kind} after packet {packet}"
            {"poll": self._poll, "so_error": self._so_error}.get(kind, self._call)(call, expected, consumed, place)
        self.asked[kind] += 1
        if kind == "recv" and call["returned"] > 0:
            self.took_data, self.drained = True, call["returned"] < call["bytes"]
        if takes_error(call) and (pending or kind in ("so_error", "connect")):
            self.taken = entered_or_left(call)
        if kind in ("shutdown_rd", "shutdown_rdwr") and call["returned"] == 0:
            self.read_shut = True

    def _since(self, event: Row | None) -> None:
        if event is not self.event:
            self.event, self.asked, self.drained, self.took_data = event, Counter(), False, False

    def _pending(self, call: Row) -> bool:
        errors = [row["time"] for row in self.connection["errors"] if row["side"] == self.side]
        return any(moment < entered_or_left(call) and (self.taken is None or moment > self.taken) for moment in errors)

    def _poll(self, call: Row, expected: Row, consumed: bool, place: str) -> None:
        if self.took_data and not consumed:
            return  # the prediction was for the unread data
        prediction = expected.get("poll")
        options = (
            [] if prediction is None else prediction if prediction and isinstance(prediction[0], list) else [prediction]
        )
        # an ICMP error that ended SYN_SENT also stays in the error queue: POLLERR stays
        by_icmp = any(row["side"] == self.side and row["cause"] == "icmp" for row in self.connection["states"])
        gone = {"POLLERR"} if consumed and not by_icmp else set()
        self.score.add(
            self._category("poll"),
            [sorted(set(option) - gone) for option in options],
            sorted(call["revents"] or []),
            place,
            call["time"],
        )

    def _so_error(self, call: Row, expected: Row, consumed: bool, place: str) -> None:
        options = [] if not expected else [None] if consumed else listed(expected.get("so_error"))
        self.score.add(self._category("so_error"), options, call["errno"], place, call["time"])

    def _call(self, call: Row, expected: Row, consumed: bool, place: str) -> None:
        kind = call["call"]
        prediction = expected.get(FIELD[kind]) or {}
        then = prediction.get("then")
        later = consumed or (
            kind == "recv" and bool(self.asked[kind]) and (self.drained or not self.took_data) and then is not None
        )
        chosen = then if later and then is not None else prediction.get("now")
        options = [] if chosen is None else list(listed(chosen))
        if (
            kind in READS
            and later
            and not self.drained
            and "data" in listed(prediction.get("now"))
            and "data" not in options
        ):
            # another call took the error; unread data is still there to be read first
            options = ["data", *options] if listed(prediction["now"])[0] == "data" else [*options, "data"]
        self.score.add(
            self._category(FIELD[kind]) if kind in READS else FIELD[kind], options, outcome(call), place, call["time"]
        )
        if kind == "send" and prediction:
            signal = (
                prediction.get("signal") if options and options[0] == "EPIPE" else None
            )  # a signal belongs to EPIPE only
            self.score.add("signal", [signal], call["signal"], place, call["time"])

    def _category(self, category: str) -> str:
        return "hidden" if self.read_shut else category
