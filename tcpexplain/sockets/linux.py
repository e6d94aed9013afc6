"""Linux, as measured on 6.18 with real sockets (docs/accuracy.md) and read in 6.12's net/ipv4/tcp.c and tcp_input.c."""

from __future__ import annotations

from tcpexplain.machine.endpoint import RESET_IN_CLOSE_WAIT
from tcpexplain.sockets import ERROR, SOFT, Rule, posix

TITLE = "Linux"
SIGNAL: str | None = "SIGPIPE"

ERRNO: dict[int, str] = posix.ERRNO | {RESET_IN_CLOSE_WAIT: "EPIPE"}
"""tcp_reset() reports a RST in CLOSE-WAIT as EPIPE (tcp_input.c)."""

_MEASURED = "measured, Linux 6.18"

ROWS: tuple[Rule, ...] = (
    Rule("read", ("failed-connect", "dead"), "ENOTCONN", _MEASURED),
    Rule("write", ("failed-connect", "dead"), "EPIPE", _MEASURED),
    Rule("so_error", ("failed-connect", "dead", "soft"), SOFT, _MEASURED),
    Rule("so_error", ("failed-connect", "dead"), None, _MEASURED),
    Rule("so_error", ("soft", "connected"), SOFT, "tcp(7): sk_err_soft is reported once and cleared; " + _MEASURED),
    Rule("so_error", ("error",), ERROR, _MEASURED),
    Rule("POLLIN", ("failed-connect", "dead"), None, _MEASURED),
    Rule("POLLRDHUP", ("failed-connect", "dead"), None, _MEASURED),
    Rule("POLLERR", ("failed-connect", "dead", "icmp"), "set", "the socket's error queue, " + _MEASURED),
    Rule("POLLERR", ("failed-connect", "dead"), None, _MEASURED),
    Rule("POLLRDHUP", ("eof",), "set", "tcp_poll()"),
    Rule("POLLRDHUP", ("dead",), "set", "tcp_poll()"),
    Rule("POLLHUP", ("eof", "shut"), "set", "tcp_poll(): both directions shut down"),
    Rule("POLLHUP", ("idle",), "set", _MEASURED),
    Rule("POLLOUT", ("idle",), "set", _MEASURED),
    Rule("POLLERR", ("icmp",), "set", "the socket's error queue, " + _MEASURED),
    *posix.ROWS,
)
