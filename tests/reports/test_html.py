"""The HTML report as a text: self-contained, escaped, small. What it does in a browser stands in tests/browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from examples import connection, crashed_client, mixed

from tcpexplain import read
from tcpexplain.model.calls import Packet
from tcpexplain.model.capture import Capture
from tcpexplain.reports import html

MIX = Path(__file__).parents[2] / "captures" / "mix2000" / "mix2000.pcap"
EMPTY = {"meta", "input", "br", "img", "link", "rect", "path", "line", "circle", "use"}


class Nesting(HTMLParser):
    """Elements that are opened and never closed, or closed and never opened; ids."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.ids = [], [], []
        self.feed(text)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002 (the parser hands it over)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in EMPTY:
            self.wrong.append(f"/{tag}")


def page_of_one():
    return html.render(crashed_client())


def test_elements_nest_and_ids_are_unique():
    for page in (page_of_one(), html.render(mixed())):
        parsed = Nesting(page)
        assert parsed.wrong == []
        assert len(parsed.ids) == len(set(parsed.ids))


def test_nothing_is_loaded_from_anywhere():
    page = page_of_one()
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", page)
    assert not re.search(r"url\(|@import", page)


def test_every_part_of_the_verdict_is_there():
    page, finding = page_of_one(), crashed_client()[0].finding
    for text in (
        finding.code,
        "server write → EPIPE + SIGPIPE",
        "26 bytes (packet 8)",
        "MSG_NOSIGNAL",
        "packet 6, packet 8, packet 9",
    ):
        assert text in page


def test_a_file_name_cannot_become_markup():
    capture = crashed_client()
    capture.files = ('"><img src=x onerror=alert(1)>.pcap',)
    page = html.render(capture)
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.pcap" in page


def test_a_data_block_cannot_end_its_element():
    one = crashed_client()[0]
    page = html.render(Capture([replace(one, finding=replace(one.finding, why="</script><b>x</b>"))]))
    assert "</script><b>" not in page
    assert Nesting(page).wrong == []


def test_one_stream_can_be_asked_for():
    page = html.render(mixed(), stream=71)
    assert re.findall(r'<details class="connection" id="(\w+)"', page) == ["s71"]


def shown(page):
    return [int(number) for number in re.findall(r'<details class="connection" id="s(\d+)"', page)]


def test_some_of_every_cause_are_shown_the_worst_first_and_the_rest_is_counted():
    capture = mixed()
    page = html.render(capture)
    causes = [capture.stream(number).cause for number in shown(page)]
    assert set(causes) == set(capture.causes)
    assert max(causes.count(cause) for cause in causes) <= 13
    assert causes[0] == "peer-closed-idle-connection"
    assert f"{len(causes)} of 2,000 connections" in page


def test_every_connection_that_the_table_names_is_on_the_page():
    page = html.render(mixed())
    assert {int(number) for number in re.findall(r'href="#s(\d+)"', page)} <= set(shown(page))


def test_a_page_of_one_stream_links_to_no_other():
    page = html.render(mixed(), stream=71)
    assert set(re.findall(r'href="#s(\d+)"', page)) == {"71"}


def test_of_one_cause_two_hundred_are_shown():
    one = crashed_client()[0]
    capture = Capture([replace(one, stream=number) for number in range(300)])
    assert len(shown(html.render(capture))) == 200
    assert len(shown(html.render(Capture([])))) == 0


@pytest.fixture(scope="module")
def many():
    return read(MIX)


def test_two_thousand_connections_fit_into_three_megabytes(many):
    assert len(html.render(many).encode()) < 3_000_000


@pytest.mark.needs("time")
def test_a_hundred_thousand_connections_fit_into_ten_megabytes(many):
    connections = [replace(one, stream=number * 2000 + one.stream) for number in range(50) for one in many]
    capture = Capture(
        connections, files=("large.pcap",), packets=50 * many.packets, start=many.start, duration=many.duration
    )
    assert len(capture) == 100_000
    page = html.render(capture)
    assert "100,000 TCP connections" in page
    assert len(page.encode()) < 10_000_000


def test_a_capture_without_connections_has_a_page():
    page = html.render(Capture([], files=("empty.pcap",)))
    assert Nesting(page).wrong == []


def test_the_title_is_the_name_of_the_file_and_never_a_path():
    capture = crashed_client()
    capture.files = ("/srv/incident/a.pcap", "/srv/other/b.pcap", "c.pcap", "d.pcap")
    page = html.render(capture)
    assert "<title>a.pcap, b.pcap, c.pcap and 1 more · tcpexplain</title>" in page
    assert "<h1>a.pcap, b.pcap, c.pcap and 1 more</h1>" in page
    assert "/srv" not in page.split('class="inside"')[0]


def test_the_page_says_once_which_zone_its_times_are_of(many):
    page = html.render(many)
    before_the_pictures = page.split('class="inside"')[0]
    assert before_the_pictures.count("UTC") == 1
    assert "all times are UTC" in page


def test_the_first_card_says_when_it_failed_and_who_closed():
    page = html.render(read(MIX.parents[1] / "crashed-client-2019" / "capture.pcap"))
    assert "First failure 15:15:48.839 · the client closed first · first packet 15:15:28.838" in page


def test_a_connection_that_cannot_be_told_has_its_own_box():
    one = crashed_client()[0]
    unknown = replace(one, finding=replace(one.finding, severity="fine", undecided=True))
    page = html.render(Capture([unknown]))
    assert 'data-severity="unknown"' in page
    assert 'value="unknown" checked' in page


def test_states_have_their_sentences():
    page = page_of_one()
    machine = page.split('data-picture="machine"')[1]
    assert "next write\N{NO-BREAK SPACE}→ EPIPE +\N{NO-BREAK SPACE}SIGPIPE" in machine
    assert "close() or exit" in machine


def test_a_high_ladder_has_a_shorter_one_for_paper():
    sides = ("client", "server")
    fins = [Packet(n + 1, n * 0.01, sides[n % 2], "FA", n, n, 0, 500) for n in range(60)]
    page = html.render(Capture([connection(fins, ())]))
    printed = page.split('data-picture="printed"')[1].split('<ol class="steps"')[0]
    assert "packets not drawn" in printed
    assert 'aria-label="Ladder in short"></div>' in page_of_one()
