"""What is known of one endpoint: its transmission control block (RFC 9293 section 3.3.1) as the wire tells it.

The loops read and write ``end.snd_nxt`` and the like; an endpoint is an ``Endpoint`` (plain) or a record of its layout
(native). Numbers are sequence numbers modulo 2**32 unless said otherwise; ``has_*`` and flags are 0 or 1.
"""

from __future__ import annotations

from tcpexplain.hot.record import Record, i8
from tcpexplain.wire.seqnum import offset

(
    NO_ERROR,
    REFUSED,
    RESET,
    RESET_IN_CLOSE_WAIT,
    TIMED_OUT,
    HOST_UNREACHABLE,
    NET_UNREACHABLE,
    PROTOCOL_UNREACHABLE,
    PORT_UNREACHABLE,
    SOURCE_ROUTE_FAILED,
    HOST_DOWN,
    HOST_ISOLATED,
    PARAMETER_PROBLEM,
) = range(13)
"""What a socket has to report; a profile in ``sockets/`` says which errno its system makes of it."""

NO, YES, LIKELY, UNLIKELY = range(4)
"""What is known of a thing the wire does not show, most of all whether received bytes are still unread."""

UNKNOWN_ROLE, OPENER, LISTENER = range(3)

SCALE_UNKNOWN = -2


class Endpoint(Record):
    """One endpoint."""

    state: i8 = 11
    previous: i8 = 11  # state before the last step
    role: i8  # OPENER, LISTENER, UNKNOWN_ROLE
    # sequence space of what it sends
    has_iss: i8
    iss: i8  # or the first number seen
    has_sent: i8
    snd_nxt: i8
    snd_una: i8  # as far as acknowledgments have arrived
    has_acked: i8
    snd_acked: i8  # as far as acknowledgments were seen leaving the peer
    fin_sent: i8
    gave_up: i8  # 1: it closed while what it had sent again was unanswered: its application waits no more
    fin_end: i8  # one past its FIN
    fin_acked: i8
    rst_sent: i8
    syn_sent: i8
    connected: i8  # it has been ESTABLISHED
    # sequence space of what it receives
    has_rcv: i8
    rcv_nxt: i8
    has_irs: i8
    irs: i8
    held: i8  # bytes held_from to held_to have come before their turn
    held_from: i8
    held_to: i8
    eof: i8  # the peer's FIN has arrived, in order
    fin_held: i8  # it has arrived, but data before it is missing
    fin_held_end: i8
    acked: i8  # the last ACK field it sent
    has_sack: i8
    sack_edge: i8  # highest right edge of the SACK blocks it has sent
    # windows
    wscale: i8 = SCALE_UNKNOWN  # -1: not offered; SCALE_UNKNOWN: its SYN, or the options of it, were not captured
    window: i8  # last window it advertised, bytes
    timestamps: i8  # it sends the timestamps option
    # what its socket knows
    error: i8  # what it has to report, taken by the first call that looks
    error_time: i8  # ns, when it got that; 0: never
    error_packet: i8
    eof_time: i8  # ns, when the peer's FIN arrived
    eof_packet: i8
    soft: i8  # an ICMP error that has not ended it
    icmp_killed: i8
    unread: i8  # NO, YES, LIKELY, UNLIKELY
    unread_at: i8 = -1  # position at which the last data arrived
    unread_time: i8
    asked: i8  # it had sent data itself before that: what came may be the answer it waits for
    full: i8  # its send buffer: NO, LIKELY, UNLIKELY
    more: i8  # its last data came without PSH: more of the same write waits behind it
    condition: i8  # packed for sockets/, see writing.condition
    # counts
    segments: i8
    cut: i8  # 1: the snap length left options of its segments out
    inferred: i8  # those of them that were not captured
    unproved: i8  # those of these whose bytes the peer has not acknowledged
    unproved_end: i8  # one past the last of these bytes
    flags: i8  # every control bit it ever set
    received: i8  # payload bytes that arrived in order
    retransmitted: i8  # segments
    probes: i8  # unanswered keepalive probes in a row
    repeats: i8  # retransmissions since anything last came from the peer
    repeats_since: i8  # ns: when what they repeat was sent first
    repeat_gap: i8  # ns between the last two copies
    unheard: i8  # retransmissions after which the peer spoke and acknowledged nothing new
    last_packet: i8  # frame number of the last packet it sent
    last_file: i8
    last_time: i8  # ns, when
    last_data_time: i8  # ns, when it last sent new data; 0: never
    data_segments: i8
    largest: i8  # bytes in its largest segment
    zero_windows: i8
    zero_since: i8  # ns, since when its window is closed; 0: open
    will_abort: i8  # the capture shows it send an active RST: what it had received was probably unread
    alive: i8  # it has sent data that is no repetition
    ttl: i8 = -1  # of its first segment, -1: none yet
    system: i8  # which one its SYN shows it to be (``vantage.stacks``), 0: unknown
    forced: i8  # the one that it is taken for, whatever its SYN shows; 0: none
    rtt: i8  # ns from the capture to it and back, kept here between two parts of a connection
    # how far its segments have been looked through for RSTs, so that many RSTs do not cost the square of their number
    sought: i8  # position up to which its last segment that is no RST has been looked for
    latest: i8  # that segment's position, -1: none
    looked_at: i8  # segments that were looked at for signs of life after RSTs
    syn_after: i8  # position of a SYN of its own that comes later, as far as one was looked for


def clear(end: Endpoint) -> None:
    """Make ``end`` the endpoint nobody has heard of: UNKNOWN."""
    end.state = end.previous = 11
    end.role = end.has_iss = end.iss = end.has_sent = end.snd_nxt = end.snd_una = end.has_acked = end.snd_acked = 0
    end.fin_sent = end.gave_up = end.fin_end = end.fin_acked = end.rst_sent = end.syn_sent = end.connected = 0
    end.has_rcv = end.rcv_nxt = end.has_irs = end.irs = end.held = end.held_from = end.held_to = 0
    end.eof = end.fin_held = end.fin_held_end = end.acked = end.has_sack = end.sack_edge = 0
    end.error_time = end.error_packet = end.eof_time = end.eof_packet = 0
    end.window = end.timestamps = end.error = end.soft = end.icmp_killed = 0
    end.unread = end.unread_time = end.asked = end.full = end.more = end.condition = 0
    end.segments = end.flags = end.received = end.retransmitted = end.probes = end.repeats = 0
    end.repeats_since = end.repeat_gap = end.last_packet = end.last_file = end.last_time = end.last_data_time = 0
    end.data_segments = end.largest = end.zero_windows = end.zero_since = end.will_abort = end.alive = 0
    end.rtt = end.system = end.forced = 0
    end.unread_at = end.ttl = -1
    end.wscale = SCALE_UNKNOWN
    end.inferred = end.unproved = end.unproved_end = end.unheard = end.cut = 0


def fail(end: Endpoint, error: int, packet: int, time: int) -> None:
    """The socket has an error to report from now on: ``time`` (ns), shown by ``packet``."""
    if not end.error:
        end.error_time, end.error_packet = time, packet
    end.error = error


def hears(end: Endpoint, ack: int) -> bool:
    """Whether an acknowledgment that comes to an end covers what none before it had, or all that was sent: what is repeated then was not unheard."""
    return bool(offset(ack, end.snd_una) > 0 or offset(ack, end.snd_nxt) >= 0)
