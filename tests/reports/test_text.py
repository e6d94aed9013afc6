"""The terminal's report: what it says, and that it fits."""

import io
from dataclasses import replace

import pytest
from examples import connection, crashed_client, finding, mixed

from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.reports import text
from tcpexplain.terminal.live import LiveLines
from tcpexplain.terminal.paper import Paper, can_encode, colored, columns_of, paper_for

LADDER = """\
              client                                server
              10.10.121.101:42642                   10.10.121.102:5000
  1  0.000000 SYN-SENT           ── SYN ─────────▶  SYN-RECEIVED
              next connect, read or write → blocks  next accept → blocks
  2  0.000035 ESTABLISHED        ◀── SYN ACK ─────  · as before
              next connect → 0, then EISCONN
              next read → blocks · write → ok
  3  0.000103 · as before        ── ACK ─────────▶  ESTABLISHED
                                                    next accept → fd
                                                    next read → blocks
                                                    next write → ok
  4  0.000423 next read → data   ◀── 26 bytes ────  wrote 26 bytes
  5  0.000493                    ── ACK ─────────▶
  6  0.102798 FIN-WAIT-1         ── FIN ACK ─────▶  CLOSE-WAIT
              had read 26 bytes                     next read → 0 (EOF)
              close() or exit                       next write → ok
              if open:
              next write → EPIPE + SIGPIPE
  7  0.105303 FIN-WAIT-2         ◀── ACK ─────────  · as before
              · as before
              ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 19.9 s of silence ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
  8 20.000614                    ◀── 26 bytes ────  wrote 26 bytes (never read)
  9 20.000747 CLOSED             ── RST ─────────▶  CLOSED
              if open: next read → 0 (EOF)          next write → EPIPE + SIGPIPE
                                                    next SO_ERROR → EPIPE
                                                    next read → 0 (EOF)
  next: what that call returns if it is made then · as before: no change
  if open: only in a program that has not closed this socket
"""


def over_ipv6():
    one = crashed_client()[0]
    one.client = Address("2001:db8:85a3:1234:5678:8a2e:370:7334", 42642)
    one.server = Address("fe80::1ff:fe23:4567:890a", 5000)
    return Capture([one], files=("six.pcap",), packets=9)


def test_the_ladder_at_80_columns():
    assert LADDER in text.render(crashed_client(), width=80)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("capture", [crashed_client(), mixed(), over_ipv6()], ids=["one", "many", "ipv6"])
def test_no_line_is_wider_than_the_terminal(capture, width):
    assert max(len(line) for line in text.render(capture, width=width).splitlines()) <= width


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_codes_are_never_cropped(width):
    report = text.render(mixed(), width=width)
    assert all(code in report for code in mixed().causes)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_addresses_are_never_cropped(width):
    report = text.render(over_ipv6(), width=width)
    assert "[2001:db8:85a3:1234:5678:8a2e:370:7334]:42642" in report
    assert "[fe80::1ff:fe23:4567:890a]:5000" in report


def test_the_verdict_comes_first():
    lines = text.render(crashed_client()).splitlines()
    first = lines.index("") + 1
    assert lines[first] == "✖ write-after-close  the server wrote to a client that was gone"
    assert lines[first + 1] == "  stream 0 · server write → EPIPE + SIGPIPE · 26 bytes lost"


def test_the_next_command_can_be_typed():
    strange = crashed_client()
    strange.files = ("my capture;rm -rf.pcap",)
    assert "tcpexplain 'my capture;rm -rf.pcap' -o report.html" in text.render(strange, width=120)


def test_the_summary_counts_every_connection():
    report = text.render(mixed(), width=80)
    assert "✖ 270 failed   ▲ 106 suspicious   ● 1,624 fine" in report
    assert "✖   143  ████  peer-closed-idle-connection  client write → ok, read → 0      #71" in report


def test_clean_comes_last():
    codes = [line.split()[2] for line in text.render(mixed(), width=80).splitlines() if line.startswith("●")]
    assert codes == ["still-open", "clean"]


def test_a_stream_of_many_names_itself_in_the_next_command():
    assert "tcpexplain mix2000.pcap --stream 12 -o report.html" in text.render(mixed(), stream=12, width=100)


def test_connections_of_one_cause_are_listed():
    alike = [
        connection(
            [],
            [],
            stream=n,
            finding=finding(code="port-closed", severity="failed", sees="client connect → ECONNREFUSED"),
        )
        for n in range(60)
    ]
    report = text.render(Capture(alike, files=("x.pcap",), packets=120), width=100)
    assert "#49" in report
    assert "… 10 more" in report


def test_ascii_is_enough_where_there_is_no_more():
    page = text.compose(Paper(80, ascii_only=True), crashed_client()).plain()
    assert page.isascii()
    assert "<-- SYN ACK -----" in page
    assert max(len(line) for line in page.splitlines()) <= 80


def test_file_names_cannot_write_to_the_terminal():
    hostile = crashed_client()
    hostile.files = ("\x1b[2Jevil\x07\udc80.pcap",)
    report = text.render(hostile)
    assert "\x1b" not in report
    assert "?[2Jevil??.pcap" in report


def test_a_file_gets_no_colours(tmp_path):
    text.write(crashed_client(), tmp_path / "x.txt")
    report = (tmp_path / "x.txt").read_text(encoding="utf-8")
    assert "\x1b" not in report
    assert "write-after-close" in report


def test_standard_output_is_coloured_when_asked(capsys, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    text.write(crashed_client(), None, color="always")
    assert "\x1b[" in capsys.readouterr().out
    text.write(crashed_client(), None)
    assert "\x1b[" not in capsys.readouterr().out


def test_an_absent_stream_is_a_key_error():
    with pytest.raises(KeyError):
        text.render(crashed_client(), stream=7)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colored(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colored(Terminal())
    assert colored(Terminal(), "always")
    assert not colored(io.StringIO())


def test_the_width_is_that_of_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "103")
    assert columns_of(io.StringIO()) == 103
    monkeypatch.delenv("COLUMNS")
    assert columns_of(io.StringIO()) == 80


def test_an_encoding_that_has_no_arrows_gets_ascii():
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert not can_encode(latin)
    assert paper_for(latin).ascii_only
    assert not paper_for(Terminal()).ascii_only


def test_words_wrap_and_long_ones_break():
    page = Paper(40)
    page.flow([("a " * 30, ""), ("x" * 95, "")], indent=2)
    lines = page.plain().splitlines()
    assert max(map(len, lines)) <= 40
    assert "".join(line.strip() for line in lines).count("x") == 95
    assert all(line.startswith("  ") for line in lines[1:])


def test_live_lines_come_one_by_one(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    out = io.StringIO()
    live = LiveLines(out, "never")
    one = crashed_client()[0]
    one.server = replace(one.server, address="10.10.121.101")
    live.connection(one)
    live.connection(connection([], [], stream=1))
    live.last(dropped=3)
    first, second, last = out.getvalue().splitlines()
    assert first == "15:15:48.839  ✖ 10.10.121.101:42642 → :5000  write-after-close  server write → EPIPE + SIGPIPE"
    assert second.split()[1] == "●"
    assert last == "1 connection failed or suspicious of 2   3 packets dropped by the kernel   times: UTC"


def test_a_corrected_line_is_counted_once(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    out = io.StringIO()
    live = LiveLines(out, "never")
    live.connection(crashed_client()[0])
    live.connection(crashed_client()[0], again=True)
    live.last()
    assert "(corrected)" in out.getvalue()
    assert "1 connection failed or suspicious of 1   times: UTC" in out.getvalue()
