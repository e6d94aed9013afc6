"""The story: which rows there are, what they are called, and what stands beside them."""

from dataclasses import replace
from pathlib import Path

from examples import BLOCKS, DATA, EPIPE, OK, Now, connection, crashed_client

import tcpexplain
from tcpexplain.model.calls import Call, Event, Packet, Reset
from tcpexplain.story import Note, label, shortened, story, together
from tcpexplain.wire.icmp import icmp_words


def segment(packet, time, sender, flags, length=0, **more):
    return Packet(
        packet, time, sender, flags, more.pop("seq", 1), more.pop("ack", 1), length, more.pop("window", 500), **more
    )


def plain(count, *, first=1, gap=0.001, length=1448):
    return [
        segment(
            first + n, gap * n, "server" if n % 2 else "client", "A" if n % 2 else "PA", 0 if n % 2 else length, seq=n
        )
        for n in range(count)
    ]


def told(segments, events=(), **changes):
    return story(connection(segments, events, **changes))


def event(of, client, server, **changes):
    return replace(
        Event(of.packet, of.time, of.sender, of.flags, of.seq, of.ack, of.length, "seen", client, server), **changes
    )


def test_the_crashed_client_is_told_as_in_the_report():
    rows = crashed_client_rows()
    assert [row.label for row in rows] == [
        "SYN",
        "SYN ACK",
        "ACK",
        "26 bytes",
        "ACK",
        "FIN ACK",
        "ACK",
        "19.9 s of silence",
        "26 bytes",
        "RST",
    ]
    assert [(row.client.state, row.server.state) for row in rows] == [
        ("SYN-SENT", "SYN-RECEIVED"),
        ("ESTABLISHED", ""),
        ("", "ESTABLISHED"),
        ("", ""),
        ("", ""),
        ("FIN-WAIT-1", "CLOSE-WAIT"),
        ("FIN-WAIT-2", ""),
        ("", ""),
        ("", ""),
        ("CLOSED", "CLOSED"),
    ]


def crashed_client_rows():
    return story(crashed_client()[0])


SIDES = ("client", "server")


def notes(row, side):
    return [str(note) for note in row.cell(side).notes]


def test_what_comes_next_stands_where_it_changes():
    rows = {row.packet: row for row in crashed_client_rows()}
    assert notes(rows[1], "client") == ["next connect, read or write → blocks"]
    assert notes(rows[1], "server") == ["next accept → blocks"]
    assert notes(rows[2], "client") == ["next connect → 0, then EISCONN", "next read → blocks", "next write → ok"]
    assert notes(rows[3], "server") == ["next accept → fd", "next read → blocks", "next write → ok"]
    assert notes(rows[4], "client") == ["next read → data"]
    assert notes(rows[6], "server") == ["next read → 0 (EOF)", "next write → ok"]
    assert "next write → EPIPE + SIGPIPE" in notes(rows[9], "server")
    assert "next read → 0 (EOF)" in notes(rows[9], "server")


def test_what_was_done_is_told_as_the_packets_show_it():
    rows = {row.packet: row for row in crashed_client_rows()}
    did = {packet: {side: [str(note) for note in row.cell(side).did] for side in SIDES} for packet, row in rows.items()}
    assert did[4] == {"client": [], "server": ["wrote 26 bytes"]}
    assert did[6]["client"] == ["had read 26 bytes", "close() or exit"]
    assert did[8]["server"] == ["wrote 26 bytes (never read)"]


def test_where_nothing_differs_stands_a_quiet_mark():
    rows = {row.packet: row for row in crashed_client_rows()}
    assert notes(rows[2], "server") == ["· as before"]
    assert (notes(rows[7], "client"), notes(rows[7], "server")) == (["· as before"], ["· as before"])
    assert (notes(rows[5], "client"), notes(rows[5], "server")) == ([], [])


def test_what_a_closed_descriptor_would_return_is_said_to_be_so():
    rows = {row.packet: row for row in crashed_client_rows()}
    assert [(str(note), note.form, note.tone) for note in rows[6].client.next] == [
        ("if open: next write → EPIPE + SIGPIPE", "closed", "plain")
    ]


def test_only_errnos_are_bad():
    tones = {
        str(note): note.tone
        for row in crashed_client_rows()
        for side in ("client", "server")
        for note in row.cell(side).notes
    }
    assert [text for text, tone in tones.items() if tone == "bad"] == [
        "next write → EPIPE + SIGPIPE",
        "next SO_ERROR → EPIPE",
    ]
    assert tones["close() or exit"] == "plain"


def test_evidence_is_marked():
    assert [row.packet for row in crashed_client_rows() if row.evidence] == [6, 8, 9]


