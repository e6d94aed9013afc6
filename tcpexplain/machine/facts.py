"""What the causes ask about a connection, as numbers.

``machine.facts_of_connection`` fills them in after ``run`` has marked what became of each segment. Times are ns since the connection's first
packet, plus 1: 0 means "never". Packets are meant by their identity (``wire.segment.FILE_SHIFT``), 0: none; which of two came first, their times say,
and only of equal times their identities (``evidence.order``). In plain mode ``Facts`` objects; in native mode records, so that a cause's condition holds
for one connection and for a column of a million alike.
"""

from __future__ import annotations

from tcpexplain.hot.record import Record, i1, i2, i4, i8

HANDSHAKE, SIMULTANEOUS, MIDSTREAM, CONNECTION_REFUSED, UNANSWERED, INCOMPLETE, FAST_OPEN = range(7)
OPENINGS = ("handshake", "simultaneous", "midstream", "refused", "unanswered", "incomplete", "fast-open")


class SaidByEnd(Record, part=True):
    """What is read of an end's messages (``payload.outcome``); all 0 where they are not read."""

    whole: i1  # its last message was 1 whole, 2 cut; 0: nothing tells
    came: i8  # bytes of that message's body that came
    lacking: i8  # bytes of it that did not; 0: how many, nothing tells
    goodbye: i1  # how it said goodbye (``payload.talk.GOODBYES``), 0: not at all
    goodbye_time: i8
    goodbye_packet: i8
    goodbye_code: i4
    wrote_on: i8  # the packet in which the peer asked once more after its goodbye
    sealed: i1  # what it says last is encrypted: 1 by TLS, 2 by SSH, 3 by TLS, and may be its close_notify
    owes_farewell: i1  # 1: its protocol wants one, and it closed without; 2: a close_notify
    hollow: i1  # frames without content are 1 all that it said after its peer's FIN, 2 what it said last, and no FIN of its peer came before


class SaidOfConnection(Record, part=True):
    """What both ends' messages say of the connection."""

    sound: i1  # 1: both directions were read from their beginning, without a gap
    protocol: i1  # 1 + its place in ``messages.languages()``, 0: unknown
    asker: i1  # which end asks: 0 client, 1 server, -1: nothing tells
    waiting: i4  # requests without a whole answer
    begun: i1  # 1: the answer to one of them has begun
    owed: i4  # whole requests of a protocol that answers all, of which nothing was answered when the asked end closed
    early: i1  # 1: the answer came while the request was not whole, and it never was
    method: i1  # of the last request: 1 safe to repeat, 2 not, 0: nothing tells
    status: i2  # of the last answer
    alert: i2  # 1 + a fatal TLS alert in clear
    alert_from: i1  # who sent it
    alert_at: i8  # its packet
    announced: i4  # seconds that an idle connection is kept, as an end says
    unread: i1  # why they could not be followed (``model.unread.UNREAD``), 0: they were
    heartbeat: i4  # ms without a word after which the ends have agreed to take each other for dead
    unprocessed: i1  # 1: by the peer's GOAWAY, what was asked last has not been processed


