"""Apache HttpClient."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NOTHING, TIMER, Product, Wording

PRODUCT = Product(
    "apache_httpclient",
    "Apache HttpClient",
    "4 and 5",
    (
        Wording("org.apache.http.NoHttpResponseException: <host>:<port> failed to respond", "read", (EOF,), "client", "On a connection of the pool mostly one that the server had closed while idle.", phase="answer"),
        Wording("NoHttpResponseException: <host>:<port> failed to respond", "read", (EOF,), "client", phase="answer"),
        Wording("The target server failed to respond", "read", (EOF,), "client", phase="answer"),
        Wording("failed to respond", "read", (EOF,), "client", phase="answer"),
        Wording("ConnectionClosedException: Premature end of Content-Length delimited message body (expected: <n>; received: <n>)", "read", (EOF,), "client", phase="body"),
        Wording("Premature end of Content-Length delimited message body", "read", (EOF,), "client", phase="body"),
        Wording("Premature end of chunk coded message body: closing chunk expected", "read", (EOF,), "client", phase="body"),
        Wording("ConnectTimeoutException: Connect to <host> failed: <text>", "connect", (TIMER,), "client", phase="connect"),
        Wording("HttpHostConnectException: Connect to <host> failed: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("HttpHostConnectException: Connect to <host> failed: <text>", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("ConnectionPoolTimeoutException: Timeout waiting for connection from pool", None, (NOTHING,), "client", "No connection became free: nothing was sent."),
    ),
    signs=(r"\borg\.apache\.(?:http|hc)\.",),
    fields=(
        r"NoHttpResponseException: (?P<peer>[\w.-]+:\d+) failed",
        r"Connect to (?:https?://)?(?P<peer>[\w.-]+:\d+)",
        r"received: (?P<received>[\d,]+)\)",
    ),
    sources="DefaultBHttpClientConnection.java, ContentLengthInputStream.java",
)  # fmt: skip
