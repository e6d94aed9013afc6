"""How objects show themselves: in one line, as text, and as HTML that survives a sanitiser and any background."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest
from examples import crashed_client, mixed

from tcpexplain import TcpexplainError, read
from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.model.shown import VIEWS
from tcpexplain.notebook.markup import TONES

CAPTURES = Path(__file__).parents[2] / "captures"
EVIL = """"><img src=x onerror=alert(1)><script>alert(2)</script>"""
ALLOWED = {
    "div",
    "p",
    "b",
    "i",
    "span",
    "code",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "ul",
    "li",
}
ATTRIBUTES = {"style", "align", "valign", "rowspan", "open"}


class Markup(HTMLParser):
    """Elements, attributes, texts with the style they stand in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.pieces, self.stack = set(), set(), [], []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.stack.append((tag, dict(attrs).get("style", "")))

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        self.pieces.append((data, self.stack[-1][1] if self.stack else ""))

    @property
    def text(self):
        return "".join(piece for piece, _ in self.pieces)


def poisoned():
    one = crashed_client()[0]
    told = dict.fromkeys(("title", "sees", "why", "lost", "do", "sure"), EVIL)
    bad = replace(
        one,
        client=Address(EVIL, 1),
        finding=replace(one.finding, **told, also=(EVIL,)),
        retry=replace(one.retry, because=EVIL),
    )
    return Capture([bad], files=(EVIL,), skipped={EVIL: 1})


def shown():
    """Everything that shows itself as HTML."""
    one = crashed_client()[0]
    yield from (crashed_client(), mixed(), one, one.finding, *one.events)
    bad = poisoned()
    yield from (bad, bad[0], bad[0].finding)


def test_every_view_is_there():
    for name in VIEWS.values():
        module, function = name.split(":")
        assert callable(getattr(import_module(module), function))


def test_html_holds_only_what_a_sanitiser_leaves():
    for thing in shown():
        markup = Markup(thing._repr_html_())
        assert markup.tags <= ALLOWED
        assert markup.attributes <= ATTRIBUTES


def test_only_marks_and_bars_have_a_colour():
    for thing in shown():
        for text, style in Markup(thing._repr_html_()).pieces:
            colour = re.search(r"(?:^|;)color:([^;]+)", style)
            assert colour is None or colour[1] == "inherit" or not any(letter.isalnum() for letter in text)


def contrast(one, other):
    """WCAG's ratio of two colours."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#111111", "#0d1117"])
def test_tones_stand_out_on_any_ground(ground):
    for tone in TONES.values():
        assert contrast(tone, ground) >= 3


def test_without_styles_everything_is_still_said():
    text = Markup(crashed_client()[0]._repr_html_()).text
    for part in (
        "write-after-close",
        "10.10.121.101:42642",
        "SYN ACK",
        "CLOSE-WAIT",
        "write() → EPIPE + SIGPIPE",
        "19.9 s of silence",
        "MSG_NOSIGNAL",
    ):
        assert part in text


def test_state_cells_are_as_long_as_the_states():
    html = crashed_client()[0]._repr_html_()
    rows = html.split("<tr")[1:]
    spans = [int(rows_) for rows_ in re.findall(r'rowspan="(\d+)"', html)]
    assert max(spans) > 3
    for row in rows[1:]:
        assert row.count("<td") <= 6


def test_the_summary_names_every_cause_and_what_to_look_at():
    text = Markup(mixed()._repr_html_()).text
    assert "2,000 connections" in text
    assert "270" not in text.split("failed")[1][:3]
    for part in (
        "peer-closed-idle-connection",
        "143",
        "cap[71]",
        "client write → ok, read → 0",
        "What they have in common",
    ):
        assert part in text


def test_hostile_names_are_text():
    capture = poisoned()
    for thing in (capture, capture[0], capture[0].finding):
        html = thing._repr_html_()
        assert "<img" not in html
        assert "<script" not in html
        assert "alert(1)" in Markup(html).text


def test_a_repr_is_one_line_of_plain_text():
    one = crashed_client()[0]
    capture = crashed_client()
    capture.files = ("bad\x1b[31m\nname.pcap",)
    for thing in (capture, one, one.finding, *one.events, one.report(), capture.report(), one.ladder()):
        assert re.fullmatch(r"<[A-Z]\w+ [^\n]+>", repr(thing))
        assert repr(thing).isprintable()
    assert repr(crashed_client()) == "<Capture seed004.pcap: 1 connection, 1 failed>"
    assert repr(one) == "<Connection 0: 10.10.121.101:42642 → 10.10.121.102:5000, write-after-close (failed)>"


def test_str_is_the_report_of_a_terminal():
    assert "SIGPIPE" in str(crashed_client())
    assert "── SYN ─" in str(crashed_client()[0])
    assert "peer-closed-idle-connection" in str(mixed())


def test_a_figure_shows_itself():
    figure = crashed_client()[0].plot()
    data, size = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 120_000
    assert size["width"] > 600


def test_pictures_have_themes():
    one = read(CAPTURES / "crashed-client-2019" / "capture.pcap")[0]
    assert one.plot("bytes", theme="dark")._repr_png_()[0].startswith(b"\x89PNG")
    assert one.plot(theme="transparent").get_facecolor()[3] == 0
    assert mixed().plot().get_size_inches()[0] > 3


def test_a_picture_that_there_is_not_is_refused():
    with pytest.raises(TcpexplainError, match="no picture groups") as error:
        crashed_client()[0].plot("groups")
    assert error.value.code == "TE030"


def test_a_ladder_is_an_svg_that_can_be_saved(tmp_path):
    ladder = crashed_client()[0].ladder()
    assert ladder._repr_svg_().startswith("<svg ")
    assert 'src="data:image/svg+xml;base64,' in ladder._repr_html_()
    ladder.save(tmp_path / "ladder.svg")
    assert (tmp_path / "ladder.svg").read_text(encoding="utf-8") == ladder.svg


def test_a_report_is_every_format(tmp_path):
    report = crashed_client()[0].report()
    assert report._repr_markdown_().startswith("# The server wrote to a client that was gone")
    assert "write-after-close" in report.text
    assert report.html.startswith("<!doctype html>")
    assert '"type":"connection"' in report.json
    for name in ("x.md", "x.html", "x.svg", "x.csv"):
        report.save(tmp_path / name, draw="ladder" if name == "x.svg" else "diagram")
        assert (tmp_path / name).stat().st_size > 100
    with pytest.raises(TcpexplainError):
        report.save(tmp_path / "x.docx")


def test_every_recorded_capture_shows_itself():
    for path in sorted(CAPTURES.glob("*/capture.pcap")):
        for connection in read(path):
            Markup(connection._repr_html_())
            assert len(connection._repr_html_()) < 60_000
