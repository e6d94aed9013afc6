"""Linux, as measured on 6.18 with real sockets (docs/accuracy.md) and read in 6.12's net/ipv4/tcp.c and tcp_input.c."""

from __future__ import annotations

from tcpexplain.machine.endpoint import RESET_IN_CLOSE_WAIT
from tcpexplain.sockets import ERROR, SOFT, Row, posix

SIGNAL: str | None = "SIGPIPE"

ERRNO: dict[int, str] = posix.ERRNO | {RESET_IN_CLOSE_WAIT: "EPIPE"}
"""tcp_reset() reports a RST in CLOSE-WAIT as EPIPE (tcp_input.c)."""

_MEASURED = "measured, Linux 6.18"

ROWS: tuple[Row, ...] = (
    Row("read", ("failed-connect", "dead"), "ENOTCONN", _MEASURED),
    Row("write", ("failed-connect", "dead"), "EPIPE", _MEASURED),
    Row("so_error", ("failed-connect", "dead", "soft"), SOFT, _MEASURED),
    Row("so_error", ("failed-connect", "dead"), None, _MEASURED),
    Row("so_error", ("soft", "connected"), SOFT, "tcp(7): sk_err_soft is reported once and cleared; " + _MEASURED),
    Row("so_error", ("error",), ERROR, _MEASURED),
    Row("POLLIN", ("failed-connect", "dead"), None, _MEASURED),
    Row("POLLRDHUP", ("failed-connect", "dead"), None, _MEASURED),
    Row("POLLERR", ("failed-connect", "dead", "icmp"), "set", "the socket's error queue, " + _MEASURED),
    Row("POLLERR", ("failed-connect", "dead"), None, _MEASURED),
    Row("POLLRDHUP", ("eof",), "set", "tcp_poll()"),
    Row("POLLRDHUP", ("dead",), "set", "tcp_poll()"),
    Row("POLLHUP", ("eof", "shut"), "set", "tcp_poll(): both directions shut down"),
    Row("POLLHUP", ("idle",), "set", _MEASURED),
    Row("POLLOUT", ("idle",), "set", _MEASURED),
    Row("POLLERR", ("icmp",), "set", "the socket's error queue, " + _MEASURED),
    *posix.ROWS,
)
