"""Windows, as documented for Winsock and in bug reports (dotnet/runtime 57186, curl 657); not measured.

There is no SIGPIPE, and no EPIPE. The socket's error stays: every later call says it again.
"""

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
from tcpexplain.sockets import ERROR, Row

SIGNAL: str | None = None

ERRNO: dict[int, str] = {
    NO_ERROR: "",
    REFUSED: "WSAECONNREFUSED",
    RESET: "WSAECONNRESET",
    RESET_IN_CLOSE_WAIT: "WSAECONNRESET",
    TIMED_OUT: "WSAETIMEDOUT",
    HOST_UNREACHABLE: "WSAEHOSTUNREACH",
    NET_UNREACHABLE: "WSAENETUNREACH",
    PROTOCOL_UNREACHABLE: "WSAEHOSTUNREACH",
    PORT_UNREACHABLE: "WSAECONNREFUSED",
    SOURCE_ROUTE_FAILED: "WSAEHOSTUNREACH",
    HOST_DOWN: "WSAEHOSTDOWN",
    HOST_ISOLATED: "WSAEHOSTUNREACH",
    PARAMETER_PROBLEM: "WSAEHOSTUNREACH",
}

_RECEIVE = "recv(), Winsock reference; not measured"
_SEND = "send(), Winsock reference; not measured"
_CONNECT = "connect(), Winsock reference; not measured"
_ACCEPT = "accept(), Winsock reference; not measured"
_OPTION = "getsockopt(SO_ERROR), Winsock reference; not measured"
_POLL = "WSAPoll(), Winsock reference; not measured"
_DISCARDED = "a RST discards what had been received (dotnet/runtime 57186); not measured"

ROWS: tuple[Row, ...] = (
    Row("read", ("idle",), "WSAENOTCONN", _RECEIVE),
    Row("read", ("listening",), "WSAENOTCONN", _RECEIVE),
    Row("read", ("failed-connect", "dead"), "WSAENOTCONN", _RECEIVE),
    Row(
        "read",
        ("connected", "timed-out"),
        "WSAECONNABORTED",
        "retransmissions unanswered: WSAECONNABORTED, Winsock reference; not measured",
    ),
    Row("read", ("error",), ERROR, _DISCARDED, takes=False),
    Row("read", ("unread",), "data", _RECEIVE),
    Row("read", ("eof",), "eof", _RECEIVE),
    Row("read", ("dead",), "WSAECONNRESET", _RECEIVE),
    Row("read", ("connecting",), "WSAENOTCONN", _RECEIVE),
    Row("read", (), "blocks", _RECEIVE),
    Row("write", ("idle",), "WSAENOTCONN", _SEND),
    Row("write", ("listening",), "WSAENOTCONN", _SEND),
    Row("write", ("failed-connect", "dead"), "WSAENOTCONN", _SEND),
    Row("write", ("connected", "timed-out"), "WSAECONNABORTED", _SEND),
    Row(
        "write",
        ("reset-in-close-wait",),
        "WSAECONNABORTED",
        "curl 657: a write after the peer has closed; not measured",
        takes=False,
    ),
    Row("write", ("error",), ERROR, _SEND, takes=False),
    Row("write", ("shut",), "WSAESHUTDOWN", _SEND),
    Row("write", ("dead",), "WSAECONNRESET", _SEND),
    Row("write", ("connecting",), "WSAENOTCONN", _SEND),
    Row("write", ("full",), "blocks", _SEND),
    Row("write", (), "ok", _SEND),
    Row("connect", ("connecting",), "blocks", _CONNECT),
    Row("connect", ("idle",), "blocks", _CONNECT),
    Row("connect", ("connected", "failed-connect"), "WSAEISCONN", _CONNECT),
    Row("connect", ("connected",), "ok", _CONNECT),
    Row("connect", ("error",), ERROR, _CONNECT),
    Row("connect", (), "blocks", "connect() may be called again on the same socket, Winsock reference; not measured"),
    Row("accept", ("connected",), "ok", _ACCEPT),
    Row("accept", (), "blocks", _ACCEPT),
    Row("so_error", ("failed-connect", "dead"), None, _OPTION),
    Row("so_error", ("connected", "timed-out"), "WSAECONNABORTED", _OPTION),
    Row("so_error", ("error",), ERROR, _OPTION),
    Row("so_error", (), None, _OPTION),
    Row("POLLIN", ("error",), None, _POLL),
    Row("POLLIN", ("unread",), "set", _POLL),
    Row("POLLIN", ("eof",), "set", _POLL),
    Row("POLLIN", (), None, _POLL),
    Row("POLLOUT", ("dead",), None, _POLL),
    Row("POLLOUT", ("full",), None, _POLL),
    Row("POLLOUT", ("connected",), "set", _POLL),
    Row("POLLOUT", (), None, _POLL),
    Row("POLLRDHUP", (), None, "WSAPoll() knows no POLLRDHUP"),
    Row("POLLERR", ("error",), "set", _POLL),
    Row("POLLERR", (), None, _POLL),
    Row("POLLHUP", ("eof",), "set", _POLL),
    Row("POLLHUP", ("dead", "connected"), "set", _POLL),
    Row("POLLHUP", (), None, _POLL),
)
