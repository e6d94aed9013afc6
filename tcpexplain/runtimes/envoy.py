"""Envoy and Istio's proxy: response flags, details, the body of a 503."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, LOCAL, NOTHING, TIMER, Product, Wording

RESET = "upstream connect error or disconnect/reset before headers. reset reason: "
FLAGGED = r'" \d{3} [A-Z,-]+ '
"""Where the flags of an access log stand: behind the status."""

PRODUCT = Product(
    "envoy",
    "Envoy, Istio",
    "1.x",
    (
        Wording(f"{RESET}connection termination", "read", (EOF, "ECONNRESET"), "client", "FIN or RST of the upstream before the answer's headers.", phase="answer"),
        Wording(f"{RESET}remote connection failure", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"), "client", "delayed connect error: names the errno.", phase="connect"),
        Wording(f"{RESET}connection failure", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"), "client", phase="connect"),
        Wording(f"{RESET}local connection failure", "connect", (LOCAL,), "client", phase="connect"),
        Wording(f"{RESET}remote reset", "read", (ALERT, "ECONNRESET"), "client", "RST_STREAM of the upstream: HTTP/2's, not TCP's.", phase="answer"),
        Wording(f"{RESET}remote refused stream reset", "read", (ALERT,), "client", "HTTP/2's REFUSED_STREAM: safe to send again.", phase="answer"),
        Wording(f"{RESET}local reset", "read", (LOCAL,), "client", "Envoy reset the stream itself.", phase="answer"),
        Wording(f"{RESET}overflow", None, (NOTHING,), "client", "The circuit breaker: nothing was sent."),
        Wording(f"{RESET}protocol error", "read", (ALERT,), "client", "The upstream's bytes could not be parsed.", phase="answer"),
        Wording(f"{RESET}connection timeout", "connect", (TIMER,), "client", "Envoy's own connect_timeout.", phase="connect"),
        Wording("upstream connect error or disconnect/reset before headers", "read", (EOF, "ECONNRESET"), "client", phase="answer"),
        Wording("delayed connect error: 111", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("upstream_reset_before_response_started{connection_termination}", "read", (EOF, "ECONNRESET"), "client", phase="answer"),
        Wording("upstream_reset_before_response_started{<reason>}", "read", (EOF, "ECONNRESET"), "client", phase="answer"),
        Wording("upstream_reset_after_response_started{<reason>}", "read", (EOF, "ECONNRESET"), "client", phase="body"),
        Wording("upstream_response_timeout", "read", (TIMER,), "client", phase="answer"),
        Wording("downstream_remote_disconnect", "read", (EOF, "ECONNRESET"), "server", "Envoy's client closed before the answer was complete."),
        Wording("UC", "read", (EOF, "ECONNRESET"), "client", "Upstream connection termination.", phase="answer", needs=FLAGGED),
        Wording("UF", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", TIMER), "client", "Upstream connection failure.", phase="connect", needs=FLAGGED),
        Wording("UT", "read", (TIMER,), "client", "Upstream request timeout, Envoy's own.", phase="answer", needs=FLAGGED),
        Wording("DC", "read", (EOF, "ECONNRESET"), "server", "Downstream connection termination.", needs=FLAGGED),
        Wording("URX", "connect", ("ECONNREFUSED", EOF, "ECONNRESET", TIMER), "client", "Retries used up: several connections failed.", needs=FLAGGED),
        Wording("UO", None, (NOTHING,), "client", "The circuit breaker: nothing was sent.", needs=FLAGGED),
        Wording("UH", None, (NOTHING,), "client", "No healthy upstream: nothing was sent.", needs=FLAGGED),
        Wording("UR", "read", (ALERT, "ECONNRESET"), "client", "Upstream remote reset.", phase="answer", needs=FLAGGED),
        Wording("LR", "read", (LOCAL,), "client", "Connection local reset.", needs=FLAGGED),
        Wording("DPE", "read", (ALERT,), "server", "The client's bytes could not be parsed.", needs=FLAGGED),
        Wording("UPE", "read", (ALERT,), "client", "The upstream's bytes could not be parsed.", needs=FLAGGED),
        Wording("SI", "read", (TIMER,), "server", "Stream idle timeout, Envoy's own.", needs=FLAGGED),
        Wording("[C<id>] remote close", "read", (EOF,), "own"),
        Wording("remote close", "read", (EOF,), "own", needs=r"\[C\d+\]"),
        Wording("reset reason: connection termination", "read", (EOF, "ECONNRESET"), "client", phase="answer"),
        Wording("reset reason: remote connection failure", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"), "client", phase="connect"),
        Wording("reset reason: connection failure", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"), "client", phase="connect"),
        Wording("remote connection failure", "connect", ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"), "client", phase="connect"),
        Wording("reset reason: remote reset", "read", (ALERT, "ECONNRESET"), "client", "RST_STREAM of the upstream: HTTP/2's, not TCP's.", phase="answer"),
        Wording("reset reason: local reset", "read", (LOCAL,), "client", "Envoy reset the stream itself.", phase="answer"),
        Wording("reset reason: overflow", None, (NOTHING,), "client", "The circuit breaker: nothing was sent."),
        Wording("reset reason: protocol error", "read", (ALERT,), "client", phase="answer"),
        Wording("reset reason: connection timeout", "connect", (TIMER,), "client", "Envoy's own connect_timeout.", phase="connect"),
    ),
    signs=(r"\[C\d+\](?:\[S\d+\])?", r"response_code_details", r'" \d{3} (?:UC|UF|UT|DC|URX|UO|UH|UR|LR|DPE|UPE|SI)\b'),
    fields=(
        r'^\[[^\]]+\] "[^"]*" \d{3} (?P<code>[A-Z]{2,4})(?:,\S+)? .*?(?P<received>\d+) (?P<sent>\d+) (?P<lasted_ms>\d+) \S+ ',
        r'"(?P<upstream>\d+\.\d+\.\d+\.\d+:\d+)" \S+ (?P<upstream_own>\d+\.\d+\.\d+\.\d+:\d+) (?P<server>\d+\.\d+\.\d+\.\d+:\d+) (?P<client>\d+\.\d+\.\d+\.\d+:\d+)',
    ),
    stamp="start",
    traps="The time in brackets is the request's start; DURATION is to be added. UC is FIN or RST: only packets tell. URX and UO stand for several connections or none.",
    sources="Envoy's access log documentation (%RESPONSE_FLAGS%); bodies read in public threads.",
)  # fmt: skip
