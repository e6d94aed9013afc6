"""Which segments make a connection, and which number it has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mess import LINKTYPE_RAW, Mess
from reach import ACK, FIN, PEER, REACH, RST, SUBJECT, SYN, Talk
from stories import play

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.machine.transitions import State
from tcpexplain.readers import open_capture


def packets(talk):
    """The packet numbers of every connection."""
    return [[segment.packet for segment in connection.segments_seen] for connection in play(talk.ladder)]


def test_a_retransmitted_syn_begins_nothing():
    assert packets(Talk().say(True, SYN).repeat(2)) == [[1, 2, 3]]


def test_a_syn_with_another_number_begins_a_connection():
    talk = REACH[State.TIME_WAIT]()
    before = len(talk.segments)
    talk.say(True, SYN, seq=99)
    talk.say(False, SYN | ACK, seq=500, ack=100)
    assert packets(talk) == [list(range(1, before + 1)), [before + 1, before + 2]]


@pytest.mark.parametrize("state", [State.ESTABLISHED, State.FIN_WAIT_2, State.CLOSE_WAIT], ids=str)
@pytest.mark.parametrize("challenged", [True, False])
def test_a_forged_syn_has_a_number_of_its_own_and_ends_nothing(state, challenged):
    talk = REACH[state]()
    before = len(talk.segments)
    talk.say(True, SYN, seq=77_777_777)
    if challenged:
        talk.say(False, ACK)
    talk.say(True, ACK)
    talk.say(False, ACK)
    rest = list(range(before + 2, len(talk.segments) + 1))
    assert packets(talk) == [[*range(1, before + 1), *rest], [before + 1]]
    assert play(talk.ladder)[0].events[-1].client.state == str(state)


def test_the_story_after_a_forged_syn_goes_on_to_its_end():
    talk = Talk().handshake().say(True, SYN, seq=77_777_777).say(False, ACK)
    talk.say(True, FIN | ACK).say(False, FIN | ACK).say(True, ACK)
    assert play(talk.ladder)[0].final == {"client": "TIME-WAIT", "server": "CLOSED"}


def test_two_forged_syns_are_two():
    talk = Talk().handshake()
    for number in (77_777_777, 88_888_888):
        talk.say(True, SYN, seq=number).say(False, ACK).say(True, ACK, 5).say(False, ACK)
    assert packets(talk) == [[1, 2, 3, 5, 6, 7, 9, 10, 11], [4], [8]]


def test_a_new_syn_that_meets_a_forgotten_connection_is_none_of_it():
    """The challenge ACK and the RST that it draws belong to the SYN; the SYN is sent again and succeeds."""
    talk = Talk().handshake().say(True, SYN, seq=5000).say(False, ACK)
    talk.say(True, RST, seq=talk.subject % 2**32, window=0).say(True, SYN, seq=5000)
    talk.say(False, SYN | ACK, seq=9000, ack=5001)
    assert packets(talk) == [[1, 2, 3], [4, 5, 6, 7, 8]]


def test_a_connection_that_a_forged_syn_has_hit_is_not_let_go_while_that_is_open(tmp_path):
    """There is no more room between the forged SYN and what shows that it was one; a minute of silence would end the wait."""
    usual = [("answered", 0, 100, 1000)]
    frames = Mess([*usual, ("forged_syn", 0, 1, 1000), *usual]).frames
    analysis = Analysis()
    for part in (frames[:6], frames[6:]):
        write_pcap(tmp_path / "x.pcap", part, link_type=LINKTYPE_RAW)
        for batch in open_capture(tmp_path / "x.pcap"):
            analysis.feed(batch)
        analysis.let_go()
    assert [row.packets for row in analysis.rows[: analysis.streams]] == [7, 1]
    assert analysis.desk.late == 0


def test_a_syn_from_the_other_end_is_weighed_as_well():
    talk = Talk().handshake().say(False, SYN, seq=77_777_777).say(True, ACK).say(False, ACK, 5).say(True, ACK)
    assert packets(talk) == [[1, 2, 3, 5, 6, 7], [4]]


def test_the_opener_is_the_client_whatever_the_ports():
    ladder = Talk().handshake().ladder
    connection = play(replace(ladder, left=("a", "192.0.2.1:80"), right=("b", "192.0.2.2:40000")))[0]
    assert connection.client.port == 80


def test_a_beginning_that_was_missed_leaves_the_higher_port_likely_the_client():
    ladder = Talk(SUBJECT, PEER).say(False, ACK, 10).say(True, ACK).ladder
    connection = play(ladder)[0]
    assert (connection.opening, connection.client.port) == ("midstream", 40000)
