"""strace: system calls with their results."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, NAMED, Product, Wording

PRODUCT = Product(
    "strace",
    "strace",
    "4 and later",
    (
        Wording("read(<args>) = 0", "read", (EOF,), "own"),
        Wording("recvfrom(<args>) = 0", "read", (EOF,), "own"),
        Wording("recvmsg(<args>) = 0", "read", (EOF,), "own"),
        Wording("read(<args>) = -1 ECONNRESET", "read", ("ECONNRESET",), "own"),
        Wording("recvfrom(<args>) = -1 ECONNRESET", "read", ("ECONNRESET",), "own"),
        Wording("recvmsg(<args>) = -1 <errno>", "read", (NAMED,), "own"),
        Wording("recvfrom(<args>) = -1 <errno>", "read", (NAMED,), "own"),
        Wording("read(<args>) = -1 <errno>", "read", (NAMED,), "own"),
        Wording("readv(<args>) = -1 <errno>", "read", (NAMED,), "own"),
        Wording("write(<args>) = -1 EPIPE", "write", ("EPIPE",), "own"),
        Wording("write(<args>) = -1 <errno>", "write", (NAMED,), "own"),
        Wording("writev(<args>) = -1 <errno>", "write", (NAMED,), "own"),
        Wording("sendto(<args>) = -1 EPIPE", "write", ("EPIPE",), "own"),
        Wording("sendto(<args>) = -1 <errno>", "write", (NAMED,), "own"),
        Wording("sendmsg(<args>) = -1 <errno>", "write", (NAMED,), "own"),
        Wording("sendfile(<args>) = -1 <errno>", "write", (NAMED,), "own"),
        Wording("connect(<args>) = -1 <errno>", "connect", (NAMED,), "client", phase="connect"),
        Wording("accept4(<args>) = -1 <errno>", "accept", (NAMED,), "server"),
        Wording("accept(<args>) = -1 <errno>", "accept", (NAMED,), "server"),
    ),
    signs=(r"^(?:\[pid +\d+\] |\d+ +)?(?:\d\d:\d\d:\d\d(?:\.\d+)? |\d+\.\d+ )?[a-z_0-9]+\(.*\) += ",),
    fields=(
        r"<TCP(?:v6)?:\[(?P<own>\S+?:\d+)->(?P<peer>\S+?:\d+)\]>",
        r'sin_port=htons\((?P<peer_port>\d+)\), sin_addr=inet_addr\("(?P<peer>[^"]+)"\)',
    ),
    traps="With -yy the descriptor names both ends; with -ttt or -tt the line has its time.",
    sources="strace(1).",
)  # fmt: skip
