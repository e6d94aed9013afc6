"""Generate mix2000.pcap: 2,000 connections of a made-up morning, and mix2000.causes.json, what was put in.

python captures/mix2000/build.py [FOLDER]

Seeded: the same bytes every time.  Segments are shaped as Linux shapes them (options, windows, delayed
ACKs, back-off, the two families of RST); the capture was "taken" between clients and servers with a snap length of 96.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from tcpexplain.lab.packets import IPv4Endpoint, ethernet, options, segment
from tcpexplain.lab.pcapfile import MICROSECONDS, write_pcap

HERE = Path(__file__).parent
START = int(datetime(2024, 5, 14, 9, 30, tzinfo=UTC).timestamp()) * 10**9
END = 663.2  # seconds: 11 min 3 s
PACKETS = 29_798
MSS = 1448
# cause: (connections, stream number of the first, latest start in seconds)
MIX = {
    "peer-closed-idle-connection": (143, 71, 590),
    "write-after-close": (41, 12, 640),
    "close-with-unread-data": (38, 5, 655),
    "port-closed": (31, 33, 660),
    "syn-unanswered": (12, 204, 525),
    "peer-vanished": (5, 388, 540),
    "close-wait-leak": (97, 9, 590),
    "linger-zero-abort": (9, 118, 650),
    "still-open": (12, 2, 640),
    "clean": (1612, 0, 660),
}
POOL = ["10.3.0.11", "10.3.0.12", "10.3.0.13"]
ELSEWHERE = [
    IPv4Endpoint("10.3.0.20", 7001),
    IPv4Endpoint("10.3.0.30", 5432),
    IPv4Endpoint("10.3.0.31", 6379),
    IPv4Endpoint("10.3.0.40", 7002),
]
SYN_TIMES = [
    0,
    1.03,
    2.05,
    3.07,
    4.10,
    5.12,
    7.13,
    11.17,
    19.36,
    35.49,
    67.74,
]  # tcp_syn_linear_timeouts 4, tcp_syn_retries 6


class Endpoint:
    """One end: its address and the numbers its kernel keeps for the connection."""

    def __init__(self, address: IPv4Endpoint, rng: random.Random) -> None:
        self.address = address
        self.seq = rng.getrandbits(32)
        self.clock = rng.getrandbits(31)  # milliseconds
        self.identification = rng.getrandbits(16)
        self.ttl = 64 if address.host.startswith("10.3.0.") else 63
        self.recent = 0  # the peer's last timestamp
        self.window = 502 if address.port > 32767 else 509

    @property
    def mac(self) -> str:
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.address.host.split("."))


class Conversation:
    """One connection while it is being written: a clock in seconds and the frames so far."""

    def __init__(self, rng: random.Random, start: float, server: IPv4Endpoint, client: IPv4Endpoint) -> None:
        self.rng, self.now, self.frames = rng, start, []
        self.client, self.server = Endpoint(client, rng), Endpoint(server, rng)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def other(self, end: Endpoint) -> Endpoint:
        return self.server if end is self.client else self.client

    def send(self, end: Endpoint, flags: str, length: int = 0, *, again: bool = False) -> None:
        """One segment of a live socket; ``again`` repeats the last one instead of taking new numbers."""
        peer = self.other(end)
        size = length + ("S" in flags) + ("F" in flags)
        stamp = (end.clock + round(self.now * 1000), end.recent if "A" in flags else 0)
        opening = {"mss": 1460, "sack_permitted": True, "window_scale": 7} if "S" in flags else {}
        end.identification += 1
        self.emit(
            end,
            flags,
            seq=end.seq - size * again,
            ack=peer.seq if "A" in flags else 0,
            window=(64240 if flags == "S" else 65160) if "S" in flags else end.window,
            tcp_options=options(timestamps=stamp, **opening),
            payload=self.rng.randbytes(min(length, 96)).ljust(length, b"."),
            identification=0 if flags == "SA" else end.identification,
        )
        end.seq += 0 if again else size
        peer.recent = stamp[0]

    def refuse(self, end: Endpoint, flags: str = "R") -> None:
        """The RST of a kernel that answers without a socket: no options, no window, no identification."""
        peer = self.other(end)
        numbers = {"seq": 0, "ack": peer.seq} if flags == "RA" else {"seq": end.seq}
        self.emit(end, flags, **numbers)

    def emit(self, end: Endpoint, flags: str, **fields) -> None:
        peer = self.other(end)
        packet = segment(end.address, peer.address, flags, ttl=end.ttl, **fields)
        self.frames.append((START + round(self.now * 1e6) * 1000, ethernet(end.mac, peer.mac, packet)))
        self.now += self.rng.uniform(0.00015, 0.0004)  # half a round trip, and the kernel's work

    def handshake(self) -> None:
        self.send(self.client, "S")
        self.send(self.server, "SA")
        self.send(self.client, "A")

    def data(self, end: Endpoint, length: int) -> None:
        """``length`` bytes; the receiver acknowledges every second full segment."""
        sent = 0
        while sent < length:
            piece = min(MSS, length - sent)
            sent += piece
            self.send(end, "PA" if sent == length else "A", piece)
            if sent < length and sent % (2 * MSS) == 0:
                self.send(self.other(end), "A")

    def exchange(self, request: int, answer: int, service: float) -> None:
        """A request and its answer, which acknowledges it unless the 40 ms of a delayed ACK pass first."""
        self.data(self.client, request)
        if service > 0.04:
            self.wait(0.04)
            self.send(self.server, "A")
        self.wait(service)
        self.data(self.server, answer)
        self.send(self.client, "A")

    def close(self, first: Endpoint, pause: float) -> None:
        """FIN both ways; an end that closes at once sends its FIN with its ACK."""
        second = self.other(first)
        self.send(first, "FA")
        if pause > 0.001:
            self.send(second, "A")
            self.wait(pause)
        self.send(second, "FA")
        self.send(first, "A")


def clean(talk: Conversation, exchanges: int) -> None:
    rng = talk.rng
    talk.handshake()
    left = END - talk.now - 1
    for _ in range(exchanges):
        talk.wait(min(rng.expovariate(1.5), left / 30))
        talk.exchange(
            rng.randint(90, 900),
            rng.choice([rng.randint(120, 1400), rng.randint(1400, 9000)]),
            rng.uniform(0.001, 0.02),
        )
    if rng.random() < 0.03:  # a lost answer, sent again after the retransmission timeout
        talk.data(talk.client, 200)
        talk.send(talk.server, "PA", 700)
        talk.wait(0.204)
        talk.send(talk.server, "PA", 700, again=True)
        talk.send(talk.client, "A")
    talk.wait(min(rng.expovariate(2), left / 30))
    talk.close(rng.choice([talk.client, talk.client, talk.server]), rng.choice([0, 0, rng.uniform(0.002, 0.03)]))


def peer_closed_idle_connection(talk: Conversation) -> None:
    rng = talk.rng
    talk.handshake()
    talk.exchange(rng.randint(150, 600), rng.randint(200, 3000), rng.uniform(0.002, 0.03))
    talk.wait(60.0 + rng.uniform(0.0005, 0.004))
    talk.send(talk.server, "FA")
    talk.wait(0.04)
    talk.send(talk.client, "A")
    talk.wait(5.0 - 0.04 + rng.uniform(0, 0.004))
    talk.send(talk.client, "PA", rng.randint(150, 600))
    talk.refuse(talk.server)


def write_after_close(talk: Conversation) -> None:
    rng = talk.rng
    talk.handshake()
    talk.exchange(rng.randint(90, 400), rng.randint(100, 1200), 0.003)
    talk.wait(rng.uniform(0.05, 0.3))
    talk.send(talk.client, "FA")
    talk.send(talk.server, "A")
    talk.wait(rng.uniform(0.8, 12))
    talk.send(talk.server, "PA", rng.randint(26, 1000))
    talk.refuse(talk.client)


def close_with_unread_data(talk: Conversation) -> None:
    rng = talk.rng
    talk.handshake()
    talk.data(talk.client, rng.randint(300, 900))
    talk.wait(0.01)
    talk.data(talk.server, rng.randint(180, 400))
    talk.send(talk.client, "A")
    talk.data(talk.client, rng.randint(1500, 6000))
    talk.send(talk.server, "A")
    talk.wait(rng.uniform(0.001, 0.5))
    talk.send(talk.server, "RA")


def linger_zero_abort(talk: Conversation) -> None:
    talk.handshake()
    talk.data(talk.client, talk.rng.randint(40, 400))
    talk.wait(0.04)
    talk.send(talk.server, "A")
    talk.wait(talk.rng.uniform(0.1, 3))
    talk.send(talk.client, "RA")


def port_closed(talk: Conversation) -> None:
    talk.send(talk.client, "S")
    talk.refuse(talk.server, "RA")


def syn_unanswered(talk: Conversation) -> None:
    start = talk.now
    for count, moment in enumerate(SYN_TIMES):
        talk.now = start + moment + (talk.rng.uniform(0, 0.02) if count else 0)
        talk.send(talk.client, "S", again=count > 0)


def peer_vanished(talk: Conversation) -> None:
    """The client host has net.ipv4.tcp_retries2 = 8: it gives up after about 104 s."""
    rng = talk.rng
    talk.handshake()
    talk.exchange(rng.randint(90, 400), rng.randint(100, 1200), 0.003)
    talk.wait(rng.uniform(0.5, 4))
    length, start, rto = rng.randint(90, 400), talk.now, 0.204
    talk.send(talk.client, "PA", length)
    for doubled in range(1, 9):
        talk.now = start + rto * (2**doubled - 1) + rng.uniform(0, 0.003)
        talk.send(talk.client, "PA", length, again=True)


def close_wait_leak(talk: Conversation, lived: float) -> None:
    rng, start = talk.rng, talk.now
    talk.handshake()
    talk.exchange(rng.randint(150, 600), rng.randint(200, 3000), rng.uniform(0.002, 0.03))
    talk.now = max(talk.now, start + lived)
    talk.send(talk.client, "FA")
    talk.wait(0.04)
    talk.send(talk.server, "A")


def still_open(talk: Conversation, until: float) -> None:
    talk.handshake()
    while talk.now < until - 24:
        talk.exchange(60, 60, 0.002)
        talk.wait(20)
    talk.now = max(talk.now, until)
    talk.exchange(60, 60, 0.002)


STORIES = {
    "peer-closed-idle-connection": peer_closed_idle_connection,
    "write-after-close": write_after_close,
    "close-with-unread-data": close_with_unread_data,
    "linger-zero-abort": linger_zero_abort,
    "port-closed": port_closed,
    "syn-unanswered": syn_unanswered,
    "peer-vanished": peer_vanished,
}


def plan(rng: random.Random) -> list[tuple[float, str]]:
    """(start, cause) of the 2,000 connections, in the order of their first packets."""
    starts = sorted(rng.uniform(0, 660) for _ in range(sum(count for count, _, _ in MIX.values()) - 2))
    starts = [0.0, starts[0] / 2, *starts]
    causes = ["clean"] * len(starts)
    taken = {first for _, first, _ in MIX.values()}
    for cause, (count, first, latest) in MIX.items():
        free = [stream for stream in range(first + 1, len(starts)) if stream not in taken and starts[stream] < latest]
        chosen = [first, *rng.sample(free, count - 1)] if cause != "clean" else []
        taken.update(chosen)
        for stream in chosen:
            causes[stream] = cause
    return list(zip(starts, causes, strict=True))


def server_of(cause: str, rng: random.Random) -> IPv4Endpoint:
    if cause == "peer-closed-idle-connection":
        return IPv4Endpoint(rng.choice(POOL), 9000)
    if cause == "close-wait-leak":
        return IPv4Endpoint(rng.choice(POOL), 8080)
    if cause == "port-closed":
        return IPv4Endpoint("10.3.0.30", 5433)
    if cause in ("syn-unanswered", "peer-vanished"):
        return IPv4Endpoint("10.3.0.41", 7002)
    return rng.choice(ELSEWHERE)


def tell(stream: int, start: float, cause: str, exchanges: int) -> Conversation:
    rng = random.Random(f"mix2000 {stream}")
    client = IPv4Endpoint(f"10.3.1.{rng.randint(10, 60)}", 32768 + stream)
    talk = Conversation(rng, start, server_of(cause, rng), client)
    first = stream == MIX[cause][1]
    if cause == "clean":
        clean(talk, exchanges)
    elif cause == "close-wait-leak":
        close_wait_leak(talk, 22.0 - start + (not first) * rng.uniform(1, 15) if start < 22 else rng.uniform(1, 15))
    elif cause == "still-open":
        still_open(talk, END if first else rng.uniform(630, END - 1))
    else:
        STORIES[cause](talk)
    return talk


def conversations() -> tuple[list[Conversation], list[str]]:
    """All connections; the clean ones take the exchanges that are missing to PACKETS."""
    rng = random.Random(2000)
    rows = plan(rng)
    exchanges = dict.fromkeys(range(len(rows)), 1)  # a connection without data would be a health check
    told = [tell(stream, *rows[stream], 1) for stream in exchanges]
    missing = PACKETS - sum(len(talk.frames) for talk in told)
    streams = [stream for stream, (_, cause) in enumerate(rows) if cause == "clean"]
    while missing:
        stream = rng.choice(streams)
        longer = tell(stream, *rows[stream], exchanges[stream] + 1)
        more = len(longer.frames) - len(told[stream].frames)
        if more == missing or more <= missing - 3:  # the last one has to fit exactly, and none adds less than 3
            told[stream], missing = longer, missing - more
            exchanges[stream] += 1
    return told, [cause for _, cause in rows]


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    told, causes = conversations()
    frames = sorted((frame for talk in told for frame in talk.frames), key=lambda frame: frame[0])
    write_pcap(folder / "mix2000.pcap", frames, magic=MICROSECONDS, snap_length=96)
    (folder / "mix2000.causes.json").write_text(json.dumps(dict(enumerate(causes)), indent=0) + "\n")
