"""What the kernel says beside what packets say: the crashed client of 2019, whose kernels are made to speak here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.kernel import tracefs
from tcpexplain.kernel.account import MOST, Account
from tcpexplain.kernel.journal import Journal, read_into
from tcpexplain.kernel.kept import account_of
from tcpexplain.kernel.lines import parsed
from tcpexplain.kernel.tracefs import ROOT, unavailable
from tcpexplain.model.connection import Address
from tcpexplain.model.kernel import KernelEvent
from tcpexplain.reports.json import connection_record
from tcpexplain.wireshark.recorded import write_recorded

CRASHED = Path(__file__).parents[2] / "captures" / "crashed-client-2019" / "capture.pcap"
CLIENT, SERVER = ("10.10.121.101", 42642), ("10.10.121.102", 5000)
SIX = "saddrv6=:: daddrv6=::"


def line(time, event, running="python3-7       [001] .....", **fields):
    words = " ".join(f"{name}={value}" for name, value in fields.items())
    return f"  {running} {1562339728 + (838856 + time) // 10**6}.{(838856 + time) % 10**6:06d}: {event}: {words}"


def change(time, ends, previous, state, running="python3-7       [001] ....."):
    (saddr, sport), (daddr, dport) = ends
    ends = {"sport": sport, "dport": dport, "saddr": saddr, "daddr": daddr}
    moved = {"oldstate": f"TCP_{previous}", "newstate": f"TCP_{state}"}
    return line(time, "inet_sock_set_state", running, family="AF_INET", protocol="IPPROTO_TCP", **ends, **moved)


SOFT = "swapper-0       [000] ..s2."
GOING = (CLIENT, SERVER)
COMING = (SERVER, CLIENT)
TOLD = [
    "  curl-7       [001] ..... 1562339728.838800: sys_connect(fd: 5, uservaddr: 0x7ff, addrlen: 0x10)",
    change(-30, ((CLIENT[0], 0), SERVER), "CLOSE", "SYN_SENT", "curl-7       [001] ....."),
    change(400, GOING, "SYN_SENT", "ESTABLISHED", "curl-7       [001] ....."),
    change(700, COMING, "LISTEN", "SYN_RECV", SOFT),
    change(701, COMING, "SYN_RECV", "ESTABLISHED", SOFT),
    "  nginx-9       [001] ..... 1562339728.840000: sys_accept4 -> 0xb",
    change(103_000, GOING, "ESTABLISHED", "FIN_WAIT1", "curl-7       [001] ....."),
    change(103_100, COMING, "ESTABLISHED", "CLOSE_WAIT", SOFT),
    change(104_000, GOING, "FIN_WAIT1", "FIN_WAIT2", SOFT),
    change(104_001, GOING, "FIN_WAIT2", "CLOSE", SOFT),
    line(20_000_600, "tcp_send_reset", SOFT, skbaddr="0", skaddr="0", src="10.10.121.101:42642", dest="10.10.121.102:5000", state="UNKNOWN", reason="NO_SOCKET"),
    change(20_000_700, COMING, "CLOSE_WAIT", "CLOSE", SOFT),
    line(20_000_701, "inet_sk_error_report", SOFT, family="AF_INET", protocol="IPPROTO_TCP", sport=5000, dport=42642, saddr=SERVER[0], daddr=CLIENT[0], error=32),
]  # fmt: skip


def account(lines=TOLD):
    found = Account()
    for text in lines:
        found.add(parsed(text, 0))
    return found


@pytest.fixture
def crashed():
    return tcpexplain.read(CRASHED)[0]


def test_a_kernel_that_did_what_packets_show_is_as_predicted(crashed):
    saw = account().of(crashed)
    assert saw.differences == ()
    assert [one.state for one in saw.client.of_kind("state")] == ["ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSED"]
    assert [one.reason for one in saw.client.of_kind("reset-sent")] == ["NO_SOCKET"]
    assert [one.error for one in saw.server.of_kind("error")] == ["EPIPE"]


def test_sockets_have_their_processes_and_descriptors(crashed):
    saw = account().of(crashed)
    assert str(saw.client.process) == "curl (pid 7, fd 5)"
    assert str(saw.server.process) == "nginx (pid 9, fd 11)"


def test_with_two_listeners_an_accept_could_be_either_s_and_the_descriptor_is_not_known(crashed):
    other = change(702, ((SERVER[0], 6000), ("10.10.121.109", 1)), "SYN_RECV", "ESTABLISHED", SOFT)
    saw = account([*TOLD[:5], other, *TOLD[5:]]).of(crashed)
    assert saw.server.process is None


@pytest.mark.parametrize(
    ("index", "instead", "said"),
    [
        (7, change(103_100, COMING, "ESTABLISHED", "FIN_WAIT1", SOFT), "the server's kernel went"),
        (11, None, "the server's kernel went"),
        (12, TOLD[12].replace("error=32", "error=104"), "put ECONNRESET into the socket, predicted was EPIPE"),
        (12, None, "put no error into the socket, predicted was EPIPE"),
        (10, TOLD[10].replace("NO_SOCKET", "TCP_ABORT_ON_CLOSE"), "because of TCP_ABORT_ON_CLOSE"),
        (10, None, "did not send the RST of packet 9"),
    ],
)
def test_whatever_the_kernel_did_otherwise_is_a_difference(crashed, index, instead, said):
    lines = [*TOLD[:index], *([instead] if instead else []), *TOLD[index + 1 :]]
    (told,) = account(lines).of(crashed).differences
    assert said in told


def test_a_connection_of_which_the_kernel_knows_nothing_is_not_compared(crashed):
    assert account([]).of(crashed) is None


def test_the_next_connection_between_the_same_ends_is_another(crashed):
    later = [change(30_000_000, GOING, "CLOSE", "SYN_SENT"), change(30_000_400, GOING, "SYN_SENT", "ESTABLISHED")]
    assert account([*TOLD, *later]).of(crashed).differences == ()
    assert (
        account(later).of(replace(crashed, start=crashed.start + 30 * 10**9)).client.traced[-1].state == "ESTABLISHED"
    )


def test_sockets_of_ipv6_that_speak_ipv4_are_known_by_what_is_on_the_wire():
    text = (
        TOLD[2].replace("AF_INET", "AF_INET6").replace("oldstate", "saddrv6=::ffff:10.10.121.101 daddrv6=::1 oldstate")
    )
    found = parsed(text, 0)
    assert (str(found.local), str(found.remote)) == ("10.10.121.101:42642", "[::1]:5000")


@pytest.mark.parametrize(
    "text", ["", "CPU:1 [LOST 77 EVENTS]", "# tracer: nop", TOLD[2].replace("IPPROTO_TCP", "IPPROTO_MPTCP")]
)
def test_what_is_about_no_tcp_socket_is_left_out(text):
    assert parsed(text, 0) is None


def test_memory_is_bounded():
    found = Account()
    for number in range(MOST + 10):
        found.keep(Address("10.0.0.1", number), Address("10.0.0.2", 1), KernelEvent(number, "state"))
    assert len(found.traced) == MOST


def kept(tmp_path):
    """The capture with the account in it."""
    told, journal = account(), Journal()
    for text in TOLD:
        journal.write(parsed(text, 0))
    journal.write(parsed(TOLD[2].replace("42642", "1"), 0))
    target = tmp_path / "k.pcapng"
    ends = {frozenset((Address(*CLIENT), Address(*SERVER)))}
    write_recorded(CRASHED, target, journal.comments(told, ends))
    journal.close()
    return target


def test_what_is_kept_in_a_capture_is_read_again_and_nothing_of_other_connections(tmp_path, crashed):
    again = tcpexplain.read(kept(tmp_path))[0]
    assert again.finding == crashed.finding
    assert again.kernel == account().of(crashed)
    assert len(account_of([str(tmp_path / "k.pcapng")]).traced) == 2


def test_every_report_of_it_says_what_the_kernel_said(tmp_path, capsys):
    target = kept(tmp_path)
    assert run([str(target), "--stream", "0"]) == 0
    text = capsys.readouterr().out
    assert "kernel: error EPIPE" in text
    assert "curl (pid 7, fd 5): ESTABLISHED → FIN-WAIT-1" in text
    assert run([str(target), "--json"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[1])["kernel"]
    assert record["as_predicted"] is True
    assert record["server"]["process"] == {"pid": 9, "name": "nginx", "fd": 11}


def test_without_it_nothing_is_said_of_a_kernel(crashed):
    assert "kernel" not in connection_record(crashed)


def test_comments_that_make_no_sense_are_left_out(crashed):
    found = Account()
    read_into(found, "tcpexplain kernel 1\n{}\nnonsense\n[1]\n" + json.dumps({"local": ["10.0.0.1", 1], "remote": 5}))
    assert found.of(crashed) is None


def test_kernel_without_an_interface_is_refused(capsys):
    assert run([str(CRASHED), "--kernel"]) == 2
    assert "--kernel" in capsys.readouterr().err


@pytest.mark.skipif(not unavailable(), reason="here the kernel can be asked")
def test_why_it_cannot_be_asked_is_said_in_words():
    assert unavailable().startswith(
        ("the kernel's trace needs", "this kernel does not", f"there is no tracefs at {ROOT}")
    )


def test_a_trace_that_may_only_be_looked_at_is_no_error(tmp_path, monkeypatch):
    """As in a container: the capture goes on without it."""
    monkeypatch.setattr(tracefs, "ROOT", tmp_path / "nothing")
    assert "cannot be used here (no such file or directory)" in tracefs.refused()
    monkeypatch.setattr(tracefs, "ROOT", tmp_path)
    (tmp_path / "instances").mkdir()
    assert tracefs.refused() == ""
    assert list((tmp_path / "instances").iterdir()) == []
