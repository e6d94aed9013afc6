"""Record the captures again on this machine's kernel: python captures/record.py [FOLDER]... (as root, on Linux).

For every folder capture.pcap and truth.json come from one scenario of tcpexplain-lab, README.md from this table.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from tcpexplain.lab import abilities
from tcpexplain.lab.random_programs import scenario
from tcpexplain.lab.replay import replay
from tcpexplain.lab.scenarios import scenarios
from tcpexplain.lab.trace import Trace

HERE = Path(__file__).parent
# folder: (scenario, what it shows)
RECORDED = {
    "idle-connection-closed-written-twice": (
        "pooled-connection-idle-close",
        "The server closes an idle pooled connection. The client's next write is accepted and answered with RST; it reads EOF, not an error; the write after that is EPIPE with SIGPIPE.",
    ),
    "idle-connection-half-closed-written-twice": (
        "half-close-then-two-writes",
        "The same FIN, but from shutdown(SHUT_WR): both writes are accepted and acknowledged, and the server can still read them. Only what follows tells the two apart.",
    ),
    "idle-close-race": (
        "fin-crosses-request",
        "The server's FIN and the client's next request cross on the wire: nobody did anything avoidable.",
    ),
    "eof-read-never-closed": (
        "close-wait-never-closed",
        "The server reads EOF and does not close: CLOSE-WAIT there, FIN-WAIT-2 here, a descriptor leaks.",
    ),
    "pool-probed-before-use": (
        "pool-probe-read",
        "Three pooled connections, two closed by the server. A non-blocking read of one byte before use finds them (0: closed, EAGAIN: good).",
    ),
    "client-crashes-after-reading": (
        "crash-after-recv",
        "The process is killed after it has read everything: its kernel sends FIN. The server's write is accepted, then RST; the next one is EPIPE with SIGPIPE.",
    ),
    "client-crashes-with-unread-data": (
        "crash-with-unread-data--prrww",
        "The process is killed with data unread: its kernel sends RST at once, no FIN. The server's read is ECONNRESET, once, then EOF.",
    ),
    "two-writes-without-pause": (
        "two-writes-two-resets",
        "Two writes to a closed peer before the first RST can come back (a path of 60 ms): both are accepted, two segments, two RSTs.",
    ),
    "two-writes-without-pause-nagle": (
        "two-writes-nagle-one-reset",
        "The same with Nagle's algorithm: the second write stays in the send queue and is never sent. One RST; 17 bytes were accepted, 8 were seen.",
    ),
    "two-writes-with-pause": (
        "write-twice-with-pause",
        "Time for the RST to come back between the two writes: the second is EPIPE with SIGPIPE.",
    ),
    "connect-refused": ("connect-refused", "SYN to a closed port: RST. A blocking connect() fails with ECONNREFUSED."),
    "connect-timed-out": (
        "connect-blackhole",
        "Every SYN is lost (tcp_syn_retries 1 and tcp_syn_linear_timeouts 3, so that it takes seconds, not minutes): ETIMEDOUT.",
    ),
    "backlog-full": (
        "backlog-full",
        "listen(0) and nobody accepts: the first connection is made, later SYNs are dropped in silence and sent again.",
    ),
    "backlog-overflow-reset": (
        "backlog-overflow-reset",
        "tcp_abort_on_overflow: connect() succeeds, then the handshake's last ACK is answered with RST.",
    ),
    "pending-data-then-eof": (
        "pending-data-then-fin--prrr",
        "Data, then FIN, nothing read yet: the data first, then EOF for ever.",
    ),
    "pending-data-then-reset": (
        "pending-data-then-reset--prrrww",
        "Data, then RST, nothing read yet: on Linux the data is still readable, then ECONNRESET, then EOF.",
    ),
    "full-buffers-peer-killed": (
        "full-buffers-then-kill--prrww",
        "Both buffers are full (a partial write, then EAGAIN); then the peer is killed with data unread: RST.",
    ),
    "server-closes-with-unread-data": (
        "close-with-unread-data--prrww",
        "close() with received data unread: RST instead of FIN.",
    ),
    "answer-overtaken-by-reset": (
        "close-with-unread-data-after-answer--prrww",
        "The server answers before it has read the whole request, and closes: the RST may destroy the answer on its way (here it can still be read).",
    ),
    "linger-zero-abort": (
        "linger0-close--prrww",
        "SO_LINGER {1, 0} and close(): RST of a live socket that had nothing to read.",
    ),
    "linger-zero-abort-after-reading": (
        "linger0-close-after-reading--prrww",
        "The same after data was read: on the wire it cannot be told from unread data.",
    ),
    "peer-loses-power": (
        "peer-vanishes-for-good",
        "The server is gone without a packet and stays away: retransmissions, then ETIMEDOUT (tcp_retries2 3).",
    ),
    "peer-loses-power-and-returns": (
        "peer-vanishes-and-comes-back",
        "The server is gone, and back before the client gives up, with no memory of the connection: the next retransmission is answered with RST.",
    ),
    "half-open-write": (
        "half-open-write--pwwrr",
        "The server lost its state while the connection was idle: the first write is accepted, the RST makes the next one ECONNRESET.",
    ),
    "simultaneous-close": (
        "simultaneous-close",
        "FINs cross on the wire: FIN-WAIT-1, CLOSING, TIME-WAIT at both ends.",
    ),
    "simultaneous-open": (
        "simultaneous-open",
        "SYNs cross on the wire: SYN-SENT, SYN-RECEIVED, ESTABLISHED at both ends.",
    ),
    "half-close": (
        "half-close-peer-continues",
        "shutdown(SHUT_WR) by the client; the server goes on sending and closes later.",
    ),
    "forged-reset-exact": (
        "forged-reset-exact--prrww",
        "A RST nobody sent, with the exact sequence number: one end dies, the other does not know.",
    ),
    "forged-reset-in-window": (
        "forged-reset-in-window",
        "A RST in the window but not exact: a challenge ACK (RFC 5961), nothing else; the connection lives.",
    ),
    "forged-reset-out-of-window": ("forged-reset-out-of-window", "A RST outside the window: ignored in silence."),
    "firewall-resets-both-ends": (
        "middlebox-reset-both",
        "Something between the ends sends a RST to each of them in the other's name.",
    ),
    "firewall-rejects-with-reset": (
        "firewall-begins-to-reset",
        "A firewall (nft on a router) begins to reject the client's packets with RST in the server's name; the server knows nothing and writes on.",
    ),
    "firewall-refuses-connect": (
        "syn-rejected-tcp-reset",
        "A firewall (nft on a router) rejects the SYN with RST: for connect() it is a closed port.",
    ),
    "firewall-refuses-connect-with-icmp": (
        "syn-rejected-icmp-admin",
        "A firewall (nft on a router) rejects the SYN with ICMP admin-prohibited. The first error comes inside the SYN's own transmission and is only noted; the second ends connect().",
    ),
    "icmp-refuses-connect": (
        "syn-meets-icmp-host-after-30-ms",
        "ICMP host unreachable answers the SYN: connect() fails with EHOSTUNREACH.",
    ),
    "icmp-on-established-connection": (
        "established-rejected-icmp-host--prrww",
        "ICMP errors are soft for a connection that is up: SO_ERROR shows them, only TCP_USER_TIMEOUT ends it, with their errno.",
    ),
    "keepalive-timeout": (
        "keepalive-timeout--prrww",
        "An idle connection's path dies: keepalive probes, then ETIMEDOUT here and a RST on the wire.",
    ),
    "zero-window": (
        "zero-window-then-read",
        "The receiver stops reading, its window closes, probes; then it reads on and everything arrives.",
    ),
    "time-wait-reuse-by-client": (
        "time-wait-reuse-by-client",
        "A connect from a port that is still in TIME-WAIT, after more than a second.",
    ),
    "time-wait-reuse-by-server": (
        "time-wait-reuse-by-server",
        "A new SYN for a 4-tuple that the server holds in TIME-WAIT: accepted.",
    ),
    "sequence-numbers-wrap": (
        "sequence-numbers-wrap",
        "The client's sequence numbers pass 2**32 in the middle of its request.",
    ),
    "lost-fin": ("lost-fin", "The FIN is lost once and sent again."),
    "fin-overtakes-data": (
        "fin-overtakes-data--prr",
        "The FIN overtakes the last data: it counts only when everything before it has arrived.",
    ),
    "reset-in-close-wait": (
        "reset-in-close-wait--prrww",
        "FIN, then RST: read says EOF for ever, only write, SO_ERROR and POLLERR show the RST (EPIPE).",
    ),
    "never-accepted": (
        "never-accepted",
        "The server never calls accept(): the connection is up for both kernels, and no application answers.",
    ),
    "syn-ack-given-up": (
        "syn-ack-given-up",
        "The handshake's last ACK never arrives: the SYN-ACK is sent again five times, and at 63 s the server has forgotten; the client's request is then answered with RST.",
    ),
    "peek-takes-the-error": (
        "peek-takes-the-error",
        "recv(MSG_PEEK) after a RST reports ECONNRESET, and takes it: the read after it says EOF.",
    ),
    "waitall-meets-reset": (
        "waitall-meets-reset",
        "recv(MSG_WAITALL) waits for 64 bytes when 10 and a RST come: it returns the 10, and the next read says ECONNRESET.",
    ),
    "connected-at-the-second-attempt": (
        "reconnect-after-refusal",
        "The same socket calls connect() again after ECONNREFUSED: a new SYN from the same port, and this time somebody listens.",
    ),
    "listener-closed-before-accept": (
        "listener-closed-before-accept--prrww",
        "The listener is closed while a connection waits in its queue: RST.",
    ),
    "one-request-per-connection": ("one-request-per-connection", "An ordinary exchange and close: nothing to see."),
}
STORIES = {
    "c-client-crashes-after-reading": (
        ("clock_server.c", "crashing_client.c"),
        "The story of 2019 with its own programs: the client divides by zero after reading. The first send() to it succeeds, the second is EPIPE with SIGPIPE.",
    ),
    "c-client-crashes-with-unread-data": (
        ("clock_server.c", "crashing_client.c"),
        "The same, but the server's line was never read: RST at once; the first send() is ECONNRESET, the second EPIPE with SIGPIPE.",
    ),
    "epoll-client-meets-nc": (
        ("epoll_client.c",),
        "nc dies, the client's epoll says EPOLLIN and EPOLLRDHUP, read says 0; one write is accepted, the next is EPIPE.",
    ),
    "go-client-idle-connection-closed": (
        ("idle.go",),
        "net.Conn.Close on an idle connection: Write succeeds, the next is 'broken pipe', Read is io.EOF.",
    ),
    "go-client-idle-connection-half-closed": (("idle.go",), "CloseWrite in the place of Close: both writes arrive."),
    "go-server-leaks-close-wait": (
        ("idle.go",),
        "A Go handler that returns on io.EOF without Close: CLOSE-WAIT until the process ends.",
    ),
    "go-client-full-buffers": (
        ("flood.go",),
        "A Write that blocks on full buffers when the server is killed: 'connection reset by peer' on Linux.",
    ),
    "nginx-upstream-dies": (
        ("dying_upstream.c", "nginx.conf"),
        "Two connections, one on each side of nginx: the upstream is killed with most of the request unread (RST), the client gets a 502.",
    ),
}
RECORDED |= {name: (name, shows) for name, (_, shows) in STORIES.items()}
README = """# {title}

