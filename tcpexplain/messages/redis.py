"""Redis' protocol (RESP 2 and 3): commands as arrays of strings, and their replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.payload.bytestream import skip, take, until
from tcpexplain.payload.talk import FATAL, QUIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcpexplain.payload.bytestream import Want
    from tcpexplain.payload.talk import Talk

NAME, RANK, FAREWELL = "Redis", 60, (False, False)
LINE, WORD = 1 << 16, 32
SIMPLE, STRINGS, LISTS = b"+-:_#,(", b"$!=", b"*~>%|"
STREAMS = ("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC", "PSYNC", "REPLCONF")
"""Commands after which the server speaks unasked."""
COMMANDS = frozenset(
    [
        "GET",
        "SET",
        "DEL",
        "MGET",
        "MSET",
        "INCR",
        "DECR",
        "EXPIRE",
        "TTL",
        "EXISTS",
        "KEYS",
        "SCAN",
        "TYPE",
        "HGET",
        "HSET",
        "HGETALL",
        "HMGET",
        "HMSET",
        "HDEL",
        "LPUSH",
        "RPUSH",
        "LPOP",
        "RPOP",
        "BLPOP",
        "BRPOP",
        "LRANGE",
        "LLEN",
        "SADD",
        "SREM",
        "SMEMBERS",
        "ZADD",
        "ZRANGE",
        "ZREM",
        "PING",
        "ECHO",
        "AUTH",
        "HELLO",
        "SELECT",
        "CLIENT",
        "CONFIG",
        "INFO",
        "COMMAND",
        "EVAL",
        "EVALSHA",
        "MULTI",
        "EXEC",
        "DISCARD",
        "WATCH",
        "PUBLISH",
        "XADD",
        "XREAD",
        "XREADGROUP",
        "XACK",
        "QUIT",
        "DEBUG",
        "SHUTDOWN",
        "FLUSHALL",
        "FLUSHDB",
        "DBSIZE",
        "APPEND",
        "STRLEN",
        "GETRANGE",
        "SETRANGE",
        "SETEX",
        "UNSUBSCRIBE",
        "WAIT",
        "CLUSTER",
    ]
) | frozenset(STREAMS)
"""Words that are told; others are a command."""
DEEP, DIGITS = 8, 16
REFUSED = b"-ERR max number of clients"


def recognises(data: bytes) -> bool:
    """An array of strings, or the refusal of a server that has enough clients."""
    if data.startswith(REFUSED):
        return True
    first, _, rest = data.partition(b"\r\n")
    return data[:1] == b"*" and first[1:].isdigit() and len(first) < 8 and (rest[:1] == b"$" or not rest)


def resumes(data: bytes) -> bool:
    """A command, or a reply of one line."""
    return recognises(data) or (data[:1] in b"+-:" and data.endswith(b"\r\n") and data.count(b"\r\n") == 1)


def reading(talk: Talk, side: int) -> Generator[Want, bytes, None]:
    """Who sends an array of strings first is the client."""
    talk.begun_by(side)
    first = True
    while True:
        line = yield until(b"\r\n", LINE)
        if first and line.startswith(REFUSED):
            talk.asker = 1 - side
        first = False
        if not line:
            talk.flows[side].lost = True
            return
        if side == talk.asker:
            yield from command(talk, side, line)
        else:
            yield from reply(talk, side, line)


def command(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, None]:
    """One command, its first word if it is one of the protocol's."""
    message = talk.begin(side, "command", len(line))
    if line[:1] == b"*" and counts(line[1:-2]):
        for place in range(int(line[1:-2])):
            size = yield until(b"\r\n", LINE)
            length = int(size[1:-2]) if size[:1] == b"$" and counts(size[1:-2]) else -1
            if length < 0:
                talk.flows[side].lost = True
                return
            if place == 0 and length <= WORD:
                word = (yield take(length + 2))[:-2].decode("latin-1").upper()
                message.name = word if word in COMMANDS else "command"
            else:
                yield skip(length + 2)
    talk.end(side)
    if message.name in STREAMS:
        talk.memo["streams"] = True
        talk.waiting.clear()
    elif not talk.memo.get("streams"):
        talk.ask(message)
    if message.name == "QUIT":
        talk.say_goodbye(side, QUIT, "QUIT")


def reply(talk: Talk, side: int, line: bytes) -> Generator[Want, bytes, None]:
    """One reply; pushed ones answer nothing."""
    message = talk.begin(side, "error" if line[:1] == b"-" else "reply", len(line))
    pushed = line[:1] == b">"
    if not pushed and talk.waiting:
        talk.started, message.answers = message, talk.asked()
    if not (yield from value(line, 0)):
        talk.flows[side].lost = True
        return
    if line[:1] == b"-" and not talk.waiting and not unseen(talk, 1 - side):
        talk.say_goodbye(side, FATAL, "-ERR max number of clients" if line.startswith(REFUSED) else "-ERR")
    talk.end(side)
    if not pushed:
        talk.answered()


def unseen(talk: Talk, side: int) -> bool:
    """Whether commands of an end may have passed that were not read."""
    flow = talk.flows[side]
    return flow.lost or flow.resumed or bool(flow.reach and flow.reading is None)


def counts(digits: bytes) -> bool:
    """Whether these are the digits of a number that may be a length."""
    return digits.isdigit() and len(digits) < DIGITS


def value(line: bytes, deep: int) -> Generator[Want, bytes, bool]:
    """Whatever a line begins; False if it is nothing that can be counted."""
    kind, rest = line[:1], line[1:-2]
    if kind in SIMPLE:
        return bool(kind)
    if not counts(rest.removeprefix(b"-")) or deep > DEEP:
        return False
    count = int(rest)
    if kind in STRINGS:
        if count >= 0:
            yield skip(count + 2)
        return True
    if kind not in LISTS:
        return False
    for _ in range(count * (2 if kind in b"%|" else 1)):
        inner = yield until(b"\r\n", LINE)
        if not inner or not (yield from value(inner, deep + 1)):
            return False
    return True
