"""The columns of tables for CSV, Parquet and data frames; a connection's are its fields in JSON, too.

A column of connections is one entry here: its name and kind, how it is found of one connection and of many, and where JSON has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpexplain.analysis.systems import BASES, BY_CODE, basis, predicted_of
from tcpexplain.diagnosis.events import STATES
from tcpexplain.diagnosis.ledger import lost, perhaps_unread
from tcpexplain.evidence.cause import SIDES
from tcpexplain.machine.facts import OPENINGS
from tcpexplain.model.unread import UNREAD
from tcpexplain.tables.field import Field, both, in_columns, of_end
from tcpexplain.tables.json_values import (
    files_text,
    linked_text,
    messages_text,
    nanoseconds,
    numbers_text,
    quoted,
    seen_text,
    tunnels_text,
    united_text,
)
from tcpexplain.vantage.hidden import missing
from tcpexplain.vantage.stacks import SYSTEMS
from tcpexplain.wire.segment import flag_text

if TYPE_CHECKING:
    from tcpexplain.tables.field import Kind

SEEN: dict[str, Kind] = {"call": "word", "outcome": "word", "at": "time", "packet": "int", "basis": "word"}
"""Of ``model.calls.Seen``."""

# fmt: off
FIRST = (
    Field("stream", "int", lambda one: one.stream, lambda part: part.numbers, "stream"),
    Field("start", "time", lambda one: one.start, lambda part: part.facts.start, "start", about="When its first packet came."),
    Field("duration", "float", lambda one: one.duration, lambda part: part.facts.duration / 1e9, "duration", nanoseconds, about="Seconds from its first packet to its last."),
    Field("ended", "time", lambda one: one.ended, json="ended", lacks=True),
    Field("last_seen", "time", lambda one: one.last_seen, lambda part: part.facts.start + part.facts.duration, "last_seen"),
    Field("failed_at", "time", lambda one: one.failed_at, json="failed_at", lacks=True),
    *both(
        of_end("address", "word", lambda one, side: one.address(side).address, json="{side}.address", about="The IP address of this end."),
        of_end("port", "int", lambda one, side: one.address(side).port, json="{side}.port", about="The port of this end."),
    ),
    Field("packets", "int", lambda one: one.packets, lambda part: part.facts.packets, "packets", about="Packets of both directions."),
    Field("opening", "word", lambda one: one.opening, lambda part: in_columns(part.facts.opening, OPENINGS), "opening", about="How it began, as far as the capture shows."),
    Field("cause", "word", lambda one: one.finding.code, json="cause", about="The code of the verdict."),
    Field("severity", "word", lambda one: one.finding.severity, json="severity", about="failed, suspicious or fine."),
    Field("certainty", "word", lambda one: one.finding.certainty, json="certainty", about="certain, likely or possible."),
    Field("also", "words", lambda one: one.finding.also, json="also", about="Codes of what else holds."),
    Field("alternatives", "words", lambda one: one.finding.alternatives, json="alternatives", about="Codes of what else may have happened."),
    Field("evidence", "ints", lambda one: one.finding.evidence, json="evidence", text=numbers_text, about="The packets that the verdict rests on."),
    Field("undecided", "bool", lambda one: one.undecided, json="undecided"),
    Field("missing", "words", lambda one: one.missing, lambda part: in_columns(part.facts.hidden, missing), "vantage.missing", about="What the capture cannot show of the connection."),
    Field("messages_unread", "word", lambda one: one.messages_unread, lambda part: in_columns(part.facts.unread, UNREAD), "messages_unread", lacks=True),
    Field("closed_first", "word", lambda one: one.closed_first, lambda part: in_columns(part.facts.closed_first + 1, (None, *SIDES)), "closed_first", lacks=True),
)

ENDS = (
    of_end("final", "word", lambda one, side: one.final[side], lambda end: end.me.state, spelled=STATES, about="The state of this end after the last packet."),
    of_end("segments", "int", lambda one, side: one.segments[side], lambda end: end.me.segments, about="Segments that this end sent."),
    of_end("inferred", "int", lambda one, side: one.inferred[side], lambda end: end.me.inferred, json="vantage.inferred.{side}", about="Segments of this end that the capture lacks, and that are proved to have passed."),
    of_end("flags", "word", lambda one, side: one.flags[side], lambda end: end.me.flags, spelled=flag_text, about="Every flag that this end has sent."),
    of_end("bytes_sent", "int", lambda one, side: one.bytes[side].sent, lambda end: end.me.sent, json="bytes.{side}.sent", about="Bytes of payload that this end sent, each once."),
    of_end("bytes_acknowledged", "int", lambda one, side: one.bytes[side].acknowledged, lambda end: end.me.acknowledged, json="bytes.{side}.acknowledged", about="Of these, those that the peer acknowledged."),
    of_end("bytes_perhaps_unread", "int", lambda one, side: one.bytes[side].perhaps_unread, lambda end: perhaps_unread(end.facts, end.me, end.peer, 1 - end.side), json="bytes.{side}.perhaps_unread", about="Of these, those that the peer's application may not have read."),
    of_end("bytes_lost", "int", lambda one, side: one.bytes[side].lost, lambda end: lost(end.facts, end.me, end.peer, end.me), json="bytes.{side}.lost", about="Bytes of this end that were never acknowledged, if the connection has ended."),
    of_end("os", "word", lambda one, side: one.systems[side].os, lambda end: predicted_of(end.me), spelled=BY_CODE, json="systems.{side}.os", about="The system whose calls are predicted."),
    of_end("fingerprint", "word", lambda one, side: one.systems[side].fingerprint, lambda end: end.me.fingerprint, spelled=(None, *SYSTEMS[1:]), json="systems.{side}.fingerprint", lacks=True, about="The system that this end's SYN shows."),
    of_end("basis", "word", lambda one, side: one.systems[side].basis, lambda end: basis(end.me.forced, end.me.fingerprint), spelled=BASES, json="systems.{side}.basis", about="Why this system: fingerprint, forced or default."),
    of_end("seen", None, lambda one, side: one.seen[side], text=seen_text, with_files=True, fields=SEEN, lacks=True, about="The first error, or unexpected end, that the application at this end met."),
)

LAST = (
    Field("retry", "word", lambda one: one.retry.verdict, json="retry.verdict", about="Whether the last request may be sent again."),
    Field("retry_because", "word", lambda one: one.retry.because, json="retry.because", text=quoted, about="Why."),
    Field("title", "word", lambda one: one.finding.title, json="title", text=quoted, about="The verdict in short."),
    Field("sees", "word", lambda one: one.finding.sees, json="sees", text=quoted, about="What the applications see."),
    Field("community_id", "word", lambda one: one.community_id, json="community_id", text=quoted, about="Community ID, version 1."),
)

JSON_ALONE = (
    Field("evidence_files", None, lambda one: one.finding.evidence_files, json="evidence_files", text=files_text, optional=True),
    Field("tunnel", None, lambda one: one.tunnel, json="tunnel", text=tunnels_text),
    Field("united", None, lambda one: one.united, lambda part: part.united, "points", united_text, optional=True, with_files=True),
    Field("linked", None, lambda one: one.linked, lambda part: part.linked, "linked", linked_text, optional=True),
    Field("messages", None, lambda one: one.said, lambda part: part.words, "messages", messages_text, with_files=True),
    Field("why", None, lambda one: one.finding.why, json="why", text=quoted, sentence=True),
    Field("lost", None, lambda one: one.finding.lost, json="lost", text=quoted, sentence=True),
    Field("do", None, lambda one: one.finding.do, json="do", text=quoted, sentence=True),
    Field("sure", None, lambda one: one.finding.sure, json="sure", text=quoted, sentence=True),
    Field("files", None, lambda one: one.files, lambda part: part.files, "files", numbers_text),
    Field("events_omitted", None, lambda one: one.events_omitted, lambda part: [0] * len(part.numbers)),
)
# fmt: on

FIELDS: tuple[Field, ...] = (*FIRST, *both(*ENDS), *LAST, *JSON_ALONE)
"""All that is told of a connection, in the order of the tables' columns."""

