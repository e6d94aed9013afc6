"""C and everything that prints strerror()."""

from __future__ import annotations

from tcpexplain.runtimes import Product, Wording

PRODUCT = Product(
    "c",
    "C library (perror, strerror)",
    "all",
    (
        Wording("read: Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("recv: Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("read failed: Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("write: Broken pipe", "write", ("EPIPE",), "own", "Without a handler for SIGPIPE the process ends before it can print this."),
        Wording("send: Broken pipe", "write", ("EPIPE",), "own"),
        Wording("write: Connection reset by peer", "write", ("ECONNRESET",), "own"),
        Wording("send: Connection reset by peer", "write", ("ECONNRESET",), "own"),
        Wording("connect: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("connect: Connection timed out", "connect", ("ETIMEDOUT",), "client", phase="connect"),
        Wording("connect: No route to host", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("connect: Network is unreachable", "connect", ("ENETUNREACH",), "client", phase="connect"),
        Wording("read: Connection timed out", "read", ("ETIMEDOUT",), "own"),
        Wording("write: Connection timed out", "write", ("ETIMEDOUT",), "own"),
        Wording("Connection reset by peer", "read", ("ECONNRESET",), "own", "The text alone does not say whether read or write."),
        Wording("Broken pipe", "write", ("EPIPE",), "own"),
        Wording("Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Connection timed out", "connect", ("ETIMEDOUT",), "own", "connect's, or a read's or write's after minutes without an answer."),
        Wording("No route to host", "connect", ("EHOSTUNREACH",), "own"),
        Wording("Network is unreachable", "connect", ("ENETUNREACH",), "own"),
        Wording("Transport endpoint is not connected", "write", ("ENOTCONN",), "own"),
        Wording("Software caused connection abort", "read", ("ECONNABORTED",), "own"),
        Wording("SIGPIPE", "write", ("EPIPE",), "own", "The process was ended by it."),
    ),
    sources="glibc's strerror(3).",
)  # fmt: skip
