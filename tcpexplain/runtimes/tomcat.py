"""Tomcat."""

from __future__ import annotations

from tcpexplain.runtimes import INNER, Product, Wording

PRODUCT = Product(
    "tomcat",
    "Apache Tomcat",
    "7 and later",
    (
        Wording("org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe", "write", ("EPIPE",), "server"),
        Wording("org.apache.catalina.connector.ClientAbortException: java.io.IOException: Connection reset by peer", "write", ("ECONNRESET",), "server"),
        Wording("ClientAbortException: java.io.IOException: Broken pipe", "write", ("EPIPE",), "server"),
        Wording("ClientAbortException: <error>", "write", (INNER, "EPIPE"), "server"),
        Wording("ClientAbortException", "write", ("EPIPE", "ECONNRESET"), "server"),
        Wording("org.eclipse.jetty.io.EofException", "write", ("EPIPE", "ECONNRESET"), "server", "Jetty's."),
    ),
    signs=(r"\borg\.apache\.(?:catalina|coyote|tomcat)\.",),
    sources="org/apache/catalina/connector/OutputBuffer.java",
)  # fmt: skip
