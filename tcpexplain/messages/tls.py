"""TLS (RFC 8446, RFC 5246): records and their lengths, the name asked for, alerts in clear; what they carry stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take
from tcpexplain.payload.talk import NOTIFY
from tcpexplain.payload.words import host

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "TLS", 30, (False, False)
OPAQUE = True
"""That a record is whole says nothing of the message that it belongs to."""
CHANGE, ALERT, HANDSHAKE, APPLICATION, HEARTBEAT = range(20, 25)
LARGEST = (1 << 14) + 2048
"""Bytes of a record (RFC 5246 section 6.2.3)."""
NAMES = {
    CHANGE: "ChangeCipherSpec",
    ALERT: "Alert",
    HANDSHAKE: "Handshake",
    APPLICATION: "data",
    HEARTBEAT: "Heartbeat",
}
HELLOS = {1: "ClientHello", 2: "ServerHello", 11: "Certificate"}
CLOSE_NOTIFY, FATAL = 0, 2
SEALED = (11, 19)
"""Bytes of an alert in TLS 1.3: two, its kind, and 8 or 16 that seal them. Other data may be as short: the record is taken for a close_notify only at the end."""
ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
    48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security",
    80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    110: "unsupported_extension", 112: "unrecognized_name", 113: "bad_certificate_status_response", 115: "unknown_psk_identity",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip
"""RFC 8446 section 6, RFC 5246 section 7.2."""


def recognises(data: bytes) -> bool:
    """A handshake or alert record of SSL 3.0 to TLS 1.3."""
    if len(data) < 5 or data[0] not in (ALERT, HANDSHAKE) or data[1] != 3 or data[2] > 4:
        return False
    return 0 < int.from_bytes(data[3:5], "big") <= LARGEST and (data[0] == ALERT or len(data) < 6 or data[5] in HELLOS)


def resumes(data: bytes) -> bool:
    """Any record."""
    return (
        len(data) >= 5
        and CHANGE <= data[0] <= APPLICATION
        and data[1:3] in (b"\3\1", b"\3\3")
        and 0 < int.from_bytes(data[3:5], "big") <= LARGEST
    )


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Record by record."""
    while True:
        first = yield take(5)
        kind, length = first[0], int.from_bytes(first[3:], "big")
        if not CHANGE <= kind <= HEARTBEAT or first[1] != 3 or length > LARGEST:
            talk.flows[side].lost = True
            return
        talk.memo[side, "records"] = talk.memo.get((side, "records"), 0) + 1
        talk.memo[side, "last"] = kind, length
        rest = length
        if kind == ALERT and length == 2:
            found = yield take(2)
            rest = 0
            alert(talk, side, found[0], found[1])
        elif kind == HANDSHAKE and not talk.memo.get((side, "sealed")) and length >= 4:
            found = yield take(length)
            rest = 0
            handshake(talk, side, found)
        elif kind == ALERT:
            talk.say_goodbye(side, NOTIFY, "encrypted alert")
        if kind == CHANGE:
            talk.memo[side, "sealed"] = True
        if kind == APPLICATION:
            talk.memo[side, "sealed"] = talk.memo["established"] = True
        if rest:
            message = talk.begin(side, NAMES[kind], 5, rest) if kind in (APPLICATION, HANDSHAKE) else None
            yield skip(rest)
            if message:
                talk.end(side)


def alert(talk: Talk, side: int, level: int, description: int) -> None:
    """An alert in clear."""
    name = ALERTS.get(description, f"alert {description}")
    if description == CLOSE_NOTIFY:
        talk.say_goodbye(side, NOTIFY, name)
    elif level == FATAL and talk.alert is None:
        talk.alert = side, description, talk.flows[side].packet, name


def handshake(talk: Talk, side: int, found: bytes) -> None:
    """A handshake message in clear: the name that a ClientHello asks for."""
    if found[0] == 1 and not talk.name:
        talk.asker = side
        talk.name = server_name(found)


def server_name(hello: bytes) -> str:
    """The host name of a ClientHello (RFC 6066 section 3); empty if there is none."""
    at = 38
    at += 1 + (hello[at] if at < len(hello) else 0)
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 1 + (hello[at] if at < len(hello) else 0)
    end = min(len(hello), at + 2 + int.from_bytes(hello[at : at + 2], "big"))
    at += 2
    while at + 4 <= end:
        kind, length = int.from_bytes(hello[at : at + 2], "big"), int.from_bytes(hello[at + 2 : at + 4], "big")
        if kind == 0 and length >= 5:
            size = int.from_bytes(hello[at + 7 : at + 9], "big")
            return host(hello[at + 9 : min(at + 9 + size, end)])
        at += 4 + length
    return ""


def said_goodbye(talk: Talk, side: int) -> bool:
    """Whether an end's last record is, or may be, a close_notify."""
    kind, length = talk.memo.get((side, "last"), (0, 0))
    goodbye = talk.goodbyes[side]
    return (
        kind == ALERT or (kind == APPLICATION and length in SEALED) or (goodbye is not None and goodbye.kind == NOTIFY)
    )
