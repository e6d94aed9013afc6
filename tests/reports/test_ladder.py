"""The ladder: well-formed, escaped, without scripts, and nothing covers anything."""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from examples import connection, crashed_client, finding

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.calls import Packet
from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.picture.geometry import text_width
from tcpexplain.picture.lanes import LANE, NOTES
from tcpexplain.picture.timeline import BAR_LEAST, LABEL_SIZE, ROWS, timeline
from tcpexplain.reports import ladder, report_for

SVG = "{http://www.w3.org/2000/svg}"


def parsed(told, **options):
    return ET.fromstring(ladder.svg(told, **options))


def words(root):
    """The visible texts, each as a whole."""
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def tooltips(root):
    return [title.text for title in root.iter(f"{SVG}title")]


def test_a_ladder_is_written_as_svg_and_nothing_else(tmp_path):
    target = tmp_path / "x.svg"
    assert report_for(target, "ladder") is ladder
    ladder.write(crashed_client(), target)
    assert ET.parse(target).getroot().tag == f"{SVG}svg"
    with pytest.raises(TcpexplainError, match=r"no \.png file can hold --draw ladder"):
        report_for("x.png", "ladder")


def test_a_ladder_tells_states_segments_silences_and_calls():
    told = words(parsed(crashed_client()[0]))
    assert {"SYN-SENT", "CLOSE-WAIT", "19.9 s of silence", "next read\xa0→ 0\xa0(EOF)", "write-after-close"} <= set(
        told
    )
    assert "FIN ACK#6" in told
    assert "RST#9" in told


def test_tooltips_give_the_numbers_of_a_packet():
    (last,) = [title for title in tooltips(parsed(crashed_client()[0])) if title.startswith("packet 9:")]
    assert "seq 2" in last
    assert "20.000747 s" in last
    assert "2019-07-05T15:15:48" in last


def test_a_ladder_has_no_script_and_asks_for_nothing():
    picture = ladder.svg(crashed_client()[0])
    assert "<script" not in picture
    assert not re.search(r"(?:href|src|url\(|@import|on\w+=)", picture.replace("http://www.w3.org/2000/svg", ""))


def test_whatever_stands_in_a_capture_is_escaped():
    hostile = "</text><script>alert(1)</script>&\"'\x00\x1b"
    plain = crashed_client()[0]
    odd = replace(plain, client=Address(hostile, 1), finding=replace(plain.finding, code=hostile, title=hostile))
    root = parsed(odd)
    assert not list(root.iter(f"{SVG}script"))
    assert any("<script>alert(1)</script>" in text for text in words(root))


@pytest.mark.parametrize(("theme", "schemes"), [("light", 0), ("dark", 0), ("auto", 1), ("transparent", 1)])
def test_only_themes_that_follow_the_reader_ask_for_his_colours(theme, schemes):
    assert ladder.svg(crashed_client()[0], theme).count("prefers-color-scheme") == schemes


def test_a_ladder_inside_a_page_needs_no_heading():
    assert "write-after-close" not in words(parsed(crashed_client()[0], heading=False))


def test_an_unknown_theme_is_one_clear_error():
    with pytest.raises(TcpexplainError, match="no theme"):
        ladder.svg(crashed_client()[0], "pink")


def segment(packet, time, sender, flags, seq, ack, length=0, **more):
    return Packet(packet, time, sender, flags, seq, ack, length, 500, **more)


def long_talk(count):
    """A connection whose story has ``count`` rows that cannot be folded: FINs again and again."""
    return connection(
        [segment(n + 1, n * 0.01, "client" if n % 2 else "server", "FA", n, n, fate="arrived") for n in range(count)],
        (),
    )


def test_of_a_long_story_the_middle_is_left_out_and_counted():
    laid = timeline(long_talk(1_000))
    assert len(laid.rungs) == ROWS + 1
    (fold,) = [rung for rung in laid.rungs if rung.row.kind == "fold"]
    assert fold.label == (f"… {1_000 - ROWS} packets not drawn …",)


