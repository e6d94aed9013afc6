"""What one point of capture tells of what was lost, refused or aborted elsewhere on the way.

The situations of captures/points were recorded at both ends; here each capture is read alone, as most people have it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

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