{shows}

    tcpexplain-lab {scenario} --save FOLDER

plays it again on your kernel, or `python captures/record.py {folder}` in place. Recorded on {kernel} ({network}).
`truth.json` has what every call returned and the states the kernel traced; nothing in it was written by hand.

The scenario: {summary}.
"""


def record(folder: str, able: abilities.Abilities, trace: Trace) -> None:
    """Play the scenario of one folder and write its three files."""
    name, shows = RECORDED[folder]
    told = scenarios()[name]
    played = replay(told, able, trace)
    target = HERE / folder
    target.mkdir(exist_ok=True)
    played.save(target / "capture.pcap", target / "truth.json")
    network = "loopback" if told.wire == "loopback" else f"two namespaces, captured beside the {told.vantage}"
    title = folder.replace("-", " ").capitalize()
    text = README.format(
        title=title,
        shows=shows,
        scenario=name,
        folder=folder,
        kernel=played.truth["kernel"],
        network=network,
        summary=told.summary,
    )
    programs = STORIES.get(folder, ((), ""))[0]
    for program in programs:
        (target / program).write_text((files("tcpexplain.lab") / "programs" / program).read_text())
    if programs:
        text += f"\nBeside it: {', '.join(f'`{program}`' for program in programs)}. The programs ran under strace; their system calls are what `truth.json` holds.\n"
    (target / "README.md").write_text(text)


RANDOM = """# Random socket programs

