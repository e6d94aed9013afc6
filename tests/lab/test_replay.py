"""Played on this kernel: calls, packets, states and RSTs come out as they must. Needs root and a second of real time."""

import os
import shutil
from pathlib import Path

import pytest

from tcpexplain.lab import abilities
from tcpexplain.lab.replay import replay
from tcpexplain.lab.scenarios import scenarios
from tcpexplain.lab.trace import ROOT, Trace

pytestmark = pytest.mark.needs("root")


@pytest.fixture(scope="module")
def able():
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root")
    found = abilities.find()
    if shutil.which("nft") is None:
        pytest.skip("needs nft")
    if found.missing:
        pytest.skip("; ".join(found.missing))
    return found


@pytest.fixture(scope="module")
def played(able):
    with Trace() as trace:
        return {
            name: replay(scenarios()[name], able, trace)
            for name in ("crash-after-recv", "reordered-data", "forged-reset-in-window", "firewall-begins-to-reset")
        }


def connection(played, name):
    (found,) = played[name].truth["connections"]
    return found


def test_a_write_to_a_crashed_peer_succeeds_once_and_is_epipe_with_sigpipe_then(played):
    calls = connection(played, "crash-after-recv")["syscalls"]
    writes = [
        (call["returned"], call["errno"], call["signal"])
        for call in calls
        if call["side"] == "server" and call["call"] == "send"
    ]
    assert writes == [(26, None, None), (26, None, None), (-1, "EPIPE", "SIGPIPE")]


def test_the_reset_answers_the_segment_that_met_the_closed_socket(played):
    (reset,) = connection(played, "crash-after-recv")["resets"]
    assert (reset["side"], reset["class"], reset["answer_to_segment"]) == ("client", "segment-after-close", True)


def test_every_state_is_shown_by_a_packet(played):
    states = connection(played, "crash-after-recv")["states"]
    client = [row["to"] for row in states if row["side"] == "client"]
    assert client == ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSED"]
    assert all(row["packet"] for row in states)


def test_a_held_segment_is_overtaken(played):
    reads = [call for call in connection(played, "reordered-data")["syscalls"] if call["call"] == "recv"]
    assert [call["errno"] or call["returned"] for call in reads] == ["EAGAIN", 33]


def test_a_forged_reset_in_the_window_changes_nothing_and_is_foreign(played):
    found = connection(played, "forged-reset-in-window")
    assert [reset["class"] for reset in found["resets"]] == ["foreign"]
    assert {row["to"] for row in found["states"]} == {"SYN_SENT", "SYN_RCVD", "ESTABLISHED"}


def test_a_firewalls_reset_is_foreign_and_the_end_it_names_goes_on(played):
    found = connection(played, "firewall-begins-to-reset")
    assert [reset["class"] for reset in found["resets"]] == ["foreign", "no-such-connection"]
    written = [call for call in found["syscalls"] if call["side"] == "server" and call["call"] == "send"]
    assert written[-1]["returned"] == 8


def test_nothing_is_left_behind(played):
    assert played
    assert not (ROOT / "instances" / f"tcpexplain-{os.getpid()}").exists()
    assert not any("lab" in line.split(":")[0] for line in Path("/proc/net/dev").read_text().splitlines())
