"""undici, Node's fetch."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, TIMER, Product, Wording

PRODUCT = Product(
    "undici",
    "undici, fetch of Node.js",
    "5 to 7",
    (
        Wording("SocketError: other side closed", "read", (EOF,), "client", "FIN of the server: the counts of bytes beside it identify the connection."),
        Wording("other side closed", "read", (EOF,), "client", "FIN of the server."),
        Wording("TypeError: fetch failed", "read", (INNER, EOF, "ECONNRESET"), "client", "The cause below it decides."),
        Wording("fetch failed", "read", (INNER, EOF, "ECONNRESET"), "client", "The cause below it decides."),
        Wording("TypeError: terminated", "read", (EOF, "ECONNRESET"), "client", "The connection ended inside the body.", phase="body"),
        Wording("UND_ERR_SOCKET", "read", (EOF,), "client"),
        Wording("UND_ERR_HEADERS_TIMEOUT", "read", (TIMER,), "client", phase="answer"),
        Wording("UND_ERR_BODY_TIMEOUT", "read", (TIMER,), "client", phase="body"),
        Wording("UND_ERR_CONNECT_TIMEOUT", "connect", (TIMER,), "client", phase="connect"),
        Wording("HeadersTimeoutError: Headers Timeout Error", "read", (TIMER,), "client", phase="answer"),
        Wording("BodyTimeoutError: Body Timeout Error", "read", (TIMER,), "client", phase="body"),
        Wording("ConnectTimeoutError: Connect Timeout Error", "connect", (TIMER,), "client", phase="connect"),
    ),
    signs=(r"\bundici\b", r"\bUND_ERR_\w+"),
    fields=(
        r"localAddress: '(?P<own>[^']+)',\s*localPort: (?P<own_port>\d+)",
        r"remoteAddress: '(?P<peer>[^']+)',\s*remotePort: (?P<peer_port>\d+)",
        r"bytesWritten: (?P<sent>\d+),\s*bytesRead: (?P<received>\d+)",
        r"attempted address(?:es)?: (?P<peer>[\w.-]+:\d+)",
    ),
    sources="lib/dispatcher/client-h1.js, lib/core/errors.js, lib/web/fetch/index.js; calls measured with strace.",
)  # fmt: skip
