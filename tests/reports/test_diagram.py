"""The state diagram as a file, and as it is really drawn."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from examples import connection, crashed_client, finding, mixed

from tcpexplain.errors import TcpexplainError
from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.model.selection import groups_of
from tcpexplain.picture.subject import subject_of
from tcpexplain.reports import diagram, report_for

SVG = "{http://www.w3.org/2000/svg}"
SIGNATURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


HARD = {
    "code": "close-with-unread-data-after-a-very-long-wait",
    "title": "the server closed with unread data, then the client went on writing for a long while " * 3,
}


def hard():
    """Two long IPv6 addresses, a long cause and a long sentence, with signs that are markup elsewhere."""
    plain = crashed_client()[0]
    return replace(
        plain,
        client=Address("2001:db8:85a3:8d3:1319:8a2e:370:7348", 65_535),
        server=Address("2001:db8:85a3:8d3:1319:8a2e:370:7349", 65_535),
        finding=replace(plain.finding, **HARD, sees="$x^2$ <b>"),
    )


def staying_unknown():
    """A client and a server that are UNKNOWN from the first packet to the last."""
    crashed = crashed_client()[0]
    end = replace(crashed.events[0].client, previous="UNKNOWN", state="UNKNOWN")
    return replace(crashed, events=(replace(crashed.events[0], client=end, server=end),))


SHOWN = {"plain": crashed_client()[0], "long words": hard(), "unknown": staying_unknown(), "empty": connection((), ())}


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_every_suffix_gets_its_format(tmp_path, suffix):
    target = tmp_path / f"x{suffix}"
    assert report_for(target) is diagram
    diagram.write(crashed_client(), target)
    assert target.read_bytes().startswith(SIGNATURES[suffix])


def test_the_same_capture_gives_the_same_svg(tmp_path):
    for name in ("one.svg", "two.svg"):
        diagram.write(crashed_client(), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_diagram_needs_no_pyplot():
    code = "import sys; from tcpexplain.reports import diagram; from examples import crashed_client; "
    code += "diagram.figure(crashed_client()[0]); print('matplotlib.pyplot' in sys.modules)"
    tests = Path(__file__).parents[1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_an_svg_needs_neither_matplotlib_nor_numpy(tmp_path):
    code = "import sys; from pathlib import Path; from tcpexplain.reports import diagram; from examples import crashed_client; "
    code += f"diagram.write(crashed_client(), Path({str(tmp_path / 'x.svg')!r})); "
    code += "print(sorted({'matplotlib', 'networkx', 'numpy'} & {*sys.modules}))"
    tests = Path(__file__).parents[1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def words_of(markup):
    return {"".join(text.itertext()) for text in ET.fromstring(markup).iter(f"{SVG}text")}


@pytest.mark.parametrize("told", SHOWN.values(), ids=SHOWN)
def test_an_svg_and_a_png_say_the_same(told):
    assert words_of(diagram.svg(told)) == texts(diagram.figure(told)) - {""}


@pytest.mark.parametrize(("theme", "schemes"), [("auto", 1), ("light", 0), ("dark", 0), ("transparent", 0)])
def test_an_svg_has_the_colours_of_its_theme(theme, schemes):
    markup = diagram.svg(crashed_client()[0], theme)
    assert markup.count("prefers-color-scheme") == schemes
    assert ("--background:none" in markup) == (theme == "transparent")
    assert all(f"--{name}:" in markup for name in re.findall(r"var\(--([a-z-]+)\)", markup))


def test_every_look_of_an_svg_has_a_rule():
    markup = diagram.svg(crashed_client()[0])
    looks = {look for one in re.findall(r'class="([^"]+)"', markup) for look in one.split()} - {
        "title",
        "who",
        "segment",
    }
    assert {look for look in looks if not re.search(rf"\.{look}\b", diagram.RULES)} <= {"fine", "label", "ground"}


def test_an_svg_of_an_unknown_theme_is_one_clear_error():
    with pytest.raises(TcpexplainError, match="no theme 'pink'"):
        diagram.svg(crashed_client()[0], "pink")


def texts(figure):
    return {text.get_text() for axes in figure.axes for text in axes.texts}


def test_the_picture_says_what_happened_and_who_was_who():
    told = texts(diagram.figure(crashed_client()[0]))
    assert {"write-after-close", "the server wrote to a client that was gone"} <= told
    assert {"client  10.10.121.101:42642", "server  10.10.121.102:5000"} <= told
    assert {"FIN out", "RST in", "9", "next write\xa0→ EPIPE +\xa0SIGPIPE", "next read\xa0→ 0\xa0(EOF)"} <= told


@pytest.mark.parametrize("theme", ["light", "dark", "transparent"])
def test_themes_have_their_grounds(theme):
    figure = diagram.figure(crashed_client()[0], theme)
    assert (figure.get_facecolor()[3] == 0) == (theme == "transparent")


def test_an_unknown_theme_is_one_clear_error():
    with pytest.raises(TcpexplainError, match="no theme 'pink'"):
        diagram.figure(crashed_client()[0], "pink")


def test_a_stream_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(TcpexplainError, match="there is no stream 7"):
        diagram.write(crashed_client(), tmp_path / "x.png", stream=7)


def test_a_capture_without_connections_is_one_clear_error(tmp_path):
    with pytest.raises(TcpexplainError, match="no TCP connection to draw"):
        diagram.write(Capture(()), tmp_path / "x.png")


def drawn_boxes(figure):
    """What matplotlib really draws: the extent of every text, in pixels."""
    return [
        (text.get_text(), text.get_window_extent()) for axes in figure.axes for text in axes.texts if text.get_text()
    ]


@pytest.mark.parametrize("told", [crashed_client()[0], hard()], ids=["plain", "long words"])
def test_no_text_on_the_drawn_picture_covers_another_or_leaves_it(told):
    figure = diagram.figure(told)
    width, height = figure.get_size_inches() * figure.dpi
    boxes = drawn_boxes(figure)
    for (one, box), (other, second) in combinations(boxes, 2):
        assert not box.overlaps(second), (one, other)
    for words, box in boxes:
        assert box.x0 >= 0, words
        assert box.x1 <= width, words
        assert box.y0 >= 0, words
        assert box.y1 <= height, words


def test_nothing_in_a_title_is_markup(tmp_path):
    odd = connection((), (), finding=finding(title="cost $10 and $20_x^2 \\frac <b>&"))
    diagram.write(Capture((odd,)), tmp_path / "x.svg")
    assert "cost $10 and $20_x^2 \\frac <b>&" in texts(diagram.figure(odd))


def test_a_connection_that_stays_unknown_shows_unknown():
    assert "UNKNOWN" in texts(diagram.figure(staying_unknown()))
    assert "UNKNOWN" not in texts(diagram.figure(crashed_client()[0]))


def test_a_picture_carries_its_title(tmp_path):
    diagram.write(crashed_client(), tmp_path / "x.svg")
    assert "write-after-close: client 10.10.121.101:42642" in (tmp_path / "x.svg").read_text()


def test_a_connection_without_events_is_the_faint_machine():
    figure = diagram.figure(connection((), ()))
    assert "ESTABLISHED" in texts(figure)
    assert "SYN out" not in texts(figure)


def test_without_a_stream_the_picture_is_of_the_connection_that_the_summary_names_first():
    known = mixed()
    assert subject_of(known, None).stream == groups_of(known)[0].worst
