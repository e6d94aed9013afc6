"""GNU Wget."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, TIMER, Product, Wording

PRODUCT = Product(
    "wget",
    "GNU Wget",
    "1.x",
    (
        Wording("No data received.", "read", (EOF,), "client", phase="answer"),
        Wording("Read error (Connection reset by peer) in headers.", "read", ("ECONNRESET",), "client", phase="answer"),
        Wording("Read error at byte <n>/<n> (Connection reset by peer).", "read", ("ECONNRESET",), "client", phase="body"),
        Wording("Read error at byte <n>/<n> (Success).", "read", (EOF,), "client", phase="body"),
        Wording("Connection closed at byte <n>.", "read", (EOF,), "client", phase="body"),
        Wording("Read error (Connection timed out) in headers.", "read", (TIMER,), "client", "Wget's own --read-timeout, in the kernel's words.", phase="answer"),
        Wording("failed: Connection refused.", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("failed: Connection timed out.", "connect", (TIMER, "ETIMEDOUT"), "client", "Wget's own --connect-timeout, or the kernel's.", phase="connect"),
        Wording("Unable to establish SSL connection.", "read", ("alert", EOF), "client", phase="handshake"),
    ),
    signs=(r"HTTP request sent, awaiting response", r"^Connecting to \S+.*\.\.\. ", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \([\d.]+ [KM]?B/s\)"),
    fields=(r"Connecting to (?:[\w.-]+ \([\w.-]+\)\|)?(?P<peer>[\d.]+|\[[0-9a-f:]+\])\|?:(?P<peer_port>\d+)\.\.\.",),
    sources="src/http.c, src/connect.c; calls measured with strace.",
)  # fmt: skip
