"""Rust: std and tokio."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, TIMER, Product, Wording

PRODUCT = Product(
    "rust",
    "Rust (std, tokio)",
    "1.x",
    (
        Wording("Connection reset by peer (os error 104)", "read", ("ECONNRESET",), "own", "A write may say it too."),
        Wording("Broken pipe (os error 32)", "write", ("EPIPE",), "own", "Rust ignores SIGPIPE."),
        Wording("Connection refused (os error 111)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Connection timed out (os error 110)", "connect", ("ETIMEDOUT",), "own"),
        Wording("No route to host (os error 113)", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("Network is unreachable (os error 101)", "connect", ("ENETUNREACH",), "client", phase="connect"),
        Wording("Resource temporarily unavailable (os error 11)", "read", (TIMER,), "own", "set_read_timeout's, on Linux."),
        Wording("deadline has elapsed", "read", (TIMER,), "own", "tokio::time::timeout's."),
        Wording("unexpected end of file", "read", (EOF,), "own"),
        Wording("failed to fill whole buffer", "read", (EOF,), "own", "read_exact()'s UnexpectedEof."),
        Wording("early eof", "read", (EOF,), "own", "tokio's read_exact()."),
        Wording("peer closed connection without sending TLS close_notify", "read", (EOF,), "own", "rustls."),
        Wording("kind: ConnectionReset", "read", ("ECONNRESET",), "own"),
        Wording("kind: BrokenPipe", "write", ("EPIPE",), "own"),
        Wording("kind: UnexpectedEof", "read", (EOF,), "own"),
    ),
    signs=(r"\(os error \d+\)", r"\bkind: [A-Z]\w+", r"\bstd::io\b", r"^thread '[^']*' panicked"),
    sources="library/std/src/io/error.rs; calls measured with strace.",
)  # fmt: skip