def test_a_pending_error_is_told_as_one_thing():
    one = segment(1, 0.0, "server", "RA")
    client, server = Now(state="ESTABLISHED", write=OK), Now(state="ESTABLISHED", write=OK)
    before = event(one, client.end(), server.end(), packet=0)
    reset = Call("ECONNRESET", "eof")
    after = event(
        one,
        client.end(state="CLOSED", read=reset, write=Call("ECONNRESET", "EPIPE", "SIGPIPE"), so_error="ECONNRESET"),
        server.end(state="CLOSED"),
    )
    resets = (Reset(1, "server", "endpoint", True, "active", ("close-with-unread-data", "abort-close")),)
    row = told([one], [before, after], resets=resets)[-1]
    assert notes(row, "client") == [
        "next read, write or SO_ERROR → ECONNRESET (once; then read → 0, write → EPIPE + SIGPIPE)"
    ]
    assert notes(row, "server") == ["close(), data unread", "or SO_LINGER 0", "· as before"]


def test_data_that_may_be_read_before_the_error_is_named():
    one = segment(1, 0.0, "server", "R", ack=None)
    client, server = Now(state="ESTABLISHED", write=OK), Now(state="ESTABLISHED", write=OK)
    before = event(one, client.end(), server.end(), packet=0)
    read = Call(("data", "ECONNRESET"), ("ECONNRESET", "eof"))
    write = Call("ECONNRESET", "EPIPE", "SIGPIPE")
    after = event(one, client.end(state="CLOSED", read=read, write=write, so_error="ECONNRESET"), server.end())
    (note,) = notes(told([one], [before, after])[-1], "client")
    assert note.startswith("next read (after any data), write or SO_ERROR → ECONNRESET (once; then read → 0, ")


def test_a_refused_connect_is_one_error():
    syn, rst = segment(1, 0.0, "client", "S", ack=None), segment(2, 0.0001, "server", "RA")
    client, server = Now(connect=BLOCKS), Now(state="CLOSED")
    events = [event(syn, client.end(state="SYN-SENT"), server.end())]
    events.append(
        event(
            rst,
            client.end(
                state="CLOSED",
                connect=Call("ECONNREFUSED", "blocks"),
                read=Call(("ENOTCONN", "ECONNREFUSED"), ("ENOTCONN", "eof")),
                write=Call(("EPIPE", "ECONNREFUSED"), "EPIPE", "SIGPIPE"),
                so_error=(None, "ECONNREFUSED"),
            ),
            server.end(),
        )
    )
    rows = told([syn, rst], events, resets=(Reset(2, "server", "endpoint", True, "reply", "closed-port"),))
    assert notes(rows[1], "client") == [
        "next connect → ECONNREFUSED (once; if non-blocking, next read, write or SO_ERROR may return it instead; "
        "then read → ENOTCONN, write → EPIPE + SIGPIPE)"
    ]
    assert notes(rows[0], "server") == ["· no socket"]


def test_an_outcome_that_may_be_either_is_a_list():
    one = segment(1, 0.0, "server", "FA")
    client, server = Now(state="ESTABLISHED", write=OK, read=DATA), Now(state="ESTABLISHED", write=OK)
    before = event(one, client.end(), server.end(), packet=0)
    after = event(
        one,
        client.end(state="CLOSE-WAIT", read=Call(("data", "eof"))),
        server.end(state="FIN-WAIT-1", closed_by=("close", "shutdown-write", "exit")),
    )
    row = told([one], [before, after])[-1]
    assert notes(row, "client") == ["next read → data or 0 (EOF)", "next write → ok"]
    assert notes(row, "server") == ["close() or shutdown", "· as before"]


def test_a_run_of_plain_data_is_folded_and_counted():
    rows = told(plain(40))
    fold = next(row for row in rows if row.kind == "fold")
    assert (fold.packet, fold.last, fold.count) == (4, 38, 35)
    assert fold.label == "… 17 data segments, 24.6 kB …"
    assert fold.sender == "client"
    assert sum(row.count for row in rows) == 40


def test_a_short_run_is_not_folded():
    assert {row.kind for row in told(plain(7))} == {"segment"}


def test_evidence_is_never_folded():
    finding = replace(crashed_client()[0].finding, evidence=(20,))
    rows = told(plain(40), finding=finding)
    assert [row.packet for row in rows if row.evidence] == [20]
    assert sum(row.count for row in rows) == 40


def test_packets_the_ladder_does_not_hold_are_counted_in_a_fold():
    rows = told([*plain(6), segment(506, 1.0, "client", "FA")], omitted=499, omitted_after=5, omitted_bytes=700_000)
    fold = next(row for row in rows if row.kind == "fold")
    assert sum(row.count for row in rows) == 506
    assert fold.bytes >= 700_000
    assert "499" in fold.label or f"{fold.count:,}" in fold.label


