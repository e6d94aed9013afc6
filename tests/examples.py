"""Connections and captures built by hand, so that reports are tested apart from the analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from tcpexplain.model.calls import Call, End, Event, Next, Packet, Reset
from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address, Connection, Finding, Ledger, Retry
from tcpexplain.model.group import Group

OK = Call("ok")
BLOCKS = Call("blocks")
EOF_ = Call("eof")
DATA = Call("data", "blocks")
EPIPE = Call("EPIPE", None, "SIGPIPE")
OPEN = ("POLLOUT",)
START = 1_562_339_728_838_856_000


@dataclass
class Now:
    """What one end's calls say; changed step by step while an example is written down."""

    read: Call = BLOCKS
    write: Call = BLOCKS
    connect: Call | None = None
    accept: Call | None = None
    poll: tuple = ()
    so_error: str | None = None
    state: str = "CLOSED"
    closed_by: tuple[str, ...] = ()

    def end(self, **changes) -> End:
        previous = self.state
        for name, value in changes.items():
            setattr(self, name, value)
        return End(
            previous,
            self.state,
            Next(self.read, self.write, self.connect, self.accept, self.poll, self.so_error),
            self.closed_by,
        )


def finding(**changes) -> Finding:
    clean = Finding(
        "clean",
        "fine",
        "certain",
        "both ends closed",
        "both read → 0",
        "Both ends sent FIN and everything was acknowledged.",
        "",
        "",
        "every byte was acknowledged",
    )
    return replace(clean, **changes)


def connection(segments, events, **changes) -> Connection:
    last = max([segment.time for segment in segments], default=0.0)
    given = {
        "stream": 0,
        "community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
        "client": Address("10.10.121.101", 42642),
        "server": Address("10.10.121.102", 5000),
        "start": START,
        "duration": last,
        "packets": len(segments),
        "opening": "handshake",
        "finding": finding(),
        "closed_first": None,
        "final": {"client": "CLOSED", "server": "CLOSED"},
        "segments": {side: sum(s.sender == side for s in segments) for side in ("client", "server")},
        "flags": {"client": "SFRPA", "server": "SPA"},
        "bytes": {"client": Ledger(0, 0, 0, 0), "server": Ledger(0, 0, 0, 0)},
        "retry": Retry("not-applicable", "no request was under way"),
        "events": tuple(events),
        "resets": (),
        "segments_seen": tuple(segments),
    }
    return Connection(**{**given, **changes})


def crashed_client() -> Capture:
    """Nine packets of 2019: a client that crashed, a server that wrote 20 s later."""
    times = (0.0, 0.000035, 0.000103, 0.000423, 0.000493, 0.102798, 0.105303, 20.000614, 20.000747)
    senders = "CSCSCCSSC"
    flags = ("S", "SA", "A", "PA", "A", "FA", "A", "PA", "R")
    lengths = (0, 0, 0, 26, 0, 0, 0, 26, 0)
    seqs = (0, 0, 1, 1, 1, 1, 27, 27, 2)
    acks = (None, 1, 1, 1, 27, 27, 2, 2, None)
    segments = [
        Packet(
            n + 1,
            times[n],
            "client" if senders[n] == "C" else "server",
            flags[n],
            seqs[n],
            acks[n],
            lengths[n],
            0 if n == 8 else 501,
        )
        for n in range(9)
    ]
    c, s = Now(), Now(state="LISTEN", accept=BLOCKS)

    def event(n: int, client: End, server: End) -> Event:
        x = segments[n - 1]
        return Event(n, x.time, x.sender, x.flags, x.seq, x.ack, x.length, "seen", client, server)

    events = [
        event(1, c.end(state="SYN-SENT", connect=BLOCKS), s.end(state="SYN-RECEIVED")),
        event(2, c.end(state="ESTABLISHED", connect=Call("ok", "EISCONN"), write=OK, poll=OPEN), s.end()),
        event(3, c.end(), s.end(state="ESTABLISHED", accept=OK, write=OK, poll=OPEN)),
        event(4, c.end(read=DATA, poll=("POLLIN", "POLLOUT")), s.end()),
        event(
            6,
            c.end(state="FIN-WAIT-1", write=EPIPE, closed_by=("close", "exit")),
            s.end(state="CLOSE-WAIT", read=EOF_, poll=("POLLIN", "POLLOUT", "POLLRDHUP")),
        ),
        event(7, c.end(state="FIN-WAIT-2"), s.end()),
        event(
            9,
            c.end(state="CLOSED", read=EOF_),
            s.end(
                state="CLOSED",
                write=EPIPE,
                so_error="EPIPE",
                poll=("POLLIN", "POLLOUT", "POLLERR", "POLLHUP", "POLLRDHUP"),
            ),
        ),
    ]
    told = finding(
        code="write-after-close",
        severity="failed",
        title="the server wrote to a client that was gone",
        sees="server write → EPIPE + SIGPIPE",
        why="The client closed at 0.103 s. Its kernel answered data that came later with RST, so both directions were closed (close() or process exit), not shutdown(SHUT_WR). The server had the EOF to read for 19.9 s, did not act on it, and wrote.",
        lost="26 bytes (packet 8). write() returned 26 because it only filled the send buffer; the RST came 0.1 ms later.",
        do="Read until 0 or watch for POLLRDHUP while idle, then close. Ignore SIGPIPE or send with MSG_NOSIGNAL. Retry on a new connection only if the request is safe to repeat.",
        sure="packet 9 is a RST for packet 8's data. Cannot be told from packets: a crash, exit() or close() all send this FIN.",
        evidence=(6, 8, 9),
    )
    one = connection(
        segments,
        events,
        finding=told,
        closed_first="client",
        duration=20.000747,
        bytes={"client": Ledger(0, 0, 0, 0), "server": Ledger(52, 26, 0, 26)},
        retry=Retry("safe", "the FIN had arrived before the request was written"),
        resets=(Reset(9, "client", "endpoint", True, "reply", "segment-after-close", (8,)),),
    )
    return Capture(
        [one], files=("seed004.pcap",), link_types=("EN10MB",), packets=9, segments=9, start=START, duration=20.000747
    )


