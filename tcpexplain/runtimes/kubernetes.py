"""Kubernetes: probes, kubectl, API server."""

from __future__ import annotations

from tcpexplain.runtimes import EOF, INNER, LOCAL, TIMER, Product, Wording

PRODUCT = Product(
    "kubernetes",
    "Kubernetes",
    "1.x",
    (
        Wording("Readiness probe failed: dial tcp <peer>: connect: connection refused", "connect", ("ECONNREFUSED",), "client", "The kubelet's own connection.", phase="connect"),
        Wording("Liveness probe failed: dial tcp <peer>: connect: connection refused", "connect", ("ECONNREFUSED",), "client", "The kubelet's own connection.", phase="connect"),
        Wording('Readiness probe failed: Get "<url>": <error>', None, (INNER,), "client", "The kubelet's own connection."),
        Wording('Liveness probe failed: Get "<url>": <error>', None, (INNER,), "client", "The kubelet's own connection."),
        Wording('probe failed: Get "<url>": context deadline exceeded', "read", (TIMER,), "client", "The probe's timeoutSeconds.", phase="answer"),
        Wording('probe failed: Get "<url>": EOF', "read", (EOF,), "client", "The kubelet's own connection.", phase="answer"),
        Wording("probe failed: <error>", None, (INNER,), "client", "The kubelet's own connection."),
        Wording("Unable to connect to the server: net/http: TLS handshake timeout", "read", (TIMER,), "client", "kubectl.", phase="handshake"),
        Wording("Unable to connect to the server: EOF", "read", (EOF,), "client", "kubectl.", phase="answer"),
        Wording("Unable to connect to the server: <error>", "connect", (INNER,), "client", "kubectl."),
        Wording("The connection to the server <peer> was refused - did you specify the right host or port?", "connect", ("ECONNREFUSED",), "client", "kubectl.", phase="connect"),
        Wording("error: lost connection to pod", "read", (EOF,), "client", "kubectl port-forward."),
        Wording("an error occurred forwarding <ports>: <error>", "read", (INNER,), "client", "kubectl port-forward."),
        Wording("http2: client connection lost", "read", (TIMER, "ETIMEDOUT"), "client", "The keepalive of HTTP/2 went unanswered."),
        Wording("Back-off restarting failed container", None, (LOCAL,), "server", "The container ended: its connections closed with it."),
        Wording("OOMKilled", None, (LOCAL,), "server", "The process was killed: its kernel closed its connections."),
    ),
    signs=(r"\bprober\.go:", r"\bkubelet\b", r"\bprobeType=", r"\b[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \w+\.go:\d+\]"),
    fields=(
        r"The connection to the server (?P<peer>[\w.-]+:\d+) was",
        r"dial tcp (?P<peer>\S+?:\d+):",
    ),
    traps="Behind the kubelet's words are Go's.",
    sources="pkg/kubelet/prober, staging/src/k8s.io/kubectl",
)  # fmt: skip