def test_a_silence_stands_out_from_the_usual_gaps():
    quick = plain(8)
    late = segment(9, 30.0, "client", "PA", 5)
    assert "30.0 s of silence" in [row.label for row in told([*quick, late])]


def test_a_steady_heartbeat_is_no_silence():
    assert "silence" not in {row.kind for row in told(plain(12, gap=10.0))}


def test_a_connection_left_open_ends_with_the_capture():
    one = connection(plain(4), [], final={"client": "FIN-WAIT-2", "server": "CLOSE-WAIT"})
    assert story(one, 641.003)[-1].label == "10 min 41 s of silence to the capture's end"
    assert story(one, 0.5) == story(one)
    one.final = {"client": "TIME-WAIT", "server": "CLOSED"}
    assert story(one, 641.003) == story(one)


def test_what_is_foretold_comes_after_the_capture_s_end():
    data = segment(1, 0.0, "client", "PA", 5)
    client, server = Now(state="ESTABLISHED"), Now(state="ESTABLISHED")
    events = [
        event(data, client.end(), server.end()),
        event(data, client.end(state="CLOSED"), server.end(), basis="timer", time=924.0),
    ]
    one = connection([data], events, final={"client": "CLOSED", "server": "ESTABLISHED"})
    assert [(row.kind, row.label) for row in story(one, 10.0)][1:] == [
        ("silence", "10.0 s of silence to the capture's end"),
        ("timer", "retries would run out, after the capture"),
    ]


