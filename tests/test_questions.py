"""Twenty questions that users ask in postmortems, each answered on a capture that poses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import stories
from stories import found_in, parse

import tcpexplain

TESTS = Path(__file__).parent
CAPTURES = TESTS.parent / "captures"
PROGRAMS = TESTS / "causes" / "programs"
STORIES = dict(found_in(TESTS / "causes"))


def capture(name, **options):
    return tcpexplain.read(CAPTURES / name / "capture.pcap", **options)


def program(name):
    return tcpexplain.read(next(PROGRAMS.glob(f"{name}.pcap*")))


def failed(name):
    (one,) = [one for one in program(name) if one.severity == "failed"]
    return one


def told(code, near=""):
    name = next(
        name for name in STORIES if name.startswith(f"{code}: ") and (near in name if near else "Near miss" not in name)
    )
    (connection,) = stories.play(STORIES[name])
    return connection


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tcpexplain", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_1_who_sent_that_rst():
    (forged,) = capture("forged-reset-exact")
    assert (forged.cause, forged.certainty) == ("injected-rst", "certain")
    assert forged.resets[0].origin == "middlebox"
    assert "is not the server's" in forged.finding.why
    (own,) = capture("connect-refused")
    assert own.resets[0].origin == "endpoint"


@pytest.mark.parametrize(("window", "ttl", "origin"), [(0, 63, "unknown"), (0, 61, "middlebox"), (501, 63, "endpoint")])
def test_1_a_shape_that_linux_does_not_send_accuses_nobody_alone(window, ttl, origin):
    text = f"""
    1.  --> <SEQ=100><CTL=SYN><TTL=64> -->
    2.  <-- <SEQ=300><ACK=101><CTL=SYN,ACK><TTL=63> <--
    3.  --> <SEQ=101><ACK=301><CTL=ACK><TTL=64> -->
    4.  --> <SEQ=101><ACK=301><CTL=ACK><LEN=10><TTL=64> -->
    5.  <-- <SEQ=301><ACK=111><CTL=ACK><TTL=63> <--
    6.  <-- <SEQ=301><ACK=111><CTL=RST,ACK><TTL={ttl}><WND={window}> <--
    """
    connection = stories.one(parse(text))
    assert connection.resets[0].origin == origin


def test_2_is_something_in_between_resetting_both_ends():
    text = """
    1.  --> <SEQ=100><CTL=SYN><TTL=64> -->
    2.  <-- <SEQ=300><ACK=101><CTL=SYN,ACK><TTL=63> <--
    3.  --> <SEQ=101><ACK=301><CTL=ACK><TTL=64> -->
    4.  --> <SEQ=101><ACK=301><CTL=ACK><LEN=10><TTL=64> -->
    5.  <-- <SEQ=301><ACK=111><CTL=ACK><TTL=63> <--
    6. 1.000 <-- <SEQ=301><ACK=111><CTL=RST,ACK><TTL=50><WND=0> <--
    7. 1.000 --> <SEQ=111><ACK=301><CTL=RST,ACK><TTL=51><WND=0> -->
    """
    connection = stories.one(parse(text))
    assert connection.cause == "firewall-reset"
    assert "each will blame the other" in connection.finding.why


def test_3_which_side_closed_first_and_was_it_clean():
    first = program("healthy-slow-path")[0]
    assert (first.closed_first, first.cause) == ("client", "clean")
    (aborted,) = capture("linger-zero-abort")
    assert (aborted.closed_first, aborted.resets[0].shape) == ("server", "active")


def test_4_why_did_reuse_of_an_idle_connection_fail_and_was_the_fin_there():
    stale = failed("node-keepalive-default")
    assert stale.cause == "peer-closed-idle-connection"
    assert "had the FIN for" in stale.finding.why
    (race,) = capture("idle-close-race")
    assert race.cause == "idle-close-race"


def test_5_what_idle_timeout_is_it_and_whose():
    groups = {
        group.code: group for group in tcpexplain.read(CAPTURES / "mix2000" / "mix2000.pcap", events=False).groups
    }
    assert "the server's FIN comes 60.0 s after the last data" in groups["peer-closed-idle-connection"].in_common


def test_6_can_i_retry_did_the_server_get_it():
    assert failed("nginx-keepalive-stale").retry.verdict == "safe"
    killed = failed("gunicorn-worker-killed").retry
    assert (killed.verdict, "method is one that may be repeated" in killed.because) == ("safe", True)
    hung = failed("go-server-killed").retry
    assert (hung.verdict, "may have processed it" in hung.because) == ("ambiguous", True)
    assert failed("nginx-download-cancelled").retry.verdict == "unsafe"


def test_7_when_epipe_when_econnreset_when_eof():
    late = told("write-after-close").events[-1].server.next
    assert (late.write.now, late.write.signal, late.read.now) == ("EPIPE", "SIGPIPE", "eof")
    reset = told("close-with-unread-data").events[-1].client.next
    assert (reset.read.now, reset.write.now, reset.write.then) == ("ECONNRESET", "ECONNRESET", "EPIPE")


def test_8_why_does_the_client_not_see_the_413():
    (overtaken,) = capture("answer-overtaken-by-reset")
    assert overtaken.cause == "close-with-unread-data"
    assert "the RST overtakes" in overtaken.finding.why


def test_9_why_do_close_wait_sockets_pile_up_us_or_them():
    group = next(
        group
        for group in tcpexplain.read(CAPTURES / "mix2000" / "mix2000.pcap", events=False).groups
        if group.code == "close-wait-leak"
    )
    assert group.sees == "server read → 0, fd leaks"
    assert "oldest 10 min 41 s" in group.in_common
    assert "the server's kernel acknowledged it" in told("close-wait-leak").finding.why
    (pool,) = program("clients-leak-close-wait").half_closed
    assert (pool.waiting, pool.close_wait.count, pool.fin_wait_2.count) == ("client", 2, 2)


def test_10_has_the_client_gone_or_is_it_only_done_sending():
    (half,) = capture("half-close")
    assert half.cause == "clean"
    assert "half-close" in half.finding.also
    assert half.events[-1].client.closed_by == ("shutdown-write",)


def test_11_broken_pipe_client_or_upstream():
    proxied = program("nginx-upstream-answers-late")
    late = {one.server.port: one.cause for one in proxied if one.severity != "fine"}
    assert set(late) == {8101}


def test_12_syn_answered_by_an_ack_then_rst():
    assert any(one.cause == "reused-port-refused" for one in program("client-rebooted-same-port"))
    assert "an ACK of other numbers (a challenge ACK)" in told("reused-port-refused").finding.why


def test_13_rst_and_challenge_ack_ping_pong():
    assert "challenge-ack-loop" in told("challenge-ack-loop").finding.also


def test_14_syns_and_no_accept_is_it_the_backlog():
    causes = [one.cause for one in program("nginx-upstream-backlog-full")]
    assert "accept-queue-full" in causes
    (first,) = [one for one in program("backlog-burst") if one.cause == "accept-queue-full"][:1]
    assert "sent its SYN-ACK" in first.finding.why


def test_15_intermittent_reset_by_a_box_that_lost_the_state():
    forgotten = failed("nat-forgot-and-resets")
    assert forgotten.cause in ("idle-nat-timeout", "firewall-reset", "injected-rst")
    assert "TTL" in forgotten.finding.why or "TTL" in forgotten.finding.sure


def test_16_which_poll_bits_on_fin_on_rst_after_my_own_shutdown():
    fin = told("clean").events
    got_fin = next(event for event in fin if event.server.state == "CLOSE-WAIT")
    assert set(
        got_fin.server.next.poll if isinstance(got_fin.server.next.poll[0], str) else got_fin.server.next.poll[0]
    ) >= {"POLLIN", "POLLRDHUP"}
    reset = told("linger-zero-abort").events[-1].client.next.poll
    assert "POLLHUP" in (reset if isinstance(reset[0], str) else reset[0])


def test_17_which_stream_in_one_capture_is_which_in_the_other():
    before, after = capture("half-close"), capture("half-close")
    assert before[0].community_id == after[0].community_id
    assert before[0].community_id.startswith("1:")


def test_18_which_connection_belongs_to_this_log_line():
    path = PROGRAMS / "deploy-under-pool.pcap"
    wanted = tcpexplain.read(path)[4]
    found = tcpexplain.read(path, port=wanted.client.port, since=wanted.start, until=wanted.start)
    assert [one.stream for one in found] == [4]
    done = command(path, "--port", wanted.client.port, "--json", "--no-events")
    assert done.stdout.count('"type":"connection"') == 1


@pytest.mark.parametrize(
    "name", ["tls-close-notify-late", "haproxy-surplus-connections", "healthy-haproxy-checks", "tls-health-checks"]
)
def test_19_is_this_rst_benign(name):
    assert not [one for one in program(name) if one.severity == "failed"]


def test_20_hung_then_etimedout_where_did_the_packets_die():
    (gone,) = capture("peer-loses-power")
    assert gone.cause == "peer-vanished"
    assert gone.finding.sees == "client read → ETIMEDOUT"
    assert failed("path-swallows-large-packets").cause == "path-mtu-blackhole"


def test_fail_on_sets_the_exit_status():
    path = PROGRAMS / "nginx-keepalive-stale.pcap"
    assert command(path, "--fail-on", "peer-closed-idle-connection").returncode == 1
    assert command(path, "--fail-on", "port-closed").returncode == 0
    assert command(path, "--fail-on", "failed", "--json").returncode == 1


def test_before_and_after_are_compared():
    before, after = PROGRAMS / "healthy-slow-path.pcap", PROGRAMS / "nginx-keepalive-stale.pcap"
    lines = command(before, after, "--compare").stdout.splitlines()
    (line,) = [line for line in lines if "peer-closed-idle-connection" in line]
    assert line.split()[-1] == "new"
