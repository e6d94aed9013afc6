"""The first error, or unexpected end, that each end's application met, and when: what its log speaks of."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from stories import one

import tcpexplain
from tcpexplain.diagnosis.seen import Failure, failure_of, named
from tcpexplain.reports import table
from tcpexplain.units import iso

CAPTURES = Path(__file__).parents[2] / "captures"
UNANSWERED = """
        client 10.0.0.1:40000                                       server 10.0.0.2:80
    1.  0.000  SYN-SENT     --> <SEQ=1000><CTL=SYN>                      -->
    2.  0.010               <-- <SEQ=5000><ACK=1001><CTL=SYN,ACK>        <--
    3.  0.020  ESTABLISHED  --> <SEQ=1001><ACK=5001><CTL=ACK>            --> ESTABLISHED
    4.  1.000               --> <SEQ=1001><ACK=5001><LEN=100><CTL=PSH,ACK> lost
    5.  1.300               --> <SEQ=1001><ACK=5001><LEN=100><CTL=PSH,ACK> lost
    6.  1.900               --> <SEQ=1001><ACK=5001><LEN=100><CTL=PSH,ACK> lost
    7.  3.100               --> <SEQ=1001><ACK=5001><LEN=100><CTL=PSH,ACK> lost
    8.  5.500               --> <SEQ=1001><ACK=5001><LEN=100><CTL=PSH,ACK> lost
    9. 11.000               --> <SEQ=1101><ACK=5001><CTL=FIN,ACK>        lost
"""


def only(name):
    return tcpexplain.read(CAPTURES / name / "capture.pcap")[0]


def brief(seen):
    return seen and (seen.call, seen.outcome, seen.packet, seen.basis)


@pytest.mark.parametrize(
    ("name", "client", "server"),
    [
        ("crashed-client-2019", None, ("write", "EPIPE", 9, "next")),
        ("connect-refused", ("connect", "ECONNREFUSED", 2, "must"), None),
        ("server-closes-with-unread-data", ("read", "ECONNRESET", 6, "next"), None),
        ("half-close", None, None),
        ("eof-read-never-closed", None, None),
    ],
)
def test_real_programs_met_this_first(name, client, server):
    connection = only(name)
    assert (brief(connection.seen["client"]), brief(connection.seen["server"])) == (client, server)


def test_the_failure_has_the_time_of_the_packet_that_brought_it():
    connection = only("crashed-client-2019")
    assert connection.failed_at == connection.seen["server"].at == connection.start + 20_000_747_000
    assert connection.ended == connection.last_seen == connection.failed_at


def test_an_open_connection_has_not_ended():
    connection = only("eof-read-never-closed")
    assert connection.ended is None
    assert connection.failed_at is None
    assert connection.last_seen > connection.start


def test_a_request_on_a_connection_that_the_server_has_closed_reads_its_end_when_it_is_made():
    """The FIN came while the client was idle; the client meets it at its next request, 70 s later."""
    connection = only("go-client-idle-connection-closed")
    seen = connection.seen["client"]
    assert (seen.call, seen.outcome) == ("read", "eof")
    fin = next(one for one in connection.segments_seen if "F" in one.flags and one.sender == "server")
    assert seen.packet == fin.packet
    assert seen.at > connection.start + fin.time * 1e9


def test_an_application_that_waits_no_longer_has_a_timer_and_no_errno():
    connection = one(UNANSWERED)
    seen = connection.seen["client"]
    assert (connection.cause, seen.outcome, seen.call, seen.packet) == ("peer-vanished", "timer", "read", 9)
    assert seen.at == connection.start + 11_000_000_000
    assert "its own deadline" in connection.finding.why


def test_an_end_that_has_closed_sees_nothing_any_more():
    """Both had said all they had to say; the RST after it met no application."""
    assert only("linger-zero-abort").seen["server"] is None


def test_what_causes_say_is_read_as_a_call_and_its_failure():
    assert named("client read → its own timeout; server read → 0") == {
        "client": Failure("read", "timer"),
        "server": Failure("read", "eof"),
    }
    assert named("client write → ok, read → data, then 0") == {"client": Failure("read", "eof")}
    assert named("client connect → ok, write → ECONNRESET") == {"client": Failure("write", "ECONNRESET")}
    assert named("server write → EPIPE + SIGPIPE") == {"server": Failure("write", "EPIPE")}
    assert named("client read → WSAECONNABORTED") == {"client": Failure("read", "WSAECONNABORTED")}
    assert named("both read → 0") == named("server accept → blocks") == named("") == {}


def test_a_call_made_the_wrong_way_is_no_failure_of_the_connection():
    assert failure_of("EISCONN") == failure_of("ok") == failure_of("blocks") == ""


def test_seen_is_in_the_tables():
    capture = tcpexplain.read(CAPTURES / "crashed-client-2019" / "capture.pcap")
    (row,) = csv.DictReader(io.StringIO(table.render(capture)))
    assert (row["server_seen_call"], row["server_seen_outcome"], row["server_seen_packet"]) == ("write", "EPIPE", "9")
    assert row["server_seen_at"] == row["failed_at"] == iso(capture[0].failed_at)
    assert row["client_seen_at"] == row["client_seen_call"] == ""
