"""Why a prediction missed: what the record of a situation shows, and its capture does not.

Every reason is a question to the record (truth file); the first that is answered with yes explains the miss.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.lab.score import Fact

Row = dict[str, Any]
PLACE = re.compile(
    r"(?P<name>.*)#(?P<number>\d+) (?:(?P<side>client|server) )?(?:(?P<call>\w+) after )?packet (?P<packet>\d+)"
)


class Miss:
    """One fact that was missed, and the connection's record."""

    def __init__(self, fact: Fact, truth: Row) -> None:
        found = PLACE.fullmatch(fact.place)
        if found is None:
            raise ValueError(fact.place)
        self.fact, self.truth = fact, truth
        self.name, self.side, self.packet = found["name"], found["side"] or "", int(found["packet"])
        self.connection: Row = truth["connections"][int(found["number"]) - 1]
        self.place = f"{self.name}#{found['number']}" if len(truth["connections"]) > 1 else self.name

    @property
    def is_state(self) -> bool:
        """Whether it is about a state."""
        return self.fact.category.startswith("states")

    @property
    def is_call(self) -> bool:
        """Whether it is about what a call returned."""
        return self.fact.category in ("read", "write", "signal", "poll", "so_error", "connect")

    def changes(self, **wanted: object) -> list[Row]:
        """The states this end entered, of these properties."""
        rows = [row for row in self.connection["states"] if row["side"] == self.side]
        return [row for row in rows if all(row[key] == value for key, value in wanted.items())]

    @property
    def far(self) -> bool:
        """Whether the capture was taken beside the other end."""
        vantage = self.truth["capture"]["vantage"]
        return vantage in ("client", "server") and vantage != self.side

    @property
    def is_traced(self) -> bool:
        """Whether the kernel's own trace has the state that was said, at some moment between this packet and the connection's next.

        The states of a record begin with the packet that is named for them. A change without a packet is passed over, and one that
        is named for another packet than the one that made it comes too early: there the trace's own moment tells who is right.
        """
        place = self.connection["packets"].index(self.packet) + 1
        rows = [row for row in self.connection["states"] if row["side"] == self.side]
        before = [row["to"] for row in rows if row["after_packet"] < place]
        within = [row["to"] for row in rows if row["after_packet"] == place]
        return self.is_state and any(state in before[-1:] + within for state in self.fact.predicted)

    @property
    def calls(self) -> list[str]:
        """The calls this end made."""
        return [row["call"] for row in self.connection["syscalls"] if row["side"] == self.side]


def by_timer(miss: Miss) -> bool:
    """A timer ended the state after this packet."""
    return miss.is_state and any(row["from"] == miss.fact.observed for row in miss.changes(packet=None, cause="timer"))


def dropped_in_silence(miss: Miss) -> bool:
    """The listener had no room for the connection, and dropped its ACK."""
    return by_timer(miss) and miss.fact.observed == "SYN_RCVD" and miss.fact.predicted == ["ESTABLISHED"]


def not_yet(miss: Miss) -> bool:
    """The recording stopped before the timer that is predicted."""
    going_on = not miss.changes(to="CLOSED") and not miss.connection["undelivered"]
    return miss.is_state and miss.fact.predicted == ["CLOSED"] and going_on


def without_a_packet(miss: Miss) -> bool:
    """The end went without a packet that the capture has."""
    return miss.is_state and any(row["from"] == miss.fact.observed for row in miss.changes(packet=None))


def repeated_after(miss: Miss) -> bool:
    """The record names a packet after which the end sent again what it sends in the state before."""
    return (
        miss.is_state
        and not miss.far
        and any(
            row["packet"] and row["packet"] <= miss.packet for row in miss.changes(to=miss.fact.observed, cause="icmp")
        )
    )


def seen_from_afar(miss: Miss) -> bool:
    """The capture was taken beside the other end."""
    return (miss.is_state or miss.is_call) and miss.far


def reset_elsewhere(miss: Miss) -> bool:
    """A RST that the capture does not have ended this end."""
    seen = any(row["packet"] and row["side"] != miss.side for row in miss.connection["resets"])
    ended = any(row["side"] == miss.side and row["error"] not in ("0", None) for row in miss.connection["errors"])
    return miss.is_call and miss.far and ended and not seen


