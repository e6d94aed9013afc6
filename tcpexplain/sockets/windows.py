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
from tcpexplain.sockets import ERROR, Rule

TITLE = "Windows"
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

ROWS: tuple[Rule, ...] = (
    Rule("read", ("idle",), "WSAENOTCONN", _RECEIVE),
    Rule("read", ("listening",), "WSAENOTCONN", _RECEIVE),
    Rule("read", ("failed-connect", "dead"), "WSAENOTCONN", _RECEIVE),
    Rule(
        "read",
        ("connected", "timed-out"),
        "WSAECONNABORTED",
        "retransmissions unanswered: WSAECONNABORTED, Winsock reference; not measured",
    ),
    Rule("read", ("error",), ERROR, _DISCARDED, takes=False),
    Rule("read", ("unread",), "data", _RECEIVE),
    Rule("read", ("eof",), "eof", _RECEIVE),
    Rule("read", ("dead",), "WSAECONNRESET", _RECEIVE),
    Rule("read", ("connecting",), "WSAENOTCONN", _RECEIVE),
    Rule("read", (), "blocks", _RECEIVE),
    Rule("write", ("idle",), "WSAENOTCONN", _SEND),
    Rule("write", ("listening",), "WSAENOTCONN", _SEND),
    Rule("write", ("failed-connect", "dead"), "WSAENOTCONN", _SEND),
    Rule("write", ("connected", "timed-out"), "WSAECONNABORTED", _SEND),
    Rule(
        "write",
        ("reset-in-close-wait",),
        "WSAECONNABORTED",
        "curl 657: a write after the peer has closed; not measured",
        takes=False,
    ),
    Rule("write", ("error",), ERROR, _SEND, takes=False),
    Rule("write", ("shut",), "WSAESHUTDOWN", _SEND),
    Rule("write", ("dead",), "WSAECONNRESET", _SEND),
    Rule("write", ("connecting",), "WSAENOTCONN", _SEND),
    Rule("write", ("full",), "blocks", _SEND),
    Rule("write", (), "ok", _SEND),
    Rule("connect", ("connecting",), "blocks", _CONNECT),
    Rule("connect", ("idle",), "blocks", _CONNECT),
    Rule("connect", ("connected", "failed-connect"), "WSAEISCONN", _CONNECT),
    Rule("connect", ("connected",), "ok", _CONNECT),
    Rule("connect", ("error",), ERROR, _CONNECT),
    Rule("connect", (), "blocks", "connect() may be called again on the same socket, Winsock reference; not measured"),
    Rule("accept", ("connected",), "ok", _ACCEPT),
    Rule("accept", (), "blocks", _ACCEPT),
    Rule("so_error", ("failed-connect", "dead"), None, _OPTION),
    Rule("so_error", ("connected", "timed-out"), "WSAECONNABORTED", _OPTION),
    Rule("so_error", ("error",), ERROR, _OPTION),
    Rule("so_error", (), None, _OPTION),
    Rule("POLLIN", ("error",), None, _POLL),
    Rule("POLLIN", ("unread",), "set", _POLL),
    Rule("POLLIN", ("eof",), "set", _POLL),
    Rule("POLLIN", (), None, _POLL),
    Rule("POLLOUT", ("dead",), None, _POLL),
    Rule("POLLOUT", ("full",), None, _POLL),
    Rule("POLLOUT", ("connected",), "set", _POLL),
    Rule("POLLOUT", (), None, _POLL),
    Rule("POLLRDHUP", (), None, "WSAPoll() knows no POLLRDHUP"),
    Rule("POLLERR", ("error",), "set", _POLL),
    Rule("POLLERR", (), None, _POLL),
    Rule("POLLHUP", ("eof",), "set", _POLL),
    Rule("POLLHUP", ("dead", "connected"), "set", _POLL),
    Rule("POLLHUP", (), None, _POLL),
)