class EndFacts(SaidByEnd, packed=True):
    """One end."""

    state: i1  # at the end
    eof: i1  # the peer's FIN has arrived
    eof_time: i8
    eof_packet: i8
    error_time: i8  # when its socket got the error that it has to report
    error_packet: i8
    segments: i4  # that were captured
    unsized: i1  # 1: of some of them nothing tells how many bytes they had
    inferred: i4  # that were not captured, and are proved to have been sent
    unproved: i4  # of these, with bytes that its peer, which was captured, has not acknowledged
    flags: i4
    data: i4  # segments with new payload
    sent: i8  # payload bytes, repetitions not counted
    acknowledged: i8
    unacknowledged: i8
    pending: i8  # bytes that reached it since it last sent data: perhaps unread
    retransmitted: i4
    fin_time: i8
    fin_packet: i8
    fin_acked: i8  # time of the first packet that acknowledges it
    first_data: i8
    first_data_packet: i8
    last_data: i8
    last_data_packet: i8
    late_data: i8  # its first new data after the peer's FIN was seen
    late_packet: i8
    late_bytes: i8
    late_known: i1  # 1: that FIN had provably arrived before: it, or an earlier packet, acknowledges it
    late_acked: i1  # 1: the peer acknowledged all of it: it had only half-closed
    late_taken: i1  # 1: the peer acknowledged the first segment of it
    late_end: i4  # one past that segment, modulo 2**32
    repeats: i4  # copies at the end that nothing answers
    repeats_since: i8
    unheard: i4  # copies of what is unacknowledged after which the peer spoke, and acknowledged none of it
    probes: i4  # probes at the end that nothing answers
    zero_since: i8  # since when its window is closed, at the end
    zero_longest: i8  # ns
    timed_out: i1
    resets: i4  # RSTs it has sent itself
    was_reset: i1  # a RST ended it
    ttl: i4
    fingerprint: i1  # the system that its SYN shows (``vantage.stacks``), 0: unknown
    forced: i1  # the one that it is taken for instead, 0: none
    largest_lost: i4  # bytes of the largest segment that was sent again and never arrived
    largest_arrived: i4
    fin_end: i4  # the number one past its FIN, modulo 2**32
    iss: i4  # its initial sequence number, or the first number seen
    condition: i4  # what its socket knows at the end, packed as ``machine.steps.condition`` does
    fin_copies: i4
    fin_again: i8  # packet of a copy of its FIN that was sent after the peer's acknowledgment of it
    # 1: at its FIN it owed no answer: its own data is later than the peer\'s, or the peer had sent none
    fin_answered: i1
    fin_moments: i8  # ns from its own last data to its FIN
    fin_heard: i8  # ns from the peer's last data to its FIN
    crossed_packet: i8  # its data before the peer's FIN in the capture that the FIN does not acknowledge: they crossed
    crossed_time: i8  # when that was sent
    arrived_time: i8  # when data last reached it
    zero_packet: i8  # where the longest closed window begins
    ttl_packet: i8  # its first segment (no RST) with another TTL than its first
    ttl_changes: i4
    highest: i4  # one past the highest number it was seen to send, modulo 2**32
    hole: i4  # a number from which on bytes are missing in the capture
    has_hole: i1
    tls: i1  # its first data: 1 a TLS handshake record, 2 a TLS alert, 3 anything else
    alerts: i4  # segments that begin with a TLS alert
    alert_packet: i8
    large: i4  # scratch: length and end of its largest segment under way
    large_end: i4