{count} programs of 3 to 14 operations on both sides in random order, one in five across a path that delays, loses, duplicates and
reorders; recorded on {kernel}. For every program `NAME.pcap` and `NAME.truth.json`, which has the program, what every call
returned and the states the kernel traced. They are the measure of the predictions:

    tcpexplain-lab --random {count} --seed {seed} --save FOLDER

plays the same programs on your kernel, or `python captures/record.py random-programs` in place.
"""
SEED, PROGRAMS = 2026, 60


def record_random(able: abilities.Abilities, trace: Trace) -> None:
    """Play the random programs and write their folder."""
    target = HERE / "random-programs"
    target.mkdir(exist_ok=True)
    for number in range(1, PROGRAMS + 1):
        told, more = scenario(SEED, number)
        played = replay(told, able, trace, **more)
        played.save(target / f"{told.name}.pcap", target / f"{told.name}.truth.json")
    (target / "README.md").write_text(RANDOM.format(count=PROGRAMS, kernel=played.truth["kernel"], seed=SEED))


def shown(folder: Path) -> str:
    """What a folder shows, or else what it is called."""
    title = (folder / "README.md").read_text().splitlines()[0].removeprefix("# ")
    return RECORDED.get(folder.name, ("", title))[1]


def index() -> None:
    """The list of all folders, from their READMEs."""
    lines = [
        "# Captures",
        "",
        "One folder per phenomenon: `capture.pcap`, `truth.json` (what every call returned, recorded), `README.md` (how it was made).",
        "",
    ]
    folders = sorted(path.parent for path in HERE.glob("*/README.md"))
    lines += [f"- [{folder.name}]({folder.name}/): {shown(folder)}" for folder in folders]
    (HERE / "README.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    able = abilities.find()
    with Trace() as trace:
        for folder in sys.argv[1:] or [*RECORDED, "random-programs"]:
            print(folder, flush=True)
            if folder == "random-programs":
                record_random(able, trace)
            else:
                record(folder, able, trace)
    index()
