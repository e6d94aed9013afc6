"""Apache httpd as a reverse proxy."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, INNER, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "httpd",
    "Apache httpd",
    "2.4",
    (
        Wording("(20014)<text>AH01102: error reading status line from remote server <peer>", "read", (EOF,), "client", "The backend closed before the status line.", phase="answer"),
        Wording("(70007)The timeout specified has expired: <text>AH01102: error reading status line from remote server <peer>", "read", (TIMER,), "client", "ProxyTimeout, httpd's own.", phase="answer"),
        Wording("AH01102: error reading status line from remote server <peer>", "read", (NAMED, EOF), "client", "The number in parentheses decides: 104 RST, 20014 EOF, 70007 a timer.", phase="answer"),
        Wording("AH01110: Network error reading response", "read", (NAMED, EOF), "client", phase="body"),
        Wording("AH00957: <scheme>: attempt to connect to <peer> (<host>) failed", "connect", ("ECONNREFUSED", NAMED), "client", phase="connect"),
        Wording("AH01114: HTTP: failed to make connection to backend: <host>", "connect", (NAMED, "ECONNREFUSED"), "client", "The line before it names the errno.", phase="connect"),
        Wording("AH01084: pass request body failed to <peer> (<host>)", "write", ("EPIPE", NAMED), "client", phase="request"),
        Wording("AH01097: pass request body failed to <peer> (<host>) from <client>", "write", ("EPIPE", NAMED), "client", phase="request"),
        Wording("AH01075: Error dispatching request to <host>", "read", (NAMED, EOF), "client", phase="answer"),
        Wording("AH01068: Got bogus version <n>", "read", (ALERT,), "client", "The backend does not speak FastCGI on this port.", phase="answer"),
        Wording("AH01067: Failed to read FastCGI header", "read", (EOF, NAMED), "client", phase="answer"),
        Wording("AH01095: prefetch request body failed to <peer>", "read", (INNER, EOF), "server", phase="request"),
        Wording("AH00898: Error reading from remote server", "read", (EOF, NAMED), "client", phase="answer"),
        Wording("AH01030: ajp_ilink_receive() can't receive header", "read", (NAMED, EOF), "client", phase="answer"),
        Wording("(70007)The timeout specified has expired", "read", (TIMER,), "own", "A Timeout of httpd's own."),
        Wording("AH01097: pass request body failed to", "write", ("EPIPE", NAMED), "client", phase="request"),
        Wording("AH01084: pass request body failed to", "write", ("EPIPE", NAMED), "client", phase="request"),
    ),
    signs=(r"\bAH\d{5}:", r"\[(?:proxy|core|mpm_\w+|ssl|proxy_\w+):\w+\] \[pid \d+"),
    fields=(
        r"\[(?:remote|client) (?P<client>\[?[0-9a-fA-F:.]+\]?:\d+)\]",
        r"attempt to connect to (?P<upstream>\S+?:\d+) ",
        r"(?:from remote server|to backend:|dispatching request to|body failed to) (?P<upstream>[\w.:\[\]-]+?)[ :]*(?:$|[ ,(\]])",
    ),
    traps="(20014) is end of file, (70007) httpd's own timer; an errno in parentheses is the call's.",
    sources="modules/proxy/mod_proxy_http.c, proxy_util.c, mod_proxy_fcgi.c; calls measured with strace.",
)  # fmt: skip
