"""A ladder of several points of capture: a column for each, arrows that stop between two of them, and how long each hop took."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import tcpexplain
from tcpexplain.page.steps import steps
from tcpexplain.picture.lanes import lanes_of
from tcpexplain.picture.timeline import WAY_DELAY, timeline
from tcpexplain.reports import ladder
from tcpexplain.story import story
from tcpexplain.terminal.ladder import write_ladder
from tcpexplain.terminal.paper import Paper

ROOT = Path(__file__).parents[2] / "captures" / "points"
SVG = "{http://www.w3.org/2000/svg}"


def connection(name):
    (found,) = tcpexplain.read(sorted(map(str, (ROOT / name).glob("*.pcap"))), port=8000)
    return found


def drawn(one):
    return ET.fromstring(ladder.svg(one))


def group(root, start):
    """The shapes of the one row whose tooltip begins so."""
    (found,) = [each for each in root.iter(f"{SVG}g") if (each.findtext(f"{SVG}title") or "").startswith(start)]
    return found


def texts(one, width, **options):
    paper = Paper(width, **options)
    write_ladder(paper, one)
    return paper.plain().splitlines()


def test_a_lost_segment_stops_between_the_points_and_its_copy_passes_both():
    one = connection("request-lost-once")
    lanes, root = lanes_of(one), drawn(one)
    near, far = lanes.points.values()
    lost = group(root, "packet 1:4: 200 bytes never at server.pcap")
    (dot,) = lost.iter(f"{SVG}circle")
    assert float(dot.get("cx")) == pytest.approx(near, abs=0.1)
    line = next(path.get("d") for path in lost.iter(f"{SVG}path"))
    assert near < float(line.split("L")[1].split()[0]) < far
    passed = group(root, "packet 1:5: 200 bytes again")
    assert [float(each.get("cx")) for each in passed.iter(f"{SVG}circle")] == pytest.approx([near, far], abs=0.1)
    assert any("".join(text.itertext()).startswith("+28 µs") for text in passed.iter(f"{SVG}text"))


def test_a_forged_segment_begins_between_the_points():
    one = connection("forged-reset-to-client")
    lanes, root = lanes_of(one), drawn(one)
    (forged,) = [
        each for each in root.iter(f"{SVG}g") if "RST ACK not sent at" in (each.findtext(f"{SVG}title") or "")
        or "RST not sent at" in (each.findtext(f"{SVG}title") or "")
    ]  # fmt: skip
    near, far = lanes.points.values()
    begun, *_ = forged.iter(f"{SVG}circle")
    assert near < float(begun.get("cx")) < far


def test_every_point_has_a_column_and_a_line_that_says_where_it_was():
    one = connection("untranslated-answer")
    lanes = lanes_of(one)
    assert len(lanes.points) == 4
    assert lanes.width > 1054
    said = ["".join(text.itertext()) for text in drawn(one).iter(f"{SVG}text")]
    assert {"1 client", "2a router", "2b router", "3 server"} <= set(said)
    assert any(line.startswith("3 server.pcap: 10.2.0.1:33940 > 10.2.0.2:8000, clock 500 ms ahead") for line in said)


def test_delays_have_room_below_their_arrow():
    laid = timeline(connection("snat"))
    for above, below in zip(laid.rungs, laid.rungs[1:], strict=False):
        if above.row.way and len(above.row.way.at) > 1:
            assert above.bottom + WAY_DELAY <= below.top


def test_a_connection_with_one_point_has_no_columns():
    (one,) = tcpexplain.read(str(ROOT / "request-lost-once" / "client.pcap"), port=8000)
    assert not lanes_of(one).points
    assert "┊" not in "\n".join(texts(one, 120))


@pytest.mark.parametrize("width", [100, 120, 160])
def test_a_roomy_terminal_shows_columns(width):
    told = texts(connection("request-lost-once"), width)
    assert all(len(line) <= width for line in told)
    (at,) = [number for number, line in enumerate(told) if "✕" in line]
    assert told[at].index("•") < told[at].index("✕") < told[at].index("┊")
    assert any("never at" in line for line in told[at - 2 : at])
    assert any("•" in line and " 28 µs " in line and "▶" in line for line in told)
    assert any("1 client" in line and "2 server" in line for line in told)


def test_a_narrow_one_marks_what_was_lost():
    told = texts(connection("request-lost-once"), 80)
    assert "┊" not in "\n".join(told)
    assert any("✕" in line for line in told)
    assert "never at" in "\n".join(told)


def test_without_unicode_it_is_drawn_too():
    told = texts(connection("untranslated-answer"), 120, ascii_only=True)
    assert all(line.isascii() for line in told)
    assert any(":" in line and "X" in line and "o" in line for line in told)


def test_the_list_for_narrow_screens_says_where_each_was_seen():
    one = connection("request-lost-once")
    told = steps(one, story(one))
    assert "seen at client.pcap, 28 µs later at server.pcap" in told
    assert "never at server.pcap</b>" in told


def test_repetitions_that_were_all_lost_stand_together_and_still_say_so():
    told = [row.label for row in story(connection("request-never-arrives"))]
    assert [label for label in told if "retransmitted 5 times" in label and label.endswith("never at server.pcap")]
