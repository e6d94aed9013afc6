"""What follows from the messages of a connection, as numbers: the fields ``SAID`` and ``SAID_BY_END`` of ``machine.facts``, and words for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.model.said import Heard, Said
from tcpexplain.model.unread import ENCRYPTED, FOLLOWED, GAP, SNAP_LENGTH, START, UNKNOWN_PROTOCOL
from tcpexplain.payload.talk import FATAL, GOAWAY, QUIT
from tcpexplain.tuples import NamedTuple

if TYPE_CHECKING:
    from tcpexplain.payload.talk import Message, Talk

REPEATABLE = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "REPORT", "SEARCH", "QUERY")
"""Methods whose request may be sent again (RFC 9110 section 9.2.2); others may not."""
CLOSE_NOTIFY = 2


class Outcome(NamedTuple):
    """Numbers of the connection, of the client, of the server; and words."""

    facts: dict[str, int]
    client: dict[str, int]
    server: dict[str, int]
    said: Said


def outcome(talk: Talk, client: int, place: int, start: int, fins: tuple[int, int]) -> Outcome | None:
    """What a connection's messages come to; None if nothing is known of them.

    Parameters
    ----------
    talk
        Both directions, read to their end.
    client
        Which end of the key is the client.
    place
        Of its protocol in ``messages.languages()``.
    start
        Ns since 1970 of the connection's first packet.
    fins
        Ns since 1970 of the ends' FINs, 0 where there is none; by sides of the key.
    """
    if talk.protocol is None:
        return None
    ends = [end_facts(talk, side, start, fins[side]) for side in (client, 1 - client)]
    hazy = is_hazy(talk)
    waiting = 0 if hazy else len(talk.waiting)
    begun = begun_answer(talk)
    facts = {
        "sound": int(not any(flow.resumed or flow.lost for flow in talk.flows)),
        "protocol": place + 1,
        "asker": (talk.asker ^ client) if talk.asker >= 0 else -1,
        "waiting": waiting,
        "begun": int(bool(waiting and begun)),
        "owed": 0 if hazy or begun or talk.memo.get("hazy") else owed(talk, fins),
        "early": int(
            talk.early
            and not hazy
            and talk.open[max(talk.asker, 0)] is not None
            and talk.whole[max(talk.asker, 0)] is False
        ),
        "method": 0 if not talk.method else 1 if talk.method in REPEATABLE else 2,
        "status": int(talk.status) if talk.status.isdigit() else 0,
        "announced": int(talk.limit),
        "heartbeat": min(round(1000 * talk.heartbeat), 0x7FFFFFFF),
        "unprocessed": int(unprocessed(talk)),
        "unread": unread(talk, hidden=any(end["sealed"] for end in ends)),
    }
    if talk.alert:
        facts |= {"alert": talk.alert[1] + 1, "alert_from": talk.alert[0] ^ client, "alert_at": talk.alert[2]}
    return Outcome(facts, ends[0], ends[1], said(talk, client))


def is_hazy(talk: Talk) -> bool:
    """Whether requests may have been answered, or asked, where nothing was read; who calls each by its name knows them again."""
    if getattr(talk.protocol, "NAMES_REQUESTS", False):
        return talk.asker < 0 or talk.flows[1 - talk.asker].lost
    return bool(talk.memo.get("hazy")) or any(flow.lost for flow in talk.flows)


def owed(talk: Talk, fins: tuple[int, int]) -> int:
    """Whole requests without a word of an answer when the end that was asked closed, or at the end."""
    if talk.asker < 0 or not getattr(talk.protocol, "ANSWERS", False):
        return 0
    until = fins[1 - talk.asker]
    return sum(one.whole is True and (until == 0 or one.time < until) for one in talk.waiting.values())


def unread(talk: Talk, *, hidden: bool) -> int:
    """Why messages could not be followed to the end."""
    lost = [flow for flow in talk.flows if flow.lost]
    if hidden or getattr(talk.protocol, "OPAQUE", False):
        return ENCRYPTED
    if any(flow.cut for flow in talk.flows):
        return SNAP_LENGTH
    if any(flow.resumed for flow in talk.flows):
        return START
    if any(not flow.seen for flow in lost):
        return GAP
    return UNKNOWN_PROTOCOL if lost else FOLLOWED


def end_facts(talk: Talk, side: int, start: int, fin: int) -> dict[str, int]:
    """Of one end."""
    message, flow, whole = talk.open[side], talk.flows[side], talk.whole[side]
    found = {"whole": 0 if whole is None else 1 if whole else 2}
    if whole is False:
        lacking = max(message.end - flow.reach, 0) if message and message.end >= 0 else flow.remaining
        found |= {"came": message.came if message else 0, "lacking": lacking}
    goodbye = talk.goodbyes[side]
    if goodbye:
        found |= {
            "goodbye": goodbye.kind,
            "goodbye_time": goodbye.time - start + 1,
            "goodbye_packet": goodbye.packet,
            "goodbye_code": min(goodbye.code, 0x7FFFFFFF),
        }
        later = asked_after(talk, 1 - side, goodbye.time)
        if later and goodbye.kind in (1, GOAWAY):
            found["wrote_on"] = later.packet
    found["sealed"], found["hollow"] = sealed(talk, side), talk.memo.get((side, "hollow"), 0)
    if fin:
        found["owes_farewell"] = owes_farewell(talk, side)
    return found


def sealed(talk: Talk, side: int) -> int:
    """What encrypts what an end says: 0 nothing, 1 TLS, 2 SSH, 3 TLS, whose last record is as short as a close_notify."""
    if not getattr(talk.protocol, "OPAQUE", False):
        return 0
    if talk.protocol.NAME != "SSH":
        if not talk.memo.get("established"):
            return 0
        return 3 if not talk.flows[side].lost and talk.protocol.said_goodbye(talk, side) else 1
    # Where the snap length cut the key exchange, that it came to its end is what all connections have in common.
    return 2 if talk.memo.get((side, "sealed")) or talk.flows[side].lost else 0


def asked_after(talk: Talk, side: int, time: int) -> Message | None:
    """A request that an end has sent after a time and that has no answer; within a moment of it they only crossed."""
    if side != talk.asker:
        return None
    return next((one for one in talk.waiting.values() if one.time > time), None)


def owes_farewell(talk: Talk, side: int) -> int:
    """Whether an end has closed without the goodbye that its protocol wants: 1; 2: without TLS's close_notify."""
    said_goodbye = getattr(talk.protocol, "said_goodbye", None)
    if said_goodbye:
        established = (
            talk.memo.get("established") and not talk.flows[side].lost and talk.flows[side].reading is not None
        )
        return CLOSE_NOTIFY if established and not talk.alert and not said_goodbye(talk, side) else 0
    wanted: tuple[bool, bool] = talk.protocol.FAREWELL
    unsure = talk.flows[side].lost or not talk.is_read(side) or talk.asker < 0
    if unsure or not wanted[0 if side == talk.asker else 1]:
        return 0
    other = talk.goodbyes[1 - side]
    return int(talk.goodbyes[side] is None and (other is None or other.kind not in (QUIT, FATAL)))


