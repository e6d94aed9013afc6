"""requests and urllib3."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "requests",
    "requests, urllib3",
    "requests 2, urllib3 1 and 2",
    (
        Wording("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))", "read", (EOF,), "client", "On a connection of the pool mostly one that the server had closed while idle.", phase="answer"),
        Wording("('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))", "read", ("ECONNRESET",), "client", phase="answer"),
        Wording("('Connection aborted.', BrokenPipeError(32, 'Broken pipe'))", "write", ("EPIPE",), "client", phase="request"),
        Wording("BrokenPipeError(32, 'Broken pipe')", "write", ("EPIPE",), "client", phase="request"),
        Wording("ConnectionResetError(104, 'Connection reset by peer')", "read", ("ECONNRESET",), "client"),
        Wording("('Connection aborted.', <error>)", "read", (INNER,), "client"),
        Wording("Connection broken: IncompleteRead(<n> bytes read, <n> more expected)", "read", (EOF,), "client", phase="body"),
        Wording("('Connection broken: IncompleteRead(<n> bytes read, <n> more expected)'", "read", (EOF,), "client", phase="body"),
        Wording("IncompleteRead(<n> bytes read, <n> more expected)", "read", (EOF,), "client", phase="body"),
        Wording("Connection broken: <error>", "read", (INNER,), "client", phase="body"),
        Wording("Response ended prematurely", "read", (EOF,), "client", phase="body"),
        Wording("Retrying (Retry(total=<n>, <text>)) after connection broken by '<error>': <path>", None, (INNER,), "client", "One line for each try."),
        Wording("HTTPConnectionPool(host='<host>', port=<port>): Read timed out. (read timeout=<s>)", "read", (TIMER,), "client", phase="answer"),
        Wording("HTTPSConnectionPool(host='<host>', port=<port>): Read timed out. (read timeout=<s>)", "read", (TIMER,), "client", phase="answer"),
        Wording("Read timed out. (read timeout=<s>)", "read", (TIMER,), "client", phase="answer"),
        Wording("Read timed out.", "read", (TIMER,), "client"),
        Wording("Connection to <host> timed out. (connect timeout=<s>)", "connect", (TIMER,), "client", phase="connect"),
        Wording("Failed to establish a new connection: [Errno 111] Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Failed to establish a new connection: [Errno <n>] <text>", "connect", (NAMED,), "client", phase="connect"),
        Wording("Failed to establish a new connection: <error>", "connect", (INNER,), "client", phase="connect"),
    ),
    signs=(r"HTTPS?ConnectionPool\(host=", r"\burllib3\b", r"\brequests\.exceptions\b", r"'Connection aborted\.'"),
    fields=(
        r"HTTPS?ConnectionPool\(host='(?P<peer>[^']+)', port=(?P<peer_port>\d+)\)",
        r"Connection to (?P<peer>[\w.:-]+) timed out",
        r"\((?:read|connect) timeout=(?P<silent>[\d.]+)\)",
        r"IncompleteRead\((?P<received>\d+) bytes read",
    ),
    traps="One line for each try of a Retry; the last one is raised.",
    sources="urllib3/connectionpool.py, response.py, Lib/http/client.py; calls measured with strace.",
)  # fmt: skip
