"""What POSIX.1-2024 (XSH 2.10, read, send, connect, accept, poll) leaves no system a choice about."""

from __future__ import annotations

from tcpexplain.machine.endpoint import (
    HOST_DOWN,
    HOST_ISOLATED,
    HOST_UNREACHABLE,
    NET_UNREACHABLE,
    NO_ERROR,
    PARAMETER_PROBLEM,
    PORT_UNREACHABLE,
    PROTOCOL_UNREACHABLE,
    REFUSED,
    RESET,
    RESET_IN_CLOSE_WAIT,
    SOURCE_ROUTE_FAILED,
    TIMED_OUT,
)
from tcpexplain.sockets import ERROR, SOFT, Rule

TITLE = "POSIX"
SIGNAL: str | None = "SIGPIPE"

ERRNO: dict[int, str] = {
    NO_ERROR: "",
    REFUSED: "ECONNREFUSED",
    RESET: "ECONNRESET",
    RESET_IN_CLOSE_WAIT: "ECONNRESET",
    TIMED_OUT: "ETIMEDOUT",
    HOST_UNREACHABLE: "EHOSTUNREACH",
    NET_UNREACHABLE: "ENETUNREACH",
    PROTOCOL_UNREACHABLE: "ENOPROTOOPT",
    PORT_UNREACHABLE: "ECONNREFUSED",
    SOURCE_ROUTE_FAILED: "EOPNOTSUPP",
    HOST_DOWN: "EHOSTDOWN",
    HOST_ISOLATED: "ENONET",
    PARAMETER_PROBLEM: "EPROTO",
}

_READ, _SEND, _POLL = "POSIX read()", "POSIX send()", "POSIX poll()"

ROWS: tuple[Rule, ...] = (
    Rule("read", ("idle",), "ENOTCONN", _READ),
    Rule("read", ("listening",), "ENOTCONN", _READ),
    Rule("read", ("unread",), "data", _READ),
    Rule("read", ("eof",), "eof", _READ),
    Rule("read", ("error",), ERROR, _READ),
    Rule("read", ("failed-connect", "dead"), "ENOTCONN", _READ),
    Rule("read", ("dead",), "eof", _READ),
    Rule("read", (), "blocks", _READ),
    Rule("write", ("idle",), "EPIPE", _SEND),
    Rule("write", ("listening",), "EPIPE", _SEND),
    Rule("write", ("error",), ERROR, _SEND),
    Rule("write", ("connecting",), "blocks", _SEND),
    Rule("write", ("dead",), "EPIPE", _SEND),
    Rule("write", ("shut",), "EPIPE", _SEND),
    Rule("write", ("full",), "blocks", _SEND),
    Rule("write", (), "ok", _SEND),
    Rule("connect", ("connecting",), "blocks", "POSIX connect()"),
    Rule("connect", ("idle",), "blocks", "POSIX connect()"),
    Rule("connect", ("connected", "failed-connect"), "EISCONN", "POSIX connect()"),
    Rule("connect", ("connected",), "ok", "POSIX connect()"),
    Rule("connect", ("error",), ERROR, "POSIX connect()"),
    Rule("connect", ("failed-connect",), "blocks", "POSIX connect(): the socket may try again"),
    Rule("connect", (), "ECONNABORTED", "POSIX connect()"),
    Rule("accept", ("connected",), "ok", "POSIX accept()"),
    Rule("accept", (), "blocks", "POSIX accept()"),
    Rule("so_error", ("error",), ERROR, "POSIX getsockopt()"),
    Rule("so_error", (), None, "POSIX getsockopt()"),
    Rule("POLLIN", ("unread",), "set", _POLL),
    Rule("POLLIN", ("eof",), "set", _POLL),
    Rule("POLLIN", ("dead",), "set", _POLL),
    Rule("POLLIN", (), None, _POLL),
    Rule("POLLOUT", ("dead",), "set", _POLL),
    Rule("POLLOUT", ("full",), None, _POLL),
    Rule("POLLOUT", ("connected",), "set", _POLL),
    Rule("POLLOUT", (), None, _POLL),
    Rule("POLLRDHUP", (), None, _POLL),
    Rule("POLLERR", ("error",), "set", _POLL),
    Rule("POLLERR", (), None, _POLL),
    Rule("POLLHUP", ("dead",), "set", _POLL),
    Rule("POLLHUP", (), None, _POLL),
)

__all__ = ["ERRNO", "ERROR", "ROWS", "SIGNAL", "SOFT"]