def taken_by_another(miss: Miss) -> bool:
    """Another call had taken the error of the attempt before."""
    return miss.fact.category == "connect" and miss.fact.observed == "ECONNABORTED"


def not_blocking(miss: Miss) -> bool:
    """connect() was not blocking."""
    return miss.is_call and any(
        row["call"] == "connect" and row["errno"] == "EINPROGRESS" for row in miss.connection["syscalls"]
    )


def full(miss: Miss) -> bool:
    """The send buffer was full."""
    return miss.fact.category in ("write", "poll") and miss.fact.observed in ("blocks", [])


def error_taken(miss: Miss) -> bool:
    """Another call had taken the error, and the data before it had been read."""
    return miss.fact.category == "read" and miss.fact.observed == "eof" and miss.fact.predicted == ["ECONNRESET"]


def in_between(miss: Miss) -> bool:
    """Something arrived while nothing passed the capture."""
    return miss.is_call and any(
        0 <= row["time"] - miss.fact.time < SOON for row in miss.connection["states"] if row["side"] == miss.side
    )


def shut_by_both(miss: Miss) -> bool:
    """The end had called shutdown(SHUT_RDWR), or SHUT_RD besides."""
    return any(call in ("shutdown_rdwr", "shutdown_rd") for call in miss.calls)


def lost_fin(miss: Miss) -> bool:
    """The FIN of the end that sent the RST was lost on the way to the capture."""
    sides = {row["side"] for row in miss.connection["resets"] if row["packet"] == miss.packet}
    rows = [
        row for row in miss.connection["states"] if row["side"] in sides and row["to"] in ("FIN_WAIT_1", "LAST_ACK")
    ]
    return miss.fact.category == "reset_reason" and any(row["packet"] is None for row in rows)


def next_of_the_ports(miss: Miss) -> bool:
    """A new connection of the same ports ended this one."""
    ends = [(row["client"], row["server"]) for row in miss.truth["connections"]]
    return miss.is_call and ends.count((miss.connection["client"], miss.connection["server"])) > 1


def maker_unknown(miss: Miss) -> bool:
    """Who made the RST does not show."""
    return miss.fact.category == "reset_reason"


SOON = 1.0
"""Seconds."""

REASONS: tuple[tuple[Callable[[Miss], bool], str], ...] = (
    (
        dropped_in_silence,
        "that the listener's queue was full: it dropped the last ACK and the data in silence, as a path that fails would",
    ),
    (
        by_timer,
        "a packet for the timer: the prediction is written with the last packet before it, the record keeps the state before",
    ),
    (
        not_yet,
        "the time after its end, in which the kernel's last retry fails: the prediction is written with the last packet",
    ),
    (
        without_a_packet,
        "a packet for the end of this socket: the prediction is written with the RST that betrays it, the record keeps the state before",
    ),
    (
        repeated_after,
        "nothing more: the record names the first ICMP error, the kernel's trace the moment of the second; the SYN repeated between them was sent from SYN-SENT",
    ),
    (
        next_of_the_ports,
        "among this connection's packets, the RST: it answers the next connection's SYN, and is counted there",
    ),
    (reset_elsewhere, "the RST that ended this end: it was sent beside the other end, out of the capture's sight"),
    (
        seen_from_afar,
        "when, and whether, a segment reached the end across the path: nothing this end sent until then tells",
    ),
    (taken_by_another, "which call had taken the error of the attempt"),
    (full, "how much waits in the send buffer"),
    (not_blocking, "that connect() did not block"),
    (error_taken, "which call had taken the error"),
    (shut_by_both, "that shutdown() closed the reading side as well"),
    (in_between, "the moment of the call between two packets"),
    (lost_fin, "the FIN of the end that sent the RST: it was lost before it reached the capture"),
    (maker_unknown, "who made the RST: only its numbers show, and they fit both"),
)
"""What the capture does not contain."""


def why(miss: Miss) -> str:
    """What the capture does not contain; ValueError if nothing explains the miss."""
    for holds, words in REASONS:
        if holds(miss):
            return words
    raise ValueError(
        f"{miss.fact.place}: {miss.fact.category}, observed {miss.fact.observed}, predicted {miss.fact.predicted}"
    )
