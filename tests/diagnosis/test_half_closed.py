"""CLOSE-WAIT and FIN-WAIT-2, server by server: since when, how long, leaking or merely open when the capture ended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from forged import pcap

import tcpexplain
from tcpexplain.notebook.summary import html as notebook
from tcpexplain.reports import html, markdown, text
from tcpexplain.reports import json as lines
from tcpexplain.terminal.half_closed import lines as told
from tcpexplain.terminal.half_closed import notable, sentence
from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.segment import ACK, FIN, PSH, RST, SYN

TESTS = Path(__file__).parents[1]
START = 1_715_679_000
LEAKY, POOL, BUSY = (SocketAddress.parse(f"10.0.0.2:{port}") for port in (8080, 9000, 9100))


class Wire:
    """Packets of many connections, put in order."""

    def __init__(self):
        self.packets = []

    def send(self, time, sender, receiver, segment):
        head, wire = packet(sender, receiver, segment, 77)
        self.packets.append((round((START + time) * 1_000_000_000), head + bytes(wire - len(head))))

    def connection(self, server, at, *, first, closes=None, port=None, answers=None):
        """Open at ``at``; the end ``first`` closes a second later, the other after ``closes`` seconds more, or never."""
        client = SocketAddress.parse(f"10.0.0.1:{port or 40000 + len(self.packets)}")
        ends = {"client": (client, server, 101, 301), "server": (server, client, 301, 101)}
        self.send(at, client, server, LadderSegment(True, seq=100, ack=0, flags=SYN))
        self.send(at + 0.001, server, client, LadderSegment(True, seq=300, ack=101, flags=SYN | ACK))
        self.send(at + 0.002, client, server, LadderSegment(True, seq=101, ack=301, flags=ACK))
        one, other, seq, ack = ends[first]
        self.send(at + 1, one, other, LadderSegment(True, seq=seq, ack=ack, flags=FIN | ACK))
        self.send(at + 1.001, other, one, LadderSegment(True, seq=ack, ack=seq + 1, flags=ACK))
        if answers:
            self.send(
                at + answers, other, one, LadderSegment(True, seq=ack, ack=seq + 1, flags=PSH | ACK, length=5, window=9)
            )
            self.send(at + answers, one, other, LadderSegment(True, seq=seq + 1, ack=ack + 5, flags=ACK, window=9))
        if closes:
            self.send(at + 1 + closes, other, one, LadderSegment(True, seq=ack, ack=seq + 1, flags=FIN | ACK))
            self.send(at + 1.001 + closes, one, other, LadderSegment(True, seq=seq + 1, ack=ack + 1, flags=ACK))

    def read(self, folder, **options):
        path = folder / "capture.pcap"
        path.write_bytes(pcap(sorted(self.packets)))
        return tcpexplain.read(path, **options)


@pytest.fixture
def posed(tmp_path):
    """A server that leaks 3 of 5 connections, a pool whose clients never close, and a server that was just closing."""
    wire = Wire()
    for at in (0, 5, 10):
        wire.connection(LEAKY, at, first="client", port=41000 + at)
    wire.connection(LEAKY, 1, first="client", closes=0.02)
    wire.connection(LEAKY, 2, first="client", closes=0.04)
    for at in (3, 4):
        wire.connection(POOL, at, first="server", port=42000 + at)
    wire.connection(BUSY, 57, first="client", port=43000)
    wire.connection(BUSY, 58.5, first="client", closes=0.5)
    return wire.read(tmp_path)


def by_server(capture):
    return {one.server.port: one for one in capture.half_closed}


def test_servers_with_most_connections_half_closed_come_first(posed):
    assert [one.server.port for one in posed.half_closed] == [8080, 9000, 9100]


def test_close_wait_of_a_server_that_leaks_since_when_and_how_long(posed):
    one = by_server(posed)[8080]
    assert (one.waiting, one.close_wait.count, one.fin_wait_2.count, one.leaking) == ("server", 3, 3, 3)
    assert one.close_wait.since == (START + 1) * 1_000_000_000
    assert [one.close_wait.longest, one.close_wait.median, one.close_wait.shortest] == pytest.approx(
        [59.001, 54.001, 49.001], abs=0.01
    )
    assert one.longest == 0
    assert sentence(one) == (
        "3 in CLOSE-WAIT at the server (FIN-WAIT-2 at the clients) since 09:30:01, for 49.0 s to 59.0 s (median 54.0 s): "
        "leaking, the server does not close. 2 others closed after 30 ms (median; at most 40 ms)."
    )


def test_fin_wait_2_of_a_server_whose_clients_do_not_close(posed):
    one = by_server(posed)[9000]
    assert (one.waiting, one.close_wait.count, one.fin_wait_2.count, one.leaking) == ("client", 2, 2, 2)
    assert one.fin_wait_2.longest == pytest.approx(one.close_wait.longest - 0.001, abs=0.0001)
    assert sentence(one) == (
        "2 in FIN-WAIT-2 at the server (CLOSE-WAIT at the clients) since 09:30:04, for 55.0 s to 56.0 s: leaking, the clients do not close."
    )


def test_what_was_closing_when_the_capture_ended_is_no_leak(posed):
    one = by_server(posed)[9100]
    assert one.leaking == 0
    assert sentence(one).endswith("for 2.0 s: merely open when the capture ended. 1 other closed after 500 ms.")


def test_a_server_that_is_as_slow_with_others_does_not_leak(tmp_path):
    wire = Wire()
    wire.connection(LEAKY, 0, first="client", closes=30)
    wire.connection(LEAKY, 0, first="client")
    (one,) = wire.read(tmp_path).half_closed
    assert (one.close_wait.count, one.leaking) == (1, 0)
    assert one.close_wait.longest > 10


def test_an_answer_after_the_fin_is_a_half_close_that_is_meant(tmp_path):
    wire = Wire()
    wire.connection(LEAKY, 0, first="client", answers=2)
    wire.connection(BUSY, 59, first="client", closes=0.1)
    one = by_server(wire.read(tmp_path))[8080]
    assert (one.close_wait.count, one.leaking) == (1, 0)


def test_some_leaking_and_some_merely_open_are_told_apart(posed, tmp_path):
    wire = Wire()
    wire.connection(LEAKY, 0, first="client")
    wire.connection(LEAKY, 18, first="client")
    (one,) = wire.read(tmp_path).half_closed
    assert "leaking, the server does not close; 1 merely open when the capture ended" not in sentence(
        posed.half_closed[0]
    )
    assert "1 leaking, the server does not close; 1 merely open when the capture ended" in sentence(one)


def test_connections_that_both_ends_closed_are_none_of_it(tmp_path):
    wire = Wire()
    wire.connection(LEAKY, 0, first="client", closes=0.5)
    wire.connection(LEAKY, 20, first="server", closes=0.5)
    assert wire.read(tmp_path).half_closed == ()


def test_an_end_that_a_reset_has_ended_need_not_close(tmp_path):
    wire = Wire()
    wire.connection(LEAKY, 0, first="server", port=41000)
    client = SocketAddress.parse("10.0.0.1:41000")
    wire.send(2, client, LEAKY, LadderSegment(True, seq=101, ack=302, flags=PSH | ACK, length=5))
    wire.send(2.001, LEAKY, client, LadderSegment(True, seq=302, flags=RST, window=500))
    wire.connection(BUSY, 59, first="client", closes=0.1)
    capture = wire.read(tmp_path)
    assert capture[0].final == {"client": "CLOSED", "server": "FIN-WAIT-2"}
    assert capture.half_closed == ()


def test_every_report_tells_it(posed):
    said = sentence(posed.half_closed[0]).split(",")[0]
    for report in (text.render(posed), notebook(posed)):
        assert said in " ".join(report.split())
    for report in (markdown.render(posed), html.render(posed)):  # these say once that their times are UTC
        assert said.replace(" UTC", "") in " ".join(report.split())


def test_leaks_are_suspicious_and_come_first(posed):
    assert [(line.severity, line.who, line.stream) for line in told(posed.half_closed)] == [
        ("suspicious", "10.0.0.2:8080", 0),
        ("suspicious", "10.0.0.2:9000", 3),
        ("fine", "10.0.0.2:9100", 7),
    ]


def test_many_servers_with_something_merely_open_take_one_line(posed):
    leaky, _, busy = posed.half_closed
    lines_ = told([leaky, *[busy] * 4])
    assert [line.who for line in lines_] == ["10.0.0.2:8080", "4 servers"]
    assert lines_[1].said == "4 connections half closed for at most 2.0 s: merely open when the capture ended."


def test_of_many_leaking_servers_the_rest_is_counted(posed):
    *_, last = told([posed.half_closed[0]] * 15)
    assert (last.severity, last.who) == ("suspicious", "3 more servers")
    assert last.said == "9 connections half closed for at most 59.0 s: 9 leaking."


def test_json_has_it_in_the_summary(posed):
    summary = json.loads(lines.render(posed).splitlines()[-1])
    leaky, pool, busy = summary["half_closed"]
    assert leaky["server"] == {"address": "10.0.0.2", "port": 8080}
    assert (leaky["waiting"], leaky["leaking"], leaky["longest"]) == ("server", 3, 0)
    assert leaky["close_wait"]["connections"] == 3
    assert leaky["close_wait"]["since"] == "2024-05-14T09:30:01.000000000Z"
    assert leaky["closed"]["median"] == pytest.approx(0.03)
    assert (pool["waiting"], pool["fin_wait_2"]["connections"], pool["closed"]["since"]) == ("client", 2, None)
    assert busy["leaking"] == 0
    (group,) = [group for group in summary["groups"] if group["cause"] == "close-wait-leak"]
    assert (group["connections"], "oldest 59.0 s" in group["in_common"]) == (5, True)


def test_a_moment_is_not_worth_a_line(posed):
    one = posed.half_closed[0]
    short = replace(one.close_wait, longest=0.03)
    assert notable([replace(one, leaking=0, close_wait=short, fin_wait_2=short)]) == []
    assert notable([one]) == [one]


def test_plain_and_compiled_loops_say_the_same(tmp_path, monkeypatch, posed):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", "1")
    assert tcpexplain.read(tmp_path / "capture.pcap").half_closed == posed.half_closed


def test_only_the_connections_that_are_asked_for_count(posed, tmp_path):
    only = tcpexplain.read(tmp_path / "capture.pcap", port=9000)
    assert [one.server.port for one in only.half_closed] == [9000]
    assert only.half_closed == (by_server(posed)[9000],)


def test_a_large_capture_says_on_which_servers_and_since_when():
    found = tcpexplain.read(TESTS.parent / "captures" / "mix2000" / "mix2000.pcap", events=False).half_closed
    assert sum(one.close_wait.count for one in found) == sum(one.leaking for one in found) == 97
    assert {str(one.server) for one in found} == {f"10.3.0.{host}:8080" for host in (11, 12, 13)}


def test_clients_of_a_real_pool_that_do_not_close_leave_the_server_in_fin_wait_2():
    (one,) = tcpexplain.read(TESTS / "causes" / "programs" / "clients-leak-close-wait.pcap").half_closed
    assert (one.waiting, one.fin_wait_2.count, one.close_wait.count, one.leaking) == ("client", 2, 2, 0)