EVENT = {
    "stream": "int", "packet": "int", "file": "int", "time": "float", "at": "time", "from": "word", "flags": "word",
    "seq": "int", "ack": "int", "length": "int", "basis": "word",
}  # fmt: skip
EVENT_END = {
    "previous": "word", "state": "word", "read": "words", "read_then": "words", "write": "words", "write_then": "words",
    "connect": "words", "connect_then": "words", "accept": "words", "accept_then": "words",
    "signal": "word", "poll": "words", "so_error": "words", "closed_by": "words",
}  # fmt: skip
SEGMENT = {
    "stream": "int", "packet": "int", "file": "int", "time": "float", "at": "time", "from": "word", "flags": "word",
    "seq": "int", "ack": "int", "length": "int", "window": "int", "fate": "word", "retransmission": "bool",
    "probe": "bool", "icmp": "word", "icmp_sender": "word",
}  # fmt: skip
MESSAGE = {
    "stream": "int", "packet": "int", "file": "int", "time": "time", "from": "word", "protocol": "word", "name": "word",
    "answers": "word", "bytes": "int", "promised": "int", "whole": "word",
}  # fmt: skip
"""Of ``model.said.Heard``; ``whole`` is yes or no; it and ``promised`` are missing where nothing tells."""


def columns_of(one: Field) -> dict[str, Kind]:
    """The columns that tables have of a field."""
    within: dict[str, Kind] = {f"{one.name}_{name}": kind for name, kind in one.fields.items()}
    return within if one.kind is None else {one.name: one.kind}


TABLES: dict[str, dict[str, str]] = {
    "connections": {name: kind for one in FIELDS for name, kind in columns_of(one).items()},
    "events": EVENT | {f"{side}_{name}": kind for side in SIDES for name, kind in EVENT_END.items()},
    "segments": SEGMENT,
    "messages": MESSAGE,
}
"""Columns and what they hold: int, float, bool, word, words, ints, or time (nanoseconds since 1970 UTC). ``time`` of an event or segment is
in seconds since the connection's first packet, ``at`` the instant."""
MAY_LACK = {
    "ack", "window", "icmp", "icmp_sender", "answers", "promised", "whole",
    *(f"{side}_signal" for side in SIDES),
    *(name for one in FIELDS if one.lacks for name in columns_of(one)),
}  # fmt: skip
"""Columns in which a cell may be missing."""
