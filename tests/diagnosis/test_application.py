"""--decode: what died, in the protocol's own names, and nothing more of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.diagnosis.application import around, decode
from tcpexplain.errors import TcpexplainError

PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"


@cache
def decoded(name, protocol=None):
    """Why the worst connection of a capture ended; ``protocol``: as tshark is to take a port, ``tcp.port==5440,pgsql``."""
    ports = dict([protocol.split(",")]) if protocol else None
    capture = tcpexplain.read(PROGRAMS / f"{name}.pcap")
    (worst,) = capture.worst(1)
    decode(capture, [worst], ports)
    return worst.finding.why


@pytest.mark.needs("tshark")
@pytest.mark.parametrize(
    ("name", "protocol", "said"),
    [
        ("nginx-keepalive-stale", None, "packet 23 is HTTP GET /ok"),
        pytest.param(
            "nginx-413-never-read", None, "HTTP 413 Request Entity Too Large", marks=pytest.mark.needs("time")
        ),
        ("tls-certificate-refused", None, "TLS alert Unknown CA"),
        ("postgres-terminated-backend", "tcp.port==5440,pgsql", "SQL SELECT"),
        ("redis-timeout-stale", "tcp.port==6390,resp", "Redis PING"),
        ("mariadb-kill-connection", "tcp.port==3390,mysql", "SQL SELECT"),
    ],
)
def test_what_died_is_named(name, protocol, said):
    assert said in decoded(name, protocol)


def verdict_with_tshark(name, ports, messages="none"):
    capture = tcpexplain.read(PROGRAMS / f"{name}.pcap", messages=messages)
    one = capture[-1]
    decode(capture, [one], ports)
    return one.cause, one.severity, one.certainty, one.finding.alternatives


@pytest.mark.needs("tshark")
def test_a_message_that_tshark_waits_for_in_vain_makes_an_answer_that_was_cut_likely():
    ports = {"tcp.port==6390": "resp"}
    name = "midway-redis-killed-in-answer"
    assert verdict_with_tshark(name, ports) == ("answer-cut-short", "failed", "likely", ("clean",))
    assert verdict_with_tshark(name, ports, "verdict")[2] == "certain"
    assert verdict_with_tshark(name, None)[0] == "clean"


@pytest.mark.needs("tshark")
def test_what_tshark_finds_is_in_groups_and_counts_and_all_that_is_written(capsys):
    path = str(PROGRAMS / "midway-redis-killed-in-answer.pcap")
    options = ["--messages", "none", "--decode-as", "tcp.port==6390,resp"]
    capture = tcpexplain.read(path, messages="none")
    clean = dict(capture.causes)["clean"]
    decode(capture, capture.worst(20), {"tcp.port==6390": "resp"})
    cut = capture.causes["answer-cut-short"]
    assert cut
    assert capture.causes["clean"] + cut == clean
    assert {group.code: group.count for group in capture.groups}["answer-cut-short"] == cut
    assert len(capture.where(why="answer-cut-short")) == cut
    run([path, "--json", *options])
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [one for one in records if one["type"] == "connection" and one["cause"] == "answer-cut-short"]
    assert records[-1]["causes"]["answer-cut-short"] == cut == len(told)


@pytest.mark.needs("tshark")
def test_whole_messages_are_whole_to_tshark_too():
    assert verdict_with_tshark("midway-postgres-shut-down-in-query", {"tcp.port==5440": "pgsql"})[0] == "clean"


@pytest.mark.needs("tshark")
def test_sql_is_only_its_first_word():
    why = decoded("mariadb-kill-connection", "tcp.port==3390,mysql")
    assert why.rpartition("Decoded: ")[2] == "packet 34 is SQL SELECT."


@pytest.mark.needs("tshark")
def test_nothing_is_added_where_tshark_has_no_name_for_it():
    assert "Decoded" not in decoded("redis-timeout-stale")


@pytest.mark.needs("tshark")
def test_ports_that_tshark_does_not_know_are_named_on_the_command_line(capsys):
    assert run([str(PROGRAMS / "redis-timeout-stale.pcap"), "--stream", "1", "--decode-as", "tcp.port==6390,resp"]) == 0
    assert "Redis PING" in " ".join(capsys.readouterr().out.split())


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("given", ["tcp.port==6390,nosuch", "tcp.prt==6390,resp"])
def test_what_tshark_does_not_know_is_one_error(given, capsys):
    assert run([str(PROGRAMS / "redis-timeout-stale.pcap"), "--decode-as", given]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "error[TE021]: tshark does not take --decode-as = note: Unknown" in told


@pytest.mark.parametrize("given", ["6390,resp", "tcp.port==6390", "tcp.port==1,a b"])
def test_what_is_not_of_the_form_is_said_to_be(given, capsys):
    assert run(["x.pcap", "--decode-as", given]) == 2
    assert "is not of the form tcp.port==8443,tls" in " ".join(capsys.readouterr().err.split())


def test_packets_around_the_end_are_the_last_request_and_answer():
    (worst,) = tcpexplain.read(PROGRAMS / "nginx-keepalive-stale.pcap").worst(1)
    assert around(worst) == (19, 23)


def test_without_tshark_one_error_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    capture = tcpexplain.read(PROGRAMS / "nginx-keepalive-stale.pcap")
    with pytest.raises(TcpexplainError) as caught:
        decode(capture, capture.worst(1))
    assert (caught.value.code, caught.value.exit_status) == ("TE020", 3)
