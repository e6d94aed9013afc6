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
from tcpexplain.sockets import ERROR, SOFT, Row

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

ROWS: tuple[Row, ...] = (
    Row("read", ("idle",), "ENOTCONN", _READ),
    Row("read", ("listening",), "ENOTCONN", _READ),
    Row("read", ("unread",), "data", _READ),
    Row("read", ("eof",), "eof", _READ),
    Row("read", ("error",), ERROR, _READ),
    Row("read", ("failed-connect", "dead"), "ENOTCONN", _READ),
    Row("read", ("dead",), "eof", _READ),
    Row("read", (), "blocks", _READ),
    Row("write", ("idle",), "EPIPE", _SEND),
    Row("write", ("listening",), "EPIPE", _SEND),
    Row("write", ("error",), ERROR, _SEND),
    Row("write", ("connecting",), "blocks", _SEND),
    Row("write", ("dead",), "EPIPE", _SEND),
    Row("write", ("shut",), "EPIPE", _SEND),
    Row("write", ("full",), "blocks", _SEND),
    Row("write", (), "ok", _SEND),
    Row("connect", ("connecting",), "blocks", "POSIX connect()"),
    Row("connect", ("idle",), "blocks", "POSIX connect()"),
    Row("connect", ("connected", "failed-connect"), "EISCONN", "POSIX connect()"),
    Row("connect", ("connected",), "ok", "POSIX connect()"),
    Row("connect", ("error",), ERROR, "POSIX connect()"),
    Row("connect", ("failed-connect",), "blocks", "POSIX connect(): the socket may try again"),
    Row("connect", (), "ECONNABORTED", "POSIX connect()"),
    Row("accept", ("connected",), "ok", "POSIX accept()"),
    Row("accept", (), "blocks", "POSIX accept()"),
    Row("so_error", ("error",), ERROR, "POSIX getsockopt()"),
    Row("so_error", (), None, "POSIX getsockopt()"),
    Row("POLLIN", ("unread",), "set", _POLL),
    Row("POLLIN", ("eof",), "set", _POLL),
    Row("POLLIN", ("dead",), "set", _POLL),
    Row("POLLIN", (), None, _POLL),
    Row("POLLOUT", ("dead",), "set", _POLL),
    Row("POLLOUT", ("full",), None, _POLL),
    Row("POLLOUT", ("connected",), "set", _POLL),
    Row("POLLOUT", (), None, _POLL),
    Row("POLLRDHUP", (), None, _POLL),
    Row("POLLERR", ("error",), "set", _POLL),
    Row("POLLERR", (), None, _POLL),
    Row("POLLHUP", ("dead",), "set", _POLL),
    Row("POLLHUP", (), None, _POLL),
)

__all__ = ["ERRNO", "ERROR", "ROWS", "SIGNAL", "SOFT"]