def unprocessed(talk: Talk) -> bool:
    """Whether the last request's stream is beyond the last one that the peer's GOAWAY names."""
    goodbye = talk.goodbyes[1 - talk.asker] if talk.asker >= 0 else None
    if goodbye is None or goodbye.last < 0 or not talk.waiting:
        return False
    last = list(talk.waiting)[-1]
    return isinstance(last, int) and last > goodbye.last


def begun_answer(talk: Talk) -> Message | None:
    """The answer that has begun and not ended."""
    find = getattr(talk.protocol, "started", None)
    found: Message | None = find(talk) if find else talk.started
    return found


def said(talk: Talk, client: int) -> Said:
    """The words."""
    answer = begun_answer(talk) or (talk.last[1 - talk.asker] if talk.asker >= 0 else None)
    waiting = next(iter(talk.waiting.values()), None)
    request = waiting or (answer.answers if answer else None) or (talk.last[talk.asker] if talk.asker >= 0 else None)
    both = (client, 1 - client)
    goodbyes = [talk.goodbyes[side] for side in both]
    return Said(
        talk.protocol.NAME,
        talk.product,
        talk.name,
        request.name if request else "",
        answer.name if answer and (waiting is None or answer.answers is waiting) else "",
        (
            told(talk.open[client] or talk.last[client], client),
            told(talk.open[1 - client] or talk.last[1 - client], client),
        ),
        (goodbyes[0].words if goodbyes[0] else "", goodbyes[1].words if goodbyes[1] else ""),
        talk.alert[3] if talk.alert else "",
        (talk.units[client], talk.units[1 - client]),
        tuple(one for one in (told(message, client) for message in talk.messages) if one),
        talk.dropped,
    )


def told(message: Message | None, client: int) -> Heard | None:
    """One message for reports."""
    if message is None:
        return None
    return Heard(
        message.side ^ client, message.name, message.packet, message.time, message.came, message.promised, message.whole,
        message.answers.name if message.answers else "",
    )  # fmt: skip
