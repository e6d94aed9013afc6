"""What one point of capture tells of what was lost, refused or aborted elsewhere on the way.

The situations of captures/points were recorded at both ends; here each capture is read alone, as most people have it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import one

import tcpexplain as tx

POINTS = Path(__file__).parents[2] / "captures" / "points"

ALONE = {
    # The router drops the request and every copy; the server's FIN, which acknowledges none of it, shows that the server lives.
    "request-never-arrives/client": ("lost-on-the-way", "failed", "likely"),
    # The same of the answer: seen from the server its copies are in vain,
    "answer-never-arrives/server": ("lost-on-the-way", "failed", "likely"),
    # from the client only the server's next number shows that there was an answer.
    "answer-never-arrives/client": ("lost-on-the-way", "failed", "likely"),
    # The SYN-ACK comes to the client from an address that it had not called.
    "dnat-without-way-back/client": ("nat-not-undone", "failed", "certain"),
    # The server sees only that the client refuses each SYN-ACK and goes on with its SYN.
    "dnat-without-way-back-at-both-ends/server": ("nat-not-undone", "failed", "likely"),
}


@pytest.mark.parametrize("name", ALONE)
def test_one_capture_alone_tells_what_it_can(name: str) -> None:
    capture = tx.read(POINTS / f"{name}.pcap")
    first = capture[0]
    assert (first.cause, first.severity, first.certainty) == ALONE[name]


def test_an_abort_that_was_lost_is_not_denied() -> None:
    """The server's RST never came to the client, whose data it answers later with another: it had not been silent."""
    first = tx.read(POINTS / "reset-never-arrives" / "server.pcap")[0]
    assert "the server had ended its socket by the RST in packet 8" in first.finding.why
    assert "neither FIN nor RST" not in first.finding.why


def test_an_answer_that_never_came_is_no_proof_of_a_lossy_capture() -> None:
    """Bytes that nobody acknowledged were lost by the network, before they came here; the capture holds all that did."""
    first = tx.read(POINTS / "answer-never-arrives" / "client.pcap")[0]
    assert "capture-loss" not in first.finding.also
    assert first.missing == ()


def test_a_client_that_goes_on_with_its_syn_never_got_the_syn_acks() -> None:
    """At the server: it answers every SYN, and the client's kernel asks again, which it does only without an answer."""
    rows = [
        " 1.  0.000  --> <SEQ=100><CTL=SYN>              -->",
        " 2.  0.000  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <--",
        " 3.  1.000  --> <SEQ=100><CTL=SYN>              -->",
        " 4.  1.000  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <--",
        " 5.  3.000  --> <SEQ=100><CTL=SYN>              -->",
        " 6.  3.000  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <--",
    ]
    whole, once = (one("\n".join(["client server", *rows[:count]])) for count in (6, 2))
    assert (whole.cause, whole.severity, whole.certainty) == ("lost-on-the-way", "failed", "likely")
    seen = whole.seen["client"]
    assert seen is not None
    assert seen.call == "connect"
    assert once.cause != "lost-on-the-way"
