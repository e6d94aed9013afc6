""".NET: sockets and HttpClient, on Windows and Linux."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "dotnet",
    ".NET (Sockets, HttpClient)",
    "Framework, 5 and later",
    (
        Wording("An existing connection was forcibly closed by the remote host", "read", ("ECONNRESET",), "own", "WSAECONNRESET (10054) on Windows, read's or write's."),
        Wording("An established connection was aborted by the software in your host machine", "write", (LOCAL,), "own", "WSAECONNABORTED (10053) on Windows: this side gave the connection up."),
        Wording("A connection attempt failed because the connected party did not properly respond after a period of time", "connect", ("ETIMEDOUT",), "client", "WSAETIMEDOUT (10060).", phase="connect"),
        Wording("No connection could be made because the target machine actively refused it", "connect", ("ECONNREFUSED",), "client", "WSAECONNREFUSED (10061).", phase="connect"),
        Wording("Unable to read data from the transport connection: Connection reset by peer.", "read", ("ECONNRESET",), "own"),
        Wording("Unable to read data from the transport connection: Connection timed out.", "read", ("ETIMEDOUT",), "own"),
        Wording("Unable to read data from the transport connection: Operation canceled.", "read", (LOCAL, TIMER), "own"),
        Wording("Unable to read data from the transport connection: <error>", "read", (INNER,), "own"),
        Wording("Unable to write data to the transport connection: Broken pipe.", "write", ("EPIPE",), "own"),
        Wording("Unable to write data to the transport connection: <error>", "write", (INNER,), "own"),
        Wording("The response ended prematurely, with at least <n> additional bytes expected.", "read", (EOF,), "client", phase="body"),
        Wording("The response ended prematurely.", "read", (EOF,), "client", phase="answer"),
        Wording("The response ended prematurely", "read", (EOF,), "client"),
        Wording("Received an unexpected EOF or 0 bytes from the transport stream.", "read", (EOF,), "own", "In the TLS handshake mostly.", phase="handshake"),
        Wording("The request was canceled due to the configured HttpClient.Timeout of <s> seconds elapsing.", "read", (TIMER,), "client", phase="answer"),
        Wording("Connection refused (<host>:<port>)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("System.Net.Sockets.SocketException (104): Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("System.Net.Sockets.SocketException (32): Broken pipe", "write", ("EPIPE",), "own"),
        Wording("System.Net.Sockets.SocketException (111): Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("System.Net.Sockets.SocketException (110): Connection timed out", "connect", ("ETIMEDOUT",), "own"),
        Wording("System.Net.Sockets.SocketException (<n>): <text>", "read", (NAMED,), "own"),
    ),
    signs=(r"\bSystem\.(?:Net|IO)\.", r"\bSocketException \(\d+\)"),
    fields=(
        r"Connection refused \((?P<peer>[\w.-]+:\d+)\)",
        r"\b(?P<peer>\d+\.\d+\.\d+\.\d+:\d+)",
    ),
    traps="10053 is this side's, 10054 the peer's RST, 10060 a timeout.",
    sources="System.Net.Sockets and System.Net.Http resources",
)  # fmt: skip
