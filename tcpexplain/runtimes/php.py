"""PHP: streams, fsockopen, the curl extension."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "php",
    "PHP",
    "5 to 8",
    (
        Wording("fwrite(): Send of <n> bytes failed with errno=32 Broken pipe", "write", ("EPIPE",), "own"),
        Wording("fwrite(): send of <n> bytes failed with errno=32 Broken pipe", "write", ("EPIPE",), "own"),
        Wording("fwrite(): Send of <n> bytes failed with errno=104 Connection reset by peer", "write", ("ECONNRESET",), "own"),
        Wording("Send of <n> bytes failed with errno=<n> <text>", "write", (NAMED,), "own"),
        Wording("fread(): read of <n> bytes failed with errno=104 Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("fgets(): read of <n> bytes failed with errno=104 Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("read of <n> bytes failed with errno=<n> <text>", "read", (NAMED,), "own"),
        Wording("failed to open stream: HTTP request failed!", "read", (EOF, "ECONNRESET", TIMER), "client", phase="answer"),
        Wording("Failed to open stream: HTTP request failed!", "read", (EOF, "ECONNRESET", TIMER), "client", phase="answer"),
        Wording("failed to open stream: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("fsockopen(): Unable to connect to <peer> (Connection refused)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("stream_socket_client(): Unable to connect to <peer> (Connection refused)", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("Unable to connect to <peer> (Connection timed out)", "connect", (TIMER,), "client", "The function's own timeout.", phase="connect"),
        Wording("Unable to connect to <peer> (<text>)", "connect", (INNER,), "client", phase="connect"),
        Wording("socket_read(): unable to read from socket [104]: Connection reset by peer", "read", ("ECONNRESET",), "own"),
        Wording("socket_write(): unable to write to socket [32]: Broken pipe", "write", ("EPIPE",), "own"),
        Wording("SQLSTATE[HY000] [2002] Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
    ),
    signs=(r"^(?:\[[^\]]+\] )?PHP (?:Warning|Notice|Fatal error):", r"\bin /\S+\.php(?: on line |:)\d+"),
    fields=(
        r"Unable to connect to (?:\w+://)?(?P<peer>[\w.-]+:\d+)",
    ),
    sources="main/streams/xp_socket.c; calls measured with strace.",
)  # fmt: skip
