"""Ruby."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "ruby",
    "Ruby (socket, net/http)",
    "2 and 3",
    (
        Wording("Errno::ECONNRESET: Connection reset by peer", "read", ("ECONNRESET",), "own", "A write may say it too."),
        Wording("Errno::EPIPE: Broken pipe", "write", ("EPIPE",), "own", "Ruby ignores SIGPIPE."),
        Wording("Broken pipe (Errno::EPIPE)", "write", ("EPIPE",), "own"),
        Wording("Connection reset by peer (Errno::ECONNRESET)", "read", ("ECONNRESET",), "own"),
        Wording("Connection refused - connect(2) for <text>", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Errno::ECONNREFUSED", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Errno::ETIMEDOUT", "connect", ("ETIMEDOUT",), "own"),
        Wording("Errno::EHOSTUNREACH", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("Errno::ECONNRESET", "read", ("ECONNRESET",), "own"),
        Wording("Errno::EPIPE", "write", ("EPIPE",), "own"),
        Wording("end of file reached (EOFError)", "read", (EOF,), "own"),
        Wording("EOFError: end of file reached", "read", (EOF,), "own"),
        Wording("end of file reached", "read", (EOF,), "own"),
        Wording("Net::ReadTimeout with #<TCPSocket:(closed)>", "read", (TIMER,), "client"),
        Wording("Net::ReadTimeout", "read", (TIMER,), "client"),
        Wording("Net::WriteTimeout", "write", (TIMER,), "client"),
        Wording("Net::OpenTimeout", "connect", (TIMER,), "client", phase="connect"),
        Wording("closed stream (IOError)", "write", (LOCAL,), "own"),
        Wording("stream closed in another thread (IOError)", "read", (LOCAL,), "own"),
    ),
    signs=(r"\bErrno::E[A-Z]+\b", r"\bNet::(?:Read|Open|Write)Timeout\b", r"\.rb:\d+:in [`']"),
    fields=(
        r'connect\(2\) for "?(?P<peer>[\w.:-]+?)"? port (?P<peer_port>\d+)',
        r"connect\(2\) for (?P<peer>\d+\.\d+\.\d+\.\d+:\d+)",
    ),
    sources="ext/socket, lib/net/protocol.rb; calls measured with strace.",
)  # fmt: skip
