"""OpenSSH: ssh and sshd."""

from __future__ import annotations

from tcpexplain.runtimes import ALERT, EOF, NAMED, TIMER, Product, Wording

PRODUCT = Product(
    "openssh",
    "OpenSSH",
    "7 and later",
    (
        Wording("client_loop: send disconnect: Broken pipe", "write", ("EPIPE",), "client", "An earlier read's ECONNRESET is silent."),
        Wording("client_loop: send disconnect: <errno>", "write", (NAMED,), "client"),
        Wording("Connection to <host> closed by remote host.", "read", (EOF,), "client"),
        Wording("Read from remote host <host>: <errno>", "read", (NAMED,), "client"),
        Wording("Timeout, server <host> not responding.", "read", (TIMER,), "client", "ServerAliveInterval times ServerAliveCountMax."),
        Wording("kex_exchange_identification: Connection closed by remote host", "read", (EOF,), "own", "Before or in the banner: MaxStartups, a firewall, a wrong service.", phase="handshake"),
        Wording("kex_exchange_identification: read: Connection reset by peer", "read", ("ECONNRESET",), "own", "Before or in the banner.", phase="handshake"),
        Wording("kex_exchange_identification: banner line contains invalid characters", "read", (ALERT,), "own", phase="handshake"),
        Wording("kex_exchange_identification: client sent invalid protocol identifier", "read", (ALERT,), "server", phase="handshake"),
        Wording("ssh_exchange_identification: Connection closed by remote host", "read", (EOF,), "client", phase="handshake"),
        Wording("ssh_exchange_identification: read: Connection reset by peer", "read", ("ECONNRESET",), "client", phase="handshake"),
        Wording("ssh_dispatch_run_fatal: Connection to <peer> port <port>: <errno>", "read", (NAMED,), "own"),
        Wording("ssh_dispatch_run_fatal: Connection from <peer> port <port>: <errno>", "read", (NAMED,), "server"),
        Wording("Connection closed by <peer> port <port>", "read", (EOF,), "own"),
        Wording("Connection closed by authenticating user <user> <peer> port <port>", "read", (EOF,), "server"),
        Wording("Connection closed by invalid user <user> <peer> port <port>", "read", (EOF,), "server"),
        Wording("Connection reset by <peer> port <port>", "read", ("ECONNRESET",), "own"),
        Wording("Connection reset by authenticating user <user> <peer> port <port>", "read", ("ECONNRESET",), "server"),
        Wording("Connection from <peer> port <port> timed out", "read", (TIMER,), "server"),
        Wording("Connection to <peer> port <port> timed out", "read", (TIMER,), "client"),
        Wording("Timeout before authentication for <peer> port <port>", "read", (TIMER,), "server", "LoginGraceTime."),
        Wording("Timeout before authentication for connection from <peer>", "read", (TIMER,), "server", "LoginGraceTime."),
        Wording("Timeout, client not responding from <peer>", "read", (TIMER,), "server", "ClientAliveInterval times ClientAliveCountMax."),
        Wording("Did not receive identification string from <peer>", "read", (EOF,), "server", phase="handshake"),
        Wording("Received disconnect from <peer> port <port>", "read", (ALERT,), "own", "A message of the protocol: the peer says why."),
        Wording("ssh: connect to host <host> port <port>: Connection refused", "connect", ("ECONNREFUSED",), "client", phase="connect"),
        Wording("ssh: connect to host <host> port <port>: <errno>", "connect", (NAMED,), "client", phase="connect"),
        Wording("packet_write_wait: Connection to <peer> port <port>: Broken pipe", "write", ("EPIPE",), "client"),
        Wording("packet_write_wait: Connection to <peer> port <port>: <errno>", "write", (NAMED,), "client"),
        Wording("fatal: mm_request_receive: read: Connection reset by peer", "read", ("ECONNRESET",), "server"),
        Wording("Connection <direction> <peer> port <port> timed out", "read", (TIMER,), "own"),
    ),
    signs=(r"\bsshd(?:-session)?\[\d+\]:", r"\bkex_exchange_identification\b", r"\bclient_loop: "),
    fields=(
        r"(?P<peer>[0-9a-fA-F.:]+) port (?P<peer_port>\d+)",
        r"connect to host (?P<peer>\S+) port (?P<peer_port>\d+)",
        r"user (?P<user>\S+) (?P<peer>[0-9a-fA-F.:]+) port (?P<peer_port>\d+)",
    ),
    traps="One event has two lines: kex_exchange_identification, then Connection reset by.",
    sources="clientloop.c, serverloop.c, packet.c, kex.c; calls measured with strace.",
)  # fmt: skip
