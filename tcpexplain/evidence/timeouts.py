"""Idle timeouts that are known, and where it stands that they are so.

Data only, and two look-ups. ``who`` closes after ``seconds`` of silence: "server" or "client" says which side's program it is; a "box"
in between sends nothing of its own, or a RST on the next packet.
"""

from __future__ import annotations

from typing import Literal

from tcpexplain.tuples import NamedTuple
from tcpexplain.units import NANOSECOND, duration


class Timeout(NamedTuple):
    """One default: how long, who closes, whose setting, and the source."""

    seconds: float
    who: Literal["server", "client", "box"]
    program: str
    setting: str
    source: str


KNOWN = (
    Timeout(2, "server", "Gunicorn", "keepalive", "gunicorn/config.py"),
    Timeout(5, "server", "Node.js", "server.keepAliveTimeout", "Node.js documentation, http"),
    Timeout(5, "server", "Apache httpd", "KeepAliveTimeout", "httpd documentation, core"),
    Timeout(5, "server", "uvicorn", "--timeout-keep-alive", "uvicorn/config.py"),
    Timeout(5, "client", "httpx", "keepalive_expiry", "httpx documentation, resource limits"),
    Timeout(5, "client", "Java HttpURLConnection", "KeepAliveCache.LIFETIME", "JDK sun.net.www.http.KeepAliveCache"),
    Timeout(15, "client", "aiohttp", "keepalive_timeout", "aiohttp.TCPConnector"),
    Timeout(
        20, "server", "Tomcat", "connectionTimeout in the shipped server.xml", "Tomcat documentation, HTTP connector"
    ),
    Timeout(50, "server", "HAProxy (Debian)", "timeout client", "packaged haproxy.cfg"),
    Timeout(
        60,
        "server",
        "AWS Application Load Balancer",
        "idle_timeout.timeout_seconds",
        "AWS documentation, ALB attributes",
    ),
    Timeout(60, "server", "Tomcat", "keepAliveTimeout", "Tomcat documentation, HTTP connector"),
    Timeout(60, "client", "nginx upstream", "keepalive_timeout", "ngx_http_upstream_module"),
    Timeout(60, "client", ".NET SocketsHttpHandler", "PooledConnectionIdleTimeout", ".NET documentation"),
    Timeout(65, "server", "Oracle Cloud load balancer", "idle timeout", "OCI documentation"),
    Timeout(75, "server", "nginx", "keepalive_timeout", "ngx_http_core_module"),
    Timeout(90, "client", "Go http.DefaultTransport", "IdleConnTimeout", "net/http/transport.go"),
    Timeout(120, "server", "IIS", "connectionTimeout", "IIS documentation"),
    Timeout(120, "server", "waitress", "channel_timeout", "waitress/adjustments.py"),
    Timeout(130, "server", "Kestrel", "KeepAliveTimeout", "ASP.NET Core documentation"),
    Timeout(180, "server", "Traefik", "idleTimeout", "Traefik documentation, entrypoints"),
    Timeout(240, "box", "Azure Load Balancer", "idle timeout", "Azure documentation"),
    Timeout(
        300,
        "box",
        "conntrack, unacknowledged data",
        "nf_conntrack_tcp_timeout_unacknowledged",
        "Linux nf_conntrack_proto_tcp.c",
    ),
    Timeout(350, "box", "AWS NLB, NAT gateway", "TCP idle timeout", "AWS documentation"),
    Timeout(600, "server", "Google Cloud HTTP(S) load balancer", "backend keepalive", "Google Cloud documentation"),
    Timeout(600, "box", "Google Cloud VPC firewall", "idle connections", "Google Cloud documentation"),
    Timeout(600, "server", "nginx stream", "proxy_timeout", "ngx_stream_proxy_module"),
    Timeout(600, "server", "Kafka broker", "connections.max.idle.ms", "Kafka documentation"),
    Timeout(900, "box", "IPVS", "established timeout", "Linux ip_vs_proto_tcp.c"),
    Timeout(3600, "server", "Envoy", "idle_timeout", "Envoy documentation, HTTP connection manager"),
    Timeout(3600, "server", "tornado", "idle_connection_timeout", "tornado/http1connection.py"),
    Timeout(3600, "box", "Cisco ASA and other firewalls", "TCP session timeout", "Cisco ASA documentation"),
    Timeout(28800, "server", "MySQL, MariaDB", "wait_timeout", "MariaDB documentation"),
    Timeout(432000, "box", "Linux conntrack", "nf_conntrack_tcp_timeout_established", "Linux nf_conntrack_proto_tcp.c"),
)


def matching(nanoseconds: float, who: str) -> tuple[Timeout, ...]:
    """The defaults of one side that fit a measured silence: within 0.3 s or 1 % (timers fire late, never early)."""
    value = nanoseconds / NANOSECOND
    return tuple(
        known for known in KNOWN if known.who == who and -0.05 <= value - known.seconds <= max(0.3, known.seconds / 100)
    )


def named(found: tuple[Timeout, ...]) -> str:
    """Whose default it is: ``the default of nginx keepalive_timeout``; empty for none."""
    if not found:
        return ""
    names = [f"{known.program} {known.setting}" for known in found[:3]]
    return f"the default of {' or '.join(names)}"


def silent(nanoseconds: int) -> str:
    """A sentence about boxes that forget before such a silence is over; empty if none is known to."""
    value = nanoseconds / NANOSECOND
    fits = [known for known in KNOWN if known.who == "box" and known.seconds <= value * 1.01]
    if not fits:
        return ""
    nearest = fits[-1]
    return f"{nearest.program} forgets after {duration(nearest.seconds)} ({nearest.setting})."
