"""Redis' clients: redis-py, hiredis, go-redis, Jedis, Lettuce."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NAMED, NOTHING, TIMER, Product, Wording

PRODUCT = Product(
    "redis_client",
    "Redis clients",
    "all",
    (
        Wording("Connection closed by server.", "read", (EOF,), "client"),
        Wording("Error while reading from socket: (104, 'Connection reset by peer')", "read", ("ECONNRESET",), "client"),
        Wording("Error while reading from <host>:<port> : (104, 'Connection reset by peer')", "read", ("ECONNRESET",), "client"),
        Wording("Error while reading from <host>:<port> : (<n>, '<text>')", "read", (NAMED,), "client"),
        Wording("Error while reading from socket: (<n>, '<text>')", "read", (NAMED,), "client"),
        Wording("Error while reading from socket: <error>", "read", (INNER,), "client"),
        Wording("Error 32 while writing to socket. Broken pipe.", "write", ("EPIPE",), "client"),
        Wording("Error <n> while writing to socket. <text>.", "write", (NAMED,), "client"),
        Wording("Timeout reading from socket", "read", (TIMER,), "client"),
        Wording("Timeout reading from <peer>", "read", (TIMER,), "client"),
        Wording("Timeout writing to socket", "write", (TIMER,), "client"),
        Wording("Error 111 connecting to <host>:<port>. Connection refused.", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Error <n> connecting to <host>:<port>. <text>.", "connect", (NAMED,), "client", phase="connect"),
        Wording("Timeout connecting to server", "connect", (TIMER,), "client", phase="connect"),
        Wording("Error: Server closed the connection", "read", (EOF,), "client"),
        Wording("Server closed the connection", "read", (EOF,), "client", "hiredis, redis-cli."),
        Wording("Error: Connection reset by peer", "read", ("ECONNRESET",), "client", needs=r"^Error: "),
        Wording("Error: Broken pipe", "write", ("EPIPE",), "client", needs=r"^Error: "),
        Wording("Could not connect to Redis at <host>:<port>: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Could not connect to Redis at <host>:<port>: <errno>", "connect", (NAMED,), "client", phase="connect"),
        Wording("redis: connection pool timeout", None, (NOTHING,), "client", "go-redis: no connection became free; nothing was sent."),
        Wording("JedisConnectionException: Unexpected end of stream.", "read", (EOF,), "client"),
        Wording("Unexpected end of stream.", "read", (EOF,), "client"),
        Wording("RedisCommandTimeoutException: Command timed out after <text>", "read", (TIMER,), "client"),
        Wording("Connection reset by peer", "read", ("ECONNRESET",), "client", needs=r"\bredis\b|Lettuce|Jedis"),
    ),
    signs=(r"\bredis\.exceptions\.", r"\bredis: ", r"\bJedis\w*Exception\b", r"\bio\.lettuce\."),
    fields=(
        r"reading from (?P<peer>[\w.-]+:\d+) :",
        r"connecting to (?P<peer>[\w.-]+:\d+)\.",
        r"connect to Redis at (?P<peer>[\w.-]+:\d+):",
    ),
    sources="redis-py _parsers and connection.py, hiredis net.c, go-redis internal/pool; calls measured with strace.",
)  # fmt: skip