KINDS = (
    (
        "peer-closed-idle-connection",
        "failed",
        143,
        71,
        "client write → ok, read → 0",
        "the client wrote after the server had closed an idle connection",
        "all 143 to 10.3.0.11-13:9000; the server's FIN comes 60.0 s after the last data every time, the client reuses the connection 5.0 s later.",
        "Make the client's idle timeout shorter than 60 s.",
    ),
    (
        "write-after-close",
        "failed",
        41,
        12,
        "server write → EPIPE + SIGPIPE",
        "the server wrote to a client that was gone",
        "",
        "",
    ),
    (
        "close-with-unread-data",
        "failed",
        38,
        5,
        "client read → ECONNRESET",
        "the server closed with data unread, so its kernel sent RST",
        "",
        "",
    ),
    ("port-closed", "failed", 31, 33, "client connect → ECONNREFUSED", "SYN answered by RST", "", ""),
    ("syn-unanswered", "failed", 12, 204, "client connect → ETIMEDOUT", "SYN sent 5 times, no answer", "", ""),
    ("peer-vanished", "failed", 5, 388, "client read → ETIMEDOUT", "no answer to data, 6 retransmissions", "", ""),
    (
        "close-wait-leak",
        "suspicious",
        97,
        9,
        "server read → 0, fd leaks",
        "the server received FIN and did not close",
        "all 97 on 10.3.0.11-13:8080, oldest 10 min 41 s.",
        "The application does not call close() after read → 0.",
    ),
    (
        "linger-zero-abort",
        "suspicious",
        9,
        118,
        "server read → ECONNRESET",
        "the client closed by RST, without FIN",
        "",
        "",
    ),
    ("still-open", "fine", 12, 2, "", "still open when the capture ended", "", ""),
    ("clean", "fine", 1612, 0, "both read → 0", "FIN both ways", "", ""),
)


@cache
def mixed() -> Capture:
    """2,000 connections, ten causes; the streams named by the groups and as many more as it takes."""
    groups = tuple(Group(*kind, first=START, last=START + 663 * 10**9) for kind in KINDS)
    taken = {kind[3]: kind for kind in KINDS}
    waiting = {kind[0]: kind[2] - 1 for kind in KINDS}
    connections = []
    for stream in range(2000):
        kind = taken.get(stream) or next(kind for kind in reversed(KINDS) if waiting[kind[0]])
        if stream not in taken:
            waiting[kind[0]] -= 1
        told = finding(code=kind[0], severity=kind[1], sees=kind[4], title=kind[5])
        connections.append(connection([], [], stream=stream, finding=told, duration=1.0))
    return Capture(
        connections,
        files=("mix2000.pcap",),
        packets=29_798,
        segments=29_798,
        groups=groups,
        start=START,
        duration=663.0,
    )
