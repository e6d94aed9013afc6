"""Java: blocking sockets, NIO, HttpURLConnection, HttpClient."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "java",
    "Java (Socket, NIO, HttpClient)",
    "8 and later",
    (
        Wording("java.net.SocketException: Connection reset", "read", ("ECONNRESET",), "own", "Later reads repeat it, with or without another RST."),
        Wording("java.net.SocketException: Broken pipe (Write failed)", "write", ("EPIPE",), "own", versions="to 12"),
        Wording("java.net.SocketException: Broken pipe", "write", ("EPIPE",), "own", versions="13 and later"),
        Wording("java.net.SocketException: Connection reset by peer (Write failed)", "write", ("ECONNRESET",), "own", versions="to 12"),
        Wording("java.net.SocketException: Connection reset by peer", "write", ("ECONNRESET",), "own", versions="13 and later"),
        Wording("java.io.IOException: Broken pipe", "write", ("EPIPE",), "own", "NIO."),
        Wording("java.io.IOException: Connection reset by peer", "read", ("ECONNRESET",), "own", "NIO: read or write."),
        Wording("java.io.IOException: Connection reset", "read", ("ECONNRESET",), "own"),
        Wording("java.net.SocketTimeoutException: Read timed out", "read", (TIMER,), "own"),
        Wording("java.net.SocketTimeoutException: Connect timed out", "connect", (TIMER,), "client", phase="connect"),
        Wording("java.net.SocketTimeoutException: connect timed out", "connect", (TIMER,), "client", phase="connect"),
        Wording("java.net.ConnectException: Connection refused (Connection refused)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("java.net.ConnectException: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("java.net.ConnectException: Connection timed out", "connect", ("ETIMEDOUT",), "client", phase="connect"),
        Wording("java.net.SocketException: Connection timed out", "read", ("ETIMEDOUT",), "own"),
        Wording("java.net.NoRouteToHostException: No route to host", "connect", ("EHOSTUNREACH",), "client", phase="connect"),
        Wording("java.net.SocketException: Unexpected end of file from server", "read", (EOF,), "client", phase="answer"),
        Wording("java.io.IOException: HTTP/1.1 header parser received no bytes", "read", (EOF, "ECONNRESET"), "client", "FIN or RST: only packets tell.", phase="answer"),
        Wording("HTTP/1.1 header parser received no bytes", "read", (EOF, "ECONNRESET"), "client", "FIN or RST: only packets tell.", phase="answer"),
        Wording("java.io.IOException: fixed content-length: <n>, bytes received: <n>", "read", (EOF,), "client", phase="body"),
        Wording("java.io.IOException: Premature EOF", "read", (EOF,), "client", phase="body"),
        Wording("java.io.IOException: closed", "read", (EOF, LOCAL), "own"),
        Wording("java.io.EOFException: EOF reached while reading", "read", (EOF,), "client", phase="answer"),
        Wording("java.io.EOFException", "read", (EOF,), "own"),
        Wording("java.net.http.HttpTimeoutException: request timed out", "read", (TIMER,), "client", phase="answer"),
        Wording("java.net.http.HttpConnectTimeoutException: HTTP connect timed out", "connect", (TIMER,), "client", phase="connect"),
        Wording("java.net.SocketException: Socket closed", "read", (LOCAL,), "own"),
        Wording("java.nio.channels.ClosedChannelException", "write", (LOCAL,), "own"),
        Wording("java.nio.channels.AsynchronousCloseException", "read", (LOCAL,), "own"),
        Wording("javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake", "read", (EOF,), "own", phase="handshake"),
        Wording("javax.net.ssl.SSLHandshakeException: Received fatal alert: <alert>", "read", (ALERT,), "own", phase="handshake"),
        Wording("java.net.SocketException: Software caused connection abort", "write", (LOCAL,), "own", "Windows."),
    ),
    signs=(r"\bjavax?\.(?:net|io|nio)\.", r"^\s+at [\w.$]+\([\w.$]+\.java:\d+\)", r"\bCaused by: "),
    fields=(
        r"(?:Connect(?:ion)? to|connect to) (?P<peer>[\w.-]+:\d+)",
        r"fixed content-length: \d+, bytes received: (?P<received>\d+)",
    ),
    traps="The exception has no address. SocketException: Connection reset is read's; NIO's IOException is either's.",
    sources="java.base: NioSocketImpl, Net.c, sun.net.www.http.HttpClient, jdk.internal.net.http; calls measured with strace.",
)  # fmt: skip