def check(laid):
    for one, other in combinations(laid.chips, 2):
        assert not one.box.meets(other.box), (one, other)
    for side in ("client", "server"):
        bars = [bar for bar in laid.bars if bar.side == side]
        for one, other in pairwise(bars):
            assert one.bottom == other.top
        for bar in bars:
            assert bar.bottom - bar.top >= BAR_LEAST, bar
    for one, other in pairwise(laid.rungs):
        assert one.top < other.top
        assert one.crossing or one.bottom <= other.top
    assert all(rung.bottom <= laid.height for rung in laid.rungs)
    assert all(chip.box.bottom <= laid.height for chip in laid.chips)


@pytest.mark.parametrize("told", [crashed_client()[0], long_talk(12), long_talk(400)], ids=["crash", "short", "long"])
def test_nothing_on_a_ladder_covers_anything(told):
    check(timeline(told))


def test_a_lost_segment_ends_in_a_cross_and_an_ignored_one_is_said_to_be():
    told = connection(
        [
            segment(1, 0.0, "client", "PA", 1, 1, 10, fate="lost"),
            segment(2, 0.1, "server", "R", 1, None, fate="ignored"),
        ],
        (),
    )
    root = parsed(told)
    assert "10 bytes lost#1" in words(root)
    assert "RST ignored#2" in words(root)
    assert [path for path in root.iter(f"{SVG}path") if "cross" in path.get("class", "")]


def test_an_icmp_error_comes_from_between_the_ends():
    told = connection(
        [
            segment(1, 0.0, "client", "S", 0, None, fate="lost"),
            segment(2, 0.01, "client", "", 0, None, icmp="host unreachable"),
        ],
        (),
    )
    root = parsed(told)
    assert "ICMP host unreachable#2" in words(root)
    assert len(list(root.iter(f"{SVG}circle"))) == 1


def crossing(second_ack):
    return connection(
        [
            segment(1, 0.0, "client", "S", 0, None),
            segment(2, 0.1, "server", "SA", 0, 1),
            segment(3, 0.2, "client", "FA", 1, 1),
            segment(4, 0.21, "server", "FA", 1, second_ack),
        ],
        (),
    )


def test_segments_that_cross_on_the_wire_cross_on_the_ladder():
    one, other = timeline(crossing(1)).rungs[-2:]
    assert one.top < other.top < one.bottom


def test_an_answer_does_not_cross_what_it_acknowledges():
    one, other = timeline(crossing(2)).rungs[-2:]
    assert one.bottom < other.top


def test_arrows_slope_with_the_flight_time():
    def drop(round_trip):
        first = timeline(
            connection(
                [segment(1, 0.0, "client", "S", 0, None), segment(2, round_trip, "server", "SA", 0, 1)],
                (),
                finding=finding(),
            )
        ).rungs[0]
        return first.bottom - first.top

    assert drop(0.00002) < drop(0.002) < drop(0.2)


def test_a_long_fold_is_broken_into_lines_that_fit_between_the_bars():
    talk = [
        segment(n + 1, n * 0.001, "client", "PA", 1 + 1_000_000 * n, 1, 1_000_000, retransmission=n % 2)
        for n in range(2_000)
    ]
    (fold,) = [rung for rung in timeline(connection(talk, ())).rungs if rung.row.kind == "fold"]
    assert len(fold.label) > 1
    for line in fold.label:
        assert text_width(f"{line}  →", LABEL_SIZE) < LANE[1] - LANE[0] - 16


def test_no_note_is_wider_than_its_column():
    laid = timeline(crashed_client()[0])
    for chip in laid.chips:
        left, right = NOTES[chip.side]
        assert left <= chip.box.left
        assert chip.box.right <= right
    assert Capture((crashed_client()[0],)).worst()