class Facts(SaidOfConnection, packed=True):
    """The connection."""

    client: i1  # which end of the key is the client
    sure_client: i1  # 1: a SYN says so; 0: likely, by port or direction
    opening: i1
    packets: i4
    start: i8  # ns since 1970
    duration: i8  # ns
    left: i8  # ns from its last packet to the end of the capture
    syns: i4
    syn_last: i8
    replaced: i1  # 1: the port pair was opened anew, which the server answered: this connection was over for it
    accepted_late: i8  # when the server first acknowledged more than the handshake, after it had repeated a SYN-ACK
    syn_ack_ack: i4  # that SYN-ACK's ACK field
    syn_ack_last: i8
    syn_acks: i4
    syn_acks_late: i4  # SYN-ACKs that a timer repeated after the handshake's last ACK
    established: i8  # when both ends were
    closed_first: i1  # 0 client, 1 server, -1 none
    idle_before_fin: i8  # ns without data before the first FIN
    idle_before_reset: i8
    request_time: i8  # the client's last request: its first segment
    request_packet: i8
    request_last_packet: i8
    request_bytes: i8
    request_acked: i1  # 1: wholly, 2: partly
    response_bytes: i8  # since then
    response_time: i8
    resets: i4
    ghosts: i4  # RSTs without effect
    foreign: i4  # RSTs that no end sent
    reset_by: i1  # the RST that counts: 0 client, 1 server, -1 there is none
    reset_packet: i8
    reset_time: i8
    reset_shape: i1
    reset_reason: i1
    reset_other: i1
    reset_habit: i1
    reset_accepted: i1
    reset_origin: i1
    reset_answers: i8
    reset_odd_ttl: i1
    icmp: i4  # ICMP errors
    icmp_packet: i8
    icmp_last: i4
    duplicates: i4
    missed: i1  # 1: bytes were acknowledged that the capture does not hold
    midstream: i1
    hidden: i2  # what the capture cannot show of it, see HIDDEN_*
    one_way: i1
    ignored_resets: i4
    silence: i8  # ns, the longest
    silence_end: i8
    silence_packet: i8
    rtt: i8  # ns, of the handshake
    syn_gap: i8  # ns between the last two SYNs
    syn_due: i8  # ns after the last SYN by which a kernel that goes on would have sent the next
    stray_ack: i8  # the packet of an ACK without SYN that answers a SYN
    challenges: i4  # ACKs that answer RSTs without effect
    fins_crossed: i1  # 1: neither FIN acknowledges the other
    assassinated: i8  # a RST that ended TIME-WAIT: its packet
    foreign_ends: i4  # which ends a RST that no end sent has ended: 1 the client, 2 the server
    abort_ttl: i2  # TTL of the first RST
    reset_alive: i1  # 1: the pretended sender of the RST that counts talks on after it
    reset_pending: i8  # bytes that had reached the RST's sender since it last sent data
    reset_pending_age: i8  # ns since the last of them
    reset_tail: i8  # ns from its sender's own last data to the RST
    quiet_time: i8  # when that data was sent
    quiet: i8  # ns of silence before the data that nothing but a RST has answered since
    quiet_packet: i8
    quiet_by: i1  # 0 or 1: which end of the key sent it
    ghost_to: i1  # scratch: 1 + the end of the key at which a RST had no effect
    itself: i1  # 1: both ends have one address, and nobody else in this capture calls the server's port
    port_lives: i4  # 1: the same server port answers others in this capture
    twin: i4  # 1: the same four addresses and ports open another connection in the same second
    alike: i4  # connections of this client to this port that it aborted after an answer to a request of the same size
    aborts: i4  # connections of this client to this port that it ended by RST after an answer, this one with them
    queue_full: i4  # other connections that waited at this port for the application while the SYN went unanswered
    age_alike: i4  # others that this server closed at the same age, in use (``analysis.siblings``)
    shape: i1  # what the last message of an end lacks that those of its siblings have: 1 a line's end, 2 bytes (``analysis.shapes``); 3 its end, to tshark
    shape_by: i1  # that end: 0 client, 1 server
    shape_alike: i4  # how many siblings
    shape_bytes: i4  # how many bytes theirs have
    shape_came: i4  # and its own
    idle_alike: i4  # others of this server that ended after the same silence
    ports_tried: i4  # ports of this server that this client has tried in vain, or left without a word
    made_between: i1  # 1: two points of capture prove that the RST that counts never passed the end that it names (``identity``); 2: and that copies in vain came before
    lost_between: i1  # whose bytes two points prove to be lost for good: 1 the client's, 2 the server's
    untranslated: i8  # the packet of a SYN-ACK that came to the client under another address than it had called


SCAN = 10
"""Ports of one server tried by one client from which on it is a scan."""
GIVEN_UP = 60_000_000_000
"""A last SYN this late is the kernel's last: Linux sends it after 63 or 67.7 s, BSD gives up after 75 s."""
FRAGMENTATION_NEEDED = 1 + 256 * 3 + 4
"""``icmp_last`` of path MTU discovery, which is no refusal."""
QUIET = 1_000_000_000
"""Nanoseconds from which on a silence before new data is noted."""
FIRST_RETRY = 3_500_000_000
"""After one SYN the next follows within 1 s, on old systems 3 s (RFC 6298 section 2.1, RFC 1122)."""
