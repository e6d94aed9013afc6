"""Nothing of the contents leaves: a secret that stands wherever a user's words stand is in no output."""

from __future__ import annotations

import io
import json

import pytest
from conversations import SECRET, TALKS
from stories import play

from tcpexplain.messages import languages
from tcpexplain.reports import json as json_report
from tcpexplain.reports import report_for, table
from tcpexplain.wire.notation import LadderLine, LadderNotation, LadderSegment
from tcpexplain.wire.segment import ACK, FIN, SYN


def ladder(said: list[tuple[int, bytes]]) -> LadderNotation:
    """A connection in which this is said, and that the server closes."""
    seq = [101, 301]
    lines = [
        LadderSegment(True, seq=100, flags=SYN),
        LadderSegment(False, seq=300, ack=101, flags=SYN | ACK),
        LadderSegment(True, seq=101, ack=301, flags=ACK),
    ]
    for side, data in said:
        lines.append(LadderSegment(side == 0, seq=seq[side], ack=seq[1 - side], flags=ACK, length=len(data), text=data))
        seq[side] += len(data)
    for side in (1, 0):
        lines.append(LadderSegment(side == 0, seq=seq[side], ack=seq[1 - side], flags=FIN | ACK))
        seq[side] += 1
    lines.append(LadderSegment(False, seq=seq[1], ack=seq[0], flags=ACK))
    return LadderNotation(tuple(LadderLine("", "", segment, None, None) for segment in lines))


def test_every_protocol_has_a_conversation_with_a_secret():
    assert {one.NAME for one in languages()} == set(TALKS)


@pytest.mark.parametrize("name", sorted(TALKS))
def test_nothing_of_the_contents_is_in_any_output(name, tmp_path):
    capture = play(ladder(TALKS[name]), messages="full")
    (connection,) = capture
    assert connection.said.protocol == name
    texts = [
        json_report.render(capture),
        str(connection),
        str(connection.report()),
        connection.said,
        connection.facts.said,
        str(capture),
    ]
    texts += [table.render(capture, what=what) for what in ("connections", "messages", "segments", "events")]
    for suffix in ("html", "md", "svg", "mmd"):
        target = tmp_path / f"report.{suffix}"
        draw = "ladder" if suffix in ("svg", "mmd") else "diagram"
        report_for(str(target), draw).write(capture, target, draw=draw, stream=0 if draw == "ladder" else None)
        texts.append(target.read_text(encoding="utf-8"))
    for text in map(str, texts):
        assert SECRET.decode() not in text
        assert SECRET.decode().lower() not in text.lower()


def test_what_may_leave_is_there():
    capture = play(ladder(TALKS["HTTP/1"]), messages="full")
    (line,) = [json.loads(one) for one in io.StringIO(json_report.render(capture)) if '"type":"connection"' in one]
    assert line["messages"]["request"] == "POST /orders/…/items"
    assert line["messages"]["answer"] == "403"
