"""MySQL's clients: C, PyMySQL, mysqljs, Connector/J, go-sql-driver."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "mysql_client",
    "MySQL clients",
    "all",
    (
        Wording("2006 MySQL server has gone away", "write", ("EPIPE", EOF, "ECONNRESET"), "client", "A write failed, or the connection was known to be gone."),
        Wording("(2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")", "write", ("EPIPE",), "client"),
        Wording("(2006, \"MySQL server has gone away (ConnectionResetError(104, 'Connection reset by peer'))\")", "write", ("ECONNRESET",), "client"),
        Wording("MySQL server has gone away", "write", ("EPIPE", EOF, "ECONNRESET"), "client", "A write failed, or the connection was known to be gone."),
        Wording("2013 Lost connection to MySQL server during query ([Errno 104] Connection reset by peer)", "read", ("ECONNRESET",), "client"),
        Wording("2013 Lost connection to MySQL server during query", "read", (EOF, "ECONNRESET"), "client"),
        Wording("Lost connection to MySQL server during query ([Errno 104] Connection reset by peer)", "read", ("ECONNRESET",), "client"),
        Wording("Lost connection to MySQL server during query (timed out)", "read", (TIMER,), "client"),
        Wording("Lost connection to MySQL server during query ([Errno <n>] <text>)", "read", (NAMED,), "client"),
        Wording("Lost connection to MySQL server during query", "read", (EOF, "ECONNRESET"), "client"),
        Wording("Lost connection to MySQL server at '<what>', system error: <n>", "read", (NAMED, EOF), "client", phase="handshake"),
        Wording("Lost connection to server during query", "read", (EOF, "ECONNRESET"), "client"),
        Wording("Can't connect to MySQL server on '<host>' ([Errno 111] Connection refused)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Can't connect to MySQL server on '<host>' (timed out)", "connect", (TIMER,), "client", phase="connect"),
        Wording("Can't connect to MySQL server on '<host>' (<n>)", "connect", (NAMED,), "client", phase="connect"),
        Wording("Can't connect to server on '<host>' (<n>)", "connect", (NAMED,), "client", phase="connect"),
        Wording("Can't connect to MySQL server on '<host>'", "connect", (INNER, "ECONNREFUSED"), "client", phase="connect"),
        Wording("4031 The client was disconnected by the server because of inactivity", "read", (EOF,), "client", "The server's message was read, then EOF.", versions="8.0.24 and later", phase="idle"),
        Wording("The client was disconnected by the server because of inactivity", "read", (EOF,), "client", "The server's message was read, then EOF.", phase="idle"),
        Wording("Communications link failure", "read", (INNER, EOF, "EPIPE", "ECONNRESET", TIMER), "client", "Connector/J: the cause below it decides; its milliseconds are the silence, exactly."),
        Wording("The last packet successfully received from the server was <n> milliseconds ago", "read", (INNER, EOF, "EPIPE", "ECONNRESET", TIMER), "client", "Connector/J: the milliseconds are the silence, exactly."),
        Wording("Can not read response from server. Expected to read <n> bytes, read <n> bytes before connection was unexpectedly lost.", "read", (EOF,), "client"),
        Wording("packets.go:<n>: unexpected EOF", "read", (EOF,), "client", "go-sql-driver."),
        Wording("packets.go:<n>: <error>", "read", (INNER,), "client", "go-sql-driver."),
        Wording("closing bad idle connection: EOF", "read", (EOF,), "client", "go-sql-driver: noticed before the connection was used.", phase="idle"),
        Wording("closing bad idle connection: <error>", "read", (INNER,), "client", "go-sql-driver: noticed before the connection was used.", phase="idle"),
        Wording("invalid connection", "read", (EOF,), "client", "go-sql-driver: it follows another line.", needs=r"invalid connection\W*$|mysql"),
        Wording("driver: bad connection", "read", (EOF,), "client", "database/sql: it follows another line."),
        Wording("Connection lost: The server closed the connection.", "read", (EOF,), "client", "mysqljs."),
        Wording("PROTOCOL_CONNECTION_LOST", "read", (EOF,), "client", "mysqljs."),
        Wording("Cannot enqueue Query after fatal error", "write", (LOCAL,), "client", "mysqljs: an earlier line says what happened."),
    ),
    signs=(r"\[mysql\]", r"\bpymysql\b", r"\bcom\.mysql\.", r"\bERROR 20(?:06|13)\b"),
    fields=(
        r"milliseconds ago\. +The last packet sent successfully",
        r"successfully received from the server was (?P<silent_ms>[\d,]+) milliseconds ago",
        r"connect to (?:MySQL )?server on '(?P<peer>[\w.-]+?)(?::(?P<peer_port>\d+))?'",
    ),
    traps="2006 and 2013 name no errno: offer all, and let the packets choose.",
    sources="PyMySQL connections.py, mysqljs Protocol.js, go-sql-driver packets.go and connection.go; calls measured with strace.",
)  # fmt: skip
