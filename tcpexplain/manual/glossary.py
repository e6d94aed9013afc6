"""The terms of tcpexplain's own texts, each with one meaning; those of TCP are RFC 9293's, those of calls POSIX's."""

from __future__ import annotations

from tcpexplain import sockets

TERMS: dict[str, str] = {
    "also": "What holds of a connection besides its cause, for example retransmissions.",
    "answer": "Of a call: what it returns. Of a server: what it sends for a request.",
    "application": "The program that uses a socket, as opposed to the kernel, which speaks TCP for it.",
    "basis": "How an event or an error is known: seen (a packet shows it), inferred (other packets prove it), timer (time has passed); for an error must, next or maybe.",
    "capture": "A file of packets, or what is read from an interface. Several files are read as one capture.",
    "cause": "Why a connection ended, as one code such as write-after-close. Each has a page: --explain CODE.",
    "certain": "The packets prove the cause. Likely: they support it, and another one is possible. Possible: they do not exclude it.",
    "client": "The end that opened the connection: it sent the SYN. If the SYN is not in the capture, the end with the higher port.",
    "connection": "Two addresses and two ports, from the first packet between them to the last; the same ports used again later are another connection.",
    "device": "Anything between the ends that forwards, drops, changes or forges packets: router, firewall, NAT, load balancer, proxy.",
    "end": "One of the two sides of a connection: the client's or the server's, application and kernel together.",
    "EOF": "read() returned 0: the peer has sent its FIN, and all data before it was read.",
    "errno": "The error that a call returns, by its name: EPIPE, ECONNRESET.",
    "event": "A packet, or a timer, that changes the state of an end or what its calls return.",
    "evidence": "The packets on which a verdict rests, by their numbers.",
    "failed": "The severity of a connection on which an application got an error, or lost data. Suspicious: probably a fault. Fine: neither.",
    "forged": "Of a RST: not sent by the end that it names as its sender, but by a device.",
    "group": "All connections of a capture that have the same cause.",
    "half-close": "One end has sent its FIN and still receives: shutdown(SHUT_WR).",
    "idle": "Of a connection: no data for some time, and no request without its answer.",
    "inferred": "Not captured, but proved by other packets, as an acknowledgment proves that data was sent.",
    "kernel": "The operating system of an end: its TCP.",
    "ladder": "The packets of a connection from top to bottom, the client on the left, the server on the right, with their states and calls.",
    "leaking": "Of a socket: in CLOSE-WAIT for long, because its application does not call close().",
    "lost": "Of bytes: sent, and never read by the other application, as far as packets show it.",
    "next": "What a call returns if it is made at that point of the ladder.",
    "peer": "The other end.",
    "probe": "An empty or repeated segment that asks whether the peer is still there (keepalive) or has room (zero window).",
    "retry": "Whether the client may send its last request again: safe, unsafe, ambiguous.",
    "server": "The end that the client connected to.",
    "shown": "What the capture contains. Not shown: it may have happened, and is not in the capture.",
    "stream": "The number of a connection, the same as Wireshark's tcp.stream.",
    "system": f"The operating system of an end whose calls are predicted: {', '.join(sockets.names())}.",
    "undecided": "Counted as fine only because nothing in the capture shows a failure; the capture does not show that all went well either.",
    "UNKNOWN": "Packets do not show what a call returns.",
    "verdict": "The cause of a connection, with what the application sees, why, what was lost, what to do, and how certain it is.",
}
"""Terms in alphabetical order, however they are written."""

INSTEAD: dict[str, str] = {
    "box": "device",
    "boxes": "devices",
    "pretended sender": "the end that the RST names as its sender",
    "middle box": "device",
    "gives up": "stops retrying",
    "would give up": "would stop retrying",
    "talks on": "goes on sending",
    "lives on": "goes on",
    "forgets it": "drops its entry",
}
"""Words that texts for users avoid, and what they say instead."""
