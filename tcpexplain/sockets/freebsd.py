"""FreeBSD, as read in 13.0's kern/uipc_socket.c, netinet/tcp_input.c, tcp_usrreq.c and tcp_subr.c; not measured."""

from __future__ import annotations

from tcpexplain.machine.endpoint import (
    HOST_ISOLATED,
    NET_UNREACHABLE,
    PARAMETER_PROBLEM,
    PROTOCOL_UNREACHABLE,
    SOURCE_ROUTE_FAILED,
)
from tcpexplain.sockets import ERROR, Rule, posix

TITLE = "FreeBSD"
SIGNAL: str | None = "SIGPIPE"

ERRNO: dict[int, str] = posix.ERRNO | {
    NET_UNREACHABLE: "EHOSTUNREACH",
    HOST_ISOLATED: "EHOSTUNREACH",
    SOURCE_ROUTE_FAILED: "EHOSTUNREACH",
    PROTOCOL_UNREACHABLE: "ECONNREFUSED",
    PARAMETER_PROBLEM: "ENOPROTOOPT",
}
"""inetctlerrmap[], netinet/tcp_subr.c; a RST is ECONNRESET in every synchronized state, CLOSE-WAIT included."""

_SEND = "sosend_generic(): SBS_CANTSENDMORE is looked at before so_error, which stays; read, not measured"
_RECEIVE = "soreceive_generic(): data, then so_error once, then SBS_CANTRCVMORE; read, not measured"
_POLL = "sopoll_generic(); read, not measured"
_CONNECT = "kern_connectat(), tcp_usr_connect(); read, not measured"

ROWS: tuple[Rule, ...] = (
    Rule("read", ("unread",), "data", _RECEIVE),
    Rule("read", ("error",), ERROR, _RECEIVE),
    Rule("read", ("failed-connect", "dead"), "eof", _RECEIVE),
    Rule("write", ("dead",), "EPIPE", _SEND),
    Rule("write", ("shut",), "EPIPE", _SEND),
    Rule("write", ("idle",), "ENOTCONN", _SEND),
    Rule("write", ("listening",), "ENOTCONN", _SEND),
    Rule("write", ("connecting",), "ENOTCONN", _SEND),
    Rule("connect", ("error",), ERROR, _CONNECT),
    Rule("connect", ("failed-connect", "dead"), "EINVAL", _CONNECT),
    Rule("accept", ("connected", "dead", "error"), "ECONNABORTED", "tcp_usr_accept(); read, not measured"),
    Rule("so_error", ("failed-connect", "dead"), None, "sogetopt(): connect() took it; read, not measured"),
    Rule("POLLIN", ("error",), "set", _POLL),
    Rule("POLLOUT", ("shut",), "set", _POLL),
    Rule("POLLERR", (), None, _POLL),
    Rule("POLLHUP", ("eof", "shut"), "set", _POLL),
    *posix.ROWS,
)
