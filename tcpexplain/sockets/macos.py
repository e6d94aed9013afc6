"""macOS, as read in XNU 11417's bsd/kern/uipc_socket.c, sys_generic.c and bsd/netinet/tcp_input.c; not measured."""

from __future__ import annotations

from tcpexplain.sockets import Rule, freebsd

TITLE = "macOS"
SIGNAL: str | None = "SIGPIPE"

ERRNO: dict[int, str] = freebsd.ERRNO

_RESET = "tcp_input(): a RST in CLOSING and LAST-ACK sets no error; read, not measured"
_POLL = "poll_callback(): EV_EOF is POLLHUP, and POLLHUP keeps POLLOUT away; read, not measured"

ROWS: tuple[Rule, ...] = (
    Rule("read", ("eof", "shut", "error", "unread"), "data", _RESET),
    Rule("read", ("eof", "shut", "error"), "eof", _RESET),
    Rule("so_error", ("eof", "shut", "error"), None, _RESET),
    Rule("POLLHUP", ("eof",), "set", _POLL),
    Rule("POLLHUP", ("dead",), "set", _POLL),
    Rule("POLLOUT", ("eof",), None, _POLL),
    Rule("POLLOUT", ("dead",), None, _POLL),
    *freebsd.ROWS,
)
"""The rest as FreeBSD, whose socket layer it shares."""