def test_one_long_pause_among_many_alike_is_the_silence():
    beats = [
        segment(n + 1, 20.0 * (n // 2) + 0.01 * (n % 2), "client" if n % 2 else "server", "PA", 60, seq=n)
        for n in range(20)
    ]
    late = segment(21, 180.0 + 90.0, "client", "PA", 5)
    assert [row.label for row in told([*beats, late]) if row.kind == "silence"] == ["90.0 s of silence"]


def test_a_story_of_a_thousand_resets_stays_readable():
    storm = [segment(n + 1, 0.01 * n, "client" if n % 2 else "server", "R", seq=n) for n in range(1000)]
    rows = shortened(told(storm))
    assert len(rows) < 120
    assert sum(row.count for row in rows) == 1000
    assert rows[-1].packet == 1000


def test_repeated_transmissions_are_one_row():
    first = segment(1, 0.0, "client", "PA", 26)
    again = [replace(first, packet=2 + n, time=0.2 * 2**n, retransmission=True, fate="lost") for n in range(5)]
    rows = told([first, *again])
    assert [row.label for row in rows] == ["26 bytes", "26 bytes retransmitted 5 times over 3.0 s"]
    assert (rows[1].kind, rows[1].packet, rows[1].last, rows[1].count) == ("repeat", 2, 6, 5)


def test_waiting_for_an_answer_is_no_silence():
    syn = segment(1, 0.0, "client", "S")
    again = [replace(syn, packet=2 + n, time=float(2**n), retransmission=True) for n in range(4)]
    assert "silence" not in {row.kind for row in told([syn, *again])}


def test_an_icmp_error_has_its_own_row():
    row = told([segment(1, 0.0, "client", "S", icmp="host unreachable")])[0]
    assert (row.kind, row.label, row.sender) == ("icmp", "ICMP host unreachable", "client")


def test_an_icmp_error_that_has_no_name_is_told_by_its_numbers():
    rows = told([segment(1, 0.0, "client", "S"), segment(2, 0.01, "client", "S", icmp=icmp_words(1 + 256 * 3 + 12))])
    assert rows[-1].label == "ICMP type 3 code 12"


def test_the_syn_acks_of_a_simultaneous_open_are_no_retransmissions():
    (one,) = tcpexplain.read(PROGRAMS.parents[2] / "captures" / "simultaneous-open" / "capture.pcap")
    assert [row.label for row in story(one)][:4] == ["SYN", "SYN", "SYN ACK", "SYN ACK"]
    assert one.finding.also == ("simultaneous-open",)


def test_retransmissions_and_the_icmp_errors_that_answer_them_take_two_rows():
    data = segment(1, 0.0, "client", "PA", 8)
    turns = [data, replace(data, packet=2, time=0.0001, icmp="host unreachable")]
    for n in range(4):
        turns.append(replace(data, packet=3 + 2 * n, time=0.2 + 0.2 * n, retransmission=True))
        turns.append(replace(data, packet=4 + 2 * n, time=0.2001 + 0.2 * n, icmp="host unreachable"))
    assert [row.label for row in told(turns)] == [
        "8 bytes",
        "ICMP host unreachable 5 times over 800 ms",
        "8 bytes retransmitted 4 times over 600 ms",
    ]


def test_of_sockets_that_nobody_has_yet_only_accept_is_told():
    syn, answer = segment(1, 0.0, "client", "S", ack=None), segment(2, 0.001, "server", "SA")
    client, server = Now(connect=BLOCKS), Now(state="LISTEN", accept=BLOCKS, read=Call("ENOTCONN"), write=EPIPE)
    events = [
        event(syn, client.end(state="SYN-SENT"), server.end(state="SYN-RECEIVED")),
        event(answer, client.end(), server.end()),
    ]
    assert [note for row in told([syn, answer], events) for note in notes(row, "server")] == ["next accept → blocks"]


def test_data_answered_by_a_reset_is_not_read():
    data, rst = segment(1, 0.0, "client", "PA", 8), segment(2, 0.0001, "server", "R", ack=None)
    row = told([data, rst], resets=(Reset(2, "server", "endpoint", True, "reply", "no-such-connection", (1,)),))[0]
    assert (notes(row, "client"), notes(row, "server")) == (["wrote 8 bytes (never read)"], [])


def test_a_timer_stands_between_the_packets_of_its_time():
    packets = [segment(1, 0.0, "client", "FA"), segment(2, 90.0, "server", "A")]
    client, server = Now(state="TIME-WAIT"), Now(state="CLOSED")
    events = [
        event(packets[0], client.end(), server.end()),
        event(packets[0], client.end(state="CLOSED"), server.end(), basis="timer", time=60.0),
    ]
    rows = [row for row in told(packets, events) if row.kind != "silence"]
    assert [(row.kind, row.label) for row in rows] == [
        ("segment", "FIN ACK"),
        ("timer", "2 MSL later"),
        ("segment", "ACK"),
    ]
    assert rows[1].client.state == "CLOSED"


def test_an_event_whose_packet_is_not_in_the_ladder_is_still_told():
    one = crashed_client()[0]
    one.segments_seen = one.segments_seen[:5]
    rows = story(one)
    assert [row.packet for row in rows if row.packet] == [1, 2, 3, 4, 5, 6, 7, 9]


def test_labels():
    assert label(segment(1, 0.0, "client", "FPA", 26)) == "26 bytes FIN ACK"
    assert label(segment(1, 0.0, "client", "PA", 1)) == "1 byte"
    assert label(segment(1, 0.0, "client", "RA")) == "RST ACK"
    assert label(segment(1, 0.0, "client", "")) == "no flags"
    assert label(segment(1, 0.0, "client", "A", probe=True)) == "keepalive probe"
    assert label(segment(1, 0.0, "client", "S", retransmission=True)) == "SYN again"


def test_a_burst_is_one_sum():
    packets = [segment(1, 0.0, "client", "A", 1448), segment(2, 0.001, "client", "PA", 552)]
    assert [notes(row, "client") for row in told(packets)] == [[], ["wrote 2,000 bytes in 2 segments"]]


def test_what_a_fold_hid_is_told_at_the_fold():
    packets = plain(40)
    client, server = Now(state="ESTABLISHED", write=OK), Now(state="ESTABLISHED", write=OK)
    events = [event(packets[0], client.end(), server.end())]
    events += [event(packets[10], client.end(write=Call(("ok", "blocks"))), server.end(read=DATA))]
    fold = next(row for row in told(packets, events) if row.kind == "fold")
    assert notes(fold, "client") == ["next write → ok or blocks"]
    assert notes(fold, "server") == ["next read → data"]


def test_predictions_share_a_line_that_holds_them():
    both = (Note("next read → blocks", "ok", "next"), Note("next write → ok", "ok", "next"))
    assert [note.text for note in together(both, 31)] == ["next read → blocks · write → ok"]
    assert together(both, 30) == both


def test_a_window_that_closes_and_opens_is_named():
    rows = told([segment(1, 0.0, "server", "A", window=0), segment(2, 0.1, "server", "A", window=900)])
    assert [row.label for row in rows] == ["window 0", "window open"]


def test_a_connection_without_packets_has_no_rows():
    assert told([]) == ()


PROGRAMS = Path(__file__).parents[1] / "causes" / "programs"


def test_what_is_sent_again_in_vain_had_not_arrived_the_first_time():
    connection = tcpexplain.read(PROGRAMS / "path-swallows-large-packets.pcap")[1]
    assert {segment.fate for segment in connection.segments_seen if segment.packet >= 22} == {"lost"}
    assert "segments of 1,448 bytes never arrive" in connection.finding.title


def test_a_probe_of_a_closed_window_is_none_of_keepalive():
    report = str(tcpexplain.read(PROGRAMS / "nginx-client-does-not-read.pcap")[1])
    assert "window probe" in report
    assert "keepalive probe" not in report
