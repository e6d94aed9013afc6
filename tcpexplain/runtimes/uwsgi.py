"""uWSGI."""

from __future__ import annotations

from tcpexplain.runtimes import NAMED, Product, Wording

PRODUCT = Product(
    "uwsgi",
    "uWSGI",
    "2.x",
    (
        Wording("SIGPIPE: writing to a closed pipe/socket/fd (probably the client disconnected) on request <uri> (ip <client>) !!!", "write", ("EPIPE",), "server"),
        Wording("uwsgi_response_write_body_do(): Broken pipe <text>", "write", ("EPIPE",), "server"),
        Wording("uwsgi_response_writev_headers_and_body_do(): Broken pipe <text>", "write", ("EPIPE",), "server"),
        Wording("uwsgi_response_write_body_do(): Connection reset by peer <text>", "write", ("ECONNRESET",), "server"),
        Wording("uwsgi_response_sendfile_do(): <errno>", "write", (NAMED,), "server"),
        Wording("OSError: write error", "write", ("EPIPE",), "server"),
        Wording("IOError: write error", "write", ("EPIPE",), "server", "Python 2's name."),
    ),
    signs=(r"\buwsgi_\w+\(\)", r"\bSIGPIPE: writing"),
    fields=(
        r"\(ip (?P<client>[0-9a-fA-F:.]+)\)",
        r"\[(?P<client>\d+\.\d+\.\d+\.\d+)\] \{",
    ),
    sources="core/uwsgi.c, core/writer.c",
)  # fmt: skip
