"""What became of the bytes, and whether the last request may be sent again: ladders, and what the kernel's own numbers say."""

from __future__ import annotations

from pathlib import Path

import pytest
import stories
from stories import found_in, parse

import tcpexplain

STORIES = dict(found_in(Path(__file__).parents[1] / "causes"))
PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"


def told(name):
    """The connection of a cause's story."""
    (connection,) = stories.play(STORIES[name])
    return connection


def story(code, near=""):
    return next(
        name for name in STORIES if name.startswith(f"{code}: ") and (near in name if near else "Near miss" not in name)
    )


@pytest.mark.parametrize(
    ("name", "verdict", "because"),
    [
        (story("peer-closed-idle-connection"), "safe", "FIN had arrived 5.0 s before"),
        (story("idle-close-race"), "safe", "no check could have avoided it"),
        (story("half-open-peer"), "safe", "a kernel that had no socket"),
        (story("reset-during-handshake"), "not-applicable", "sent no request"),
        (story("closed-without-answer"), "ambiguous", "may have processed it"),
        (story("client-gave-up"), "ambiguous", "may have processed it"),
        (story("close-with-unread-data"), "ambiguous", "may have processed it"),
        (story("peer-vanished"), "ambiguous", "may have arrived"),
        (story("firewall-reset"), "ambiguous", "may have arrived"),
        (story("linger-zero-abort"), "unsafe", "400 bytes of a response"),
        (story("clean"), "not-applicable", "was answered"),
        (story("client-gave-up", "farewell"), "not-applicable", "farewell"),
        (story("still-open"), "not-applicable", "still open"),
    ],
)
def test_retry(name, verdict, because):
    retry = told(name).retry
    assert (retry.verdict, because in retry.because) == (verdict, True), retry


def test_data_that_goes_one_way_and_arrives_wants_no_answer():
    one_way = tcpexplain.read(PROGRAMS.parents[2] / "captures" / "pool-probed-before-use" / "capture.pcap")[2].retry
    assert (one_way.verdict, one_way.because.startswith("data went one way only")) == ("not-applicable", True)


def test_a_client_that_waits_in_vain_before_it_closes_sent_a_request():
    assert "never answered" in told(story("client-gave-up")).retry.because


def test_an_answer_that_came_before_the_request_had_been_sent_may_be_the_answer():
    (unread,) = [one for one in tcpexplain.read(PROGRAMS / "nginx-413-never-read.pcap") if one.severity == "failed"]
    assert unread.retry.verdict == "ambiguous"
    assert "the answer may be what came 2.2 ms before (an early refusal such as HTTP's 413" in unread.retry.because


def test_lost_bytes_are_those_that_nothing_acknowledged():
    ledger = told(story("peer-closed-idle-connection")).bytes["client"]
    assert (ledger.sent, ledger.acknowledged, ledger.lost) == (240, 120, 120)


def test_bytes_before_an_abort_are_perhaps_unread():
    connection = told(story("close-with-unread-data"))
    assert connection.bytes["client"].perhaps_unread == 80
    assert connection.bytes["client"].lost == 0


def test_orderly_close_loses_nothing():
    connection = told(story("clean"))
    assert {side: ledger.lost for side, ledger in connection.bytes.items()} == {"client": 0, "server": 0}
    assert {side: ledger.perhaps_unread for side, ledger in connection.bytes.items()} == {"client": 0, "server": 0}


def test_the_write_that_succeeded_and_was_lost_is_named_by_its_packet():
    finding = told(story("write-after-close")).finding
    assert finding.lost.startswith("26 bytes (packet 8).")
    assert 8 in finding.evidence


def test_nothing_is_safe_to_repeat_after_a_stranger_has_answered():
    text = """
    1.  --> <SEQ=100><CTL=SYN> -->
    2.  <-- <SEQ=300><ACK=101><CTL=SYN,ACK><TTL=63> <--
    3.  --> <SEQ=101><ACK=301><CTL=ACK> -->
    4.  --> <SEQ=101><ACK=301><CTL=ACK><LEN=10> -->
    5.  <-- <SEQ=301><CTL=RST><WND=0><TTL=61> <--
    """
    assert stories.one(parse(text)).retry.verdict == "ambiguous"


@pytest.mark.parametrize(
    "name", ["nginx-keepalive-stale", "node-keepalive-default", "postgres-idle-session-timeout", "go-pool-race"]
)
def test_request_to_a_closed_server_is_safe_to_repeat(name):
    (failed,) = [one for one in tcpexplain.read(PROGRAMS / f"{name}.pcap") if one.severity == "failed"]
    assert failed.retry.verdict == "safe"


@pytest.mark.parametrize(
    ("name", "verdict"), [("go-server-killed", "ambiguous"), ("gunicorn-worker-killed", "safe"), ("nginx-444", "safe")]
)
def test_request_that_a_server_took_is_where_its_method_says_so(name, verdict):
    capture = tcpexplain.read(PROGRAMS / f"{name}.pcap")
    (failed,) = [one for one in capture if one.severity == "failed"]
    assert failed.retry.verdict == verdict
    (unread,) = [one for one in tcpexplain.read(PROGRAMS / f"{name}.pcap", messages="none") if one.severity == "failed"]
    assert unread.retry.verdict == "ambiguous"


def test_of_every_connection_some_rule_says_whether_its_request_may_be_repeated():
    """The last rule holds of anything that has packets."""
    from tcpexplain.diagnosis.retry import RULES
    from tcpexplain.machine.facts import EndFacts, Facts

    facts = Facts()
    facts.packets = 1
    assert RULES[-1].when(facts, EndFacts(), EndFacts())
