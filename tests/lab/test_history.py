"""States are read out of the trace beside the packets, and what the trace has no word for is inferred."""

from tcpexplain.lab.history import History, Received
from tcpexplain.lab.packets import IPv4Endpoint, segment
from tcpexplain.lab.recording import Passage, RecordedCall, RecordedPacket
from tcpexplain.lab.seen import look
from tcpexplain.lab.trace import Traced

CLIENT, SERVER = IPv4Endpoint("10.77.1.2", 40000), IPv4Endpoint("10.77.2.2", 80)
MS = 1_000_000


def packet(number, side, flags, **fields):
    ends = (CLIENT, SERVER) if side == "client" else (SERVER, CLIENT)
    raw = segment(*ends, flags, **fields)
    return RecordedPacket(raw, look(raw), side, number=number)


def test_a_fin_that_overtakes_data_does_not_finish():
    received = Received(following=100)
    assert not received.take(packet(1, "server", "FA", seq=110).seen)
    assert not received.finished
    assert received.take(packet(2, "server", "PA", seq=100, payload=b"0123456789").seen)
    assert received.finished


def test_a_duplicate_brings_nothing_new():
    received = Received(following=100)
    data = packet(1, "server", "PA", seq=100, payload=b"01234").seen
    assert received.take(data)
    assert not received.take(data)


def changed(time, previous, state, local=CLIENT, remote=SERVER):
    return Traced(time * MS, "inet_sock_set_state", local, remote, previous, state)


def test_a_closed_sockets_fin_wait_2_goes_on_without_a_socket_until_data_draws_the_reset():
    fin, ack = packet(1, "client", "FA", seq=10, ack=100), packet(2, "server", "A", seq=100, ack=11)
    data, reset = packet(3, "server", "PA", seq=100, ack=11, payload=b"late"), packet(4, "client", "R", seq=11)
    syn = packet(None, "server", "SA", seq=99, ack=10)
    passages = [
        Passage(time * MS, "client", what, arrival)
        for time, what, arrival in (
            (0, syn, True),
            (11, fin, False),
            (20, ack, True),
            (30, data, True),
            (31, reset, False),
        )
    ]
    traced = [
        changed(5, "SYN_SENT", "ESTABLISHED"),
        changed(10, "ESTABLISHED", "FIN_WAIT_1"),
        changed(20, "FIN_WAIT_1", "FIN_WAIT_2"),
        changed(20, "FIN_WAIT_2", "CLOSED"),
    ]
    close = RecordedCall("client", "close", None, 9 * MS, 12 * MS, 0, 1, 0)
    rows = History("client", passages, traced, [close], [], passive=False).build()
    told = [(row["to"], row["packet"].number if row["packet"] else None, row["source"]) for row in rows[1:]]
    assert told == [("FIN_WAIT_1", 1, "trace"), ("FIN_WAIT_2", 2, "trace"), ("CLOSED", 4, "inferred")]
    assert rows[-1]["trigger"] is data


def test_the_passive_ends_syn_received_begins_with_the_syn_it_answers():
    syn, answer = packet(1, "client", "S", seq=9), packet(2, "server", "SA", seq=99, ack=10)
    passages = [Passage(1 * MS, "server", syn, arrival=True), Passage(2 * MS, "server", answer, arrival=False)]
    rows = History("server", passages, [], [], [], passive=True).build()
    assert [(row["from"], row["to"], row["packet"].number) for row in rows] == [("LISTEN", "SYN_RCVD", 1)]


def test_a_keepalive_timeout_is_a_timers_doing_and_shown_by_its_reset():
    reset = packet(6, "client", "RA", seq=10, ack=100)
    traced = [
        changed(5, "SYN_SENT", "ESTABLISHED"),
        changed(50, "ESTABLISHED", "CLOSED"),
        Traced(50 * MS, "tcp_send_reset", CLIENT, SERVER, state="ESTABLISHED", reason="TCP_KEEPALIVE_TIMEOUT"),
    ]
    rows = History("client", [Passage(50 * MS, "client", reset, arrival=False)], traced, [], [], passive=False).build()
    assert (rows[-1]["to"], rows[-1]["cause"], rows[-1]["packet"]) == ("CLOSED", "timer", reset)
