"""Errno names, as Linux has them; the numbers of other systems beside them.

What Linux does was measured on 6.18 with ``tcpexplain-lab``; FreeBSD 13 and macOS (XNU 11417) were read in their sources,
Windows in its documentation.
"""

from __future__ import annotations

from tcpexplain.manual.topic import Table, Topic

TOPICS = (
    Topic(
        "EPIPE",
        "Broken pipe, errno 32 on Linux, from write/send/sendmsg",
        (
            ("means", "This socket can no longer send: this side shut down its sending direction, or a RST has already ended the connection. Nothing of this write was sent."),
            ("signal", "SIGPIPE comes with it and ends the process by default. Ignore it (Go, Python, Java and nginx do), or pass MSG_NOSIGNAL; macOS: SO_NOSIGPIPE."),
        ),
        Table(
            "How a connection gets there",
            (
                ("arrived so far", "1st write", "next write", "read"),
                ("FIN", "ok (queued)", "EPIPE if RST is back", "0 (EOF)"),
                ("FIN, then RST", "EPIPE + SIGPIPE", "EPIPE + SIGPIPE", "0 (EOF)"),
                ("RST alone", "ECONNRESET", "EPIPE + SIGPIPE", "ECONNRESET once"),
                ("own shutdown(WR)", "EPIPE + SIGPIPE", "EPIPE + SIGPIPE", "as before"),
            ),
        ),
        (
            ("not", "EPIPE does not say how many earlier bytes arrived: write() → n only means n bytes entered the send buffer."),
            ("systems", "macOS and FreeBSD say EPIPE already for the first write after a RST, and keep ECONNRESET for the next read. Windows has no EPIPE: 10053 or 10054."),
        ),
        ("write-after-close", "peer-closed-idle-connection", "ECONNRESET", "SIGPIPE"),
        "man 2 send",
        ("broken pipe", "brokenpipeerror", "syscall.epipe", "32"),
    ),
    Topic(
        "ECONNRESET",
        "Connection reset by peer, errno 104 on Linux, from read, write, SO_ERROR",
        (
            ("means", "A RST ended the connection before the peer's FIN had arrived. What this end had sent and not yet delivered is gone; what it had received and not yet read can still be read."),
            ("once", "It is one pending error, told to the first call that asks: read, write, SO_ERROR or connect. Then the socket is only closed: read → 0, write → EPIPE + SIGPIPE."),
        ),
        Table(
            "Which call says what after the RST",
            (
                ("state before", "first read", "first write", "SO_ERROR"),
                ("ESTABLISHED", "ECONNRESET", "ECONNRESET", "ECONNRESET"),
                ("  data unread", "data, ECONNRESET", "ECONNRESET", "ECONNRESET"),
                ("FIN-WAIT-1, -2", "ECONNRESET", "ECONNRESET", "ECONNRESET"),
                ("CLOSE-WAIT", "0 (EOF)", "EPIPE + SIGPIPE", "EPIPE"),
                ("LAST-ACK, CLOSING", "0 (EOF)", "ECONNRESET", "ECONNRESET"),
                ("SYN-SENT", "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"),
            ),
        ),
        (
            ("why", "The peer closed with data unread, or with SO_LINGER 0; it lost the connection (restart, takeover); or something in between made the RST. tcpexplain says which, as far as packets tell."),
            ("signal", "None: SIGPIPE comes with EPIPE only."),
            ("not", "No peer's error code travels in a RST. And on Linux a read never says ECONNRESET once a FIN was received, macOS and FreeBSD do."),
            ("systems", "104 Linux, 54 macOS and FreeBSD, 10054 Windows (which also drops data not yet read)."),
        ),
        ("close-with-unread-data", "linger-zero-abort", "half-open-peer", "injected-rst", "EPIPE"),
        "man 7 tcp",
        ("connection reset by peer", "connection reset", "connectionreseterror", "wsaeconnreset", "104", "10054", "54"),
    ),
    Topic(
        "ECONNREFUSED",
        "Connection refused, errno 111 on Linux, from connect",
        (
            ("means", "The SYN was answered by a RST: the host is there and nobody listens on that port (or a firewall rejects with RST). An ICMP port-unreachable does the same."),
            ("after", "A blocking connect() that failed leaves the socket unconnected: read → ENOTCONN, write → EPIPE + SIGPIPE. A non-blocking one tells the error once through read, write, SO_ERROR or connect; POLLERR and POLLHUP are set."),
            ("do", "Is the service up, on this address (127.0.0.1 against the interface's) and this port?"),
            ("not", "Not a full backlog: Linux drops the SYN then, and connect() waits. Not a dropping firewall: that is ETIMEDOUT."),
            ("systems", "111 Linux, 61 macOS and FreeBSD, 10061 Windows (which repeats the SYN first, so that it takes a second or two)."),
        ),
        see=("port-closed", "refused-by-icmp", "reused-port-refused", "ETIMEDOUT"),
        man="man 2 connect",
        aliases=("connection refused", "connectionrefusederror", "connect refused", "wsaeconnrefused", "111", "61", "10061"),
    ),
    Topic(
        "ETIMEDOUT",
        "Connection timed out, errno 110 on Linux, from connect, read, write",
        (
            ("means", "The kernel gave up waiting for an answer: to its SYN, to data it sent again and again, or to keepalive probes. No packet says so; the last thing on the wire is a retransmission, or after keepalive a RST+ACK."),
        ),
        Table(
            "When Linux stops retrying (defaults)",
            (
                ("what is unanswered", "setting", "after about"),
                ("SYN", "tcp_syn_retries 6", "131 s (127 s before 6.5)"),
                ("SYN-ACK", "tcp_synack_retries 5", "63 s, silently"),
                ("data", "tcp_retries2 15", "13-30 min, 924 s at least"),
                ("data after close()", "tcp_orphan_retries 8", "50-100 s, nobody is told"),
                ("keepalive probes", "idle 7200, 9 x 75 s", "2 h 11 min; off by default"),
                ("data, probes", "TCP_USER_TIMEOUT", "what it says"),
            ),
        ),
        (
            ("once", "The first call says ETIMEDOUT, without signal; then read → 0, write → EPIPE + SIGPIPE. If ICMP errors came meanwhile, theirs is reported instead: EHOSTUNREACH, ENETUNREACH, ECONNREFUSED."),
            ("not", "Go's “i/o timeout” and “context deadline exceeded”, Python's “timed out”, Java's SocketTimeoutException are the application's own deadline: no errno, and the connection still lives."),
            ("systems", "110 Linux, 60 macOS and FreeBSD (SYN 75 s), 10060 Windows (SYN 21 s; data: 10053)."),
        ),
        ("syn-unanswered", "peer-vanished", "keepalive-timeout", "connect-abandoned", "client-gave-up"),
        "man 7 tcp",
        ("connection timed out", "timed out", "wsaetimedout", "110", "60", "10060"),
    ),
    Topic(
        "EHOSTUNREACH",
        "No route to host, errno 113 on Linux, from connect, read, write",
        (
            ("means", "ICMP said so (host unreachable, administratively prohibited, time exceeded), or no neighbour answered ARP for about 3 s."),
            ("when", "It ends a connect() at once. An established connection goes on: the kernel keeps the error, SO_ERROR returns it once, and it replaces ETIMEDOUT if the retransmissions fail as well."),
            ("do", "The address in the ICMP packet is the router that refused. “Administratively prohibited” is a firewall."),
        ),
        see=("refused-by-icmp", "icmp-unreachable", "ENETUNREACH", "ETIMEDOUT"),
        man="man 7 icmp",
        aliases=("no route to host", "host unreachable", "wsaehostunreach", "113", "10065"),
    ),
    Topic(
        "ENETUNREACH",
        "Network is unreachable, errno 101 on Linux, from connect, read, write",
        (
            ("means", "There is no route to that address on this host (connect() fails at once and no packet leaves), or ICMP network-unreachable came back."),
            ("when", "As EHOSTUNREACH: fatal while connecting, remembered on an established connection."),
            ("do", "ip route get ADDRESS on this host. Typical: an IPv6 address tried on a host without IPv6; clients then try IPv4."),
        ),
        see=("refused-by-icmp", "icmp-unreachable", "EHOSTUNREACH"),
        man="man 7 ip",
        aliases=("network is unreachable", "network unreachable", "wsaenetunreach", "101", "51", "10051"),
    ),
    Topic(
        "ECONNABORTED",
        "Software caused connection abort, errno 103 on Linux",
        (
            ("means", "The local system ended the connection. On Linux: ss -K did, or connect() is asked again about an attempt whose error another call has already taken."),
            ("systems", "macOS and FreeBSD: accept() says it when the client reset before it was accepted; Linux hands out the socket, and its first read says ECONNRESET. Windows: 10053, also when retransmissions fail."),
        ),
        see=("reset-during-handshake", "ECONNRESET", "ETIMEDOUT"),
        man="man 2 accept",
        aliases=("software caused connection abort", "connectionabortederror", "wsaeconnaborted", "103", "53", "10053"),
    ),
    Topic(
        "ENOTCONN",
        "Transport endpoint is not connected, errno 107 on Linux",
        (
            ("means", "The socket has no peer: connect() was never called or has failed, or a RST or timeout has ended it (getpeername and shutdown say ENOTCONN then)."),
            ("not", "Nothing on the wire says it. A write on such a socket says EPIPE + SIGPIPE, not ENOTCONN."),
        ),
        see=("ECONNRESET", "EPIPE"),
        man="man 2 getpeername",
        aliases=("transport endpoint is not connected", "socket is not connected", "wsaenotconn", "107", "57", "10057"),
    ),
    Topic(
        "EBADF",
        "Bad file descriptor, errno 9, from any call",
        (
            ("means", "This process has closed the descriptor itself (or never had it). The peer is not involved and no packet shows it: the kernel does not even know which connection is meant."),
            ("danger", "The number may be in use again for another file: then the call succeeds, on the wrong one. A thread blocked in read() on a socket that another thread closes stays blocked; use shutdown() first."),
            ("runtimes", "Go: “use of closed network connection”; Java: “Socket closed”, ClosedChannelException; Node: ERR_STREAM_DESTROYED; Python: OSError 9."),
        ),
        see=("use of closed network connection", "EPIPE"),
        man="man 2 close",
        aliases=("bad file descriptor", "9", "wsaenotsock", "10038"),
    ),
    Topic(
        "EAGAIN",
        "Resource temporarily unavailable, errno 11 on Linux (EWOULDBLOCK is the same), from a non-blocking socket",
        (
            ("means", "Not now: nothing to read, or no room in the send buffer. A blocking socket would wait; one with SO_RCVTIMEO or SO_SNDTIMEO says EAGAIN when that time is over."),
            ("wire", "A write that keeps saying it, with the peer's window at 0 in the capture, waits for a reader. tcpexplain writes it “blocks”."),
            ("not", "Not an end: the connection is as it was."),
        ),
        see=("zero-window-stall", "EOF"),
        man="man 7 socket",
        aliases=("resource temporarily unavailable", "ewouldblock", "would block", "wouldblock", "wsaewouldblock", "11", "35", "10035"),
    ),
    Topic(
        "EISCONN",
        "Transport endpoint is already connected, errno 106 on Linux, from connect",
        (
            ("means", "connect() on a socket that is connected. After a non-blocking connect the first further connect() says 0, every later one EISCONN: it is the way to ask whether it worked, as is SO_ERROR."),
        ),
        see=("EINPROGRESS", "ECONNREFUSED"),
        man="man 2 connect",
        aliases=("transport endpoint is already connected", "already connected", "106", "56", "wsaeisconn", "10056"),
    ),
    Topic(
        "EINPROGRESS",
        "Operation now in progress, errno 115 on Linux, from a non-blocking connect",
        (
            ("means", "The SYN is out, the answer is not in. Asked again: EALREADY. Wait for POLLOUT, then ask SO_ERROR: 0 is success."),
            ("not", "POLLOUT alone is no success: a failed connect sets it too, with POLLERR and POLLHUP."),
        ),
        see=("EISCONN", "ECONNREFUSED", "ETIMEDOUT"),
        man="man 2 connect",
        aliases=("operation now in progress", "ealready", "115", "114", "36", "37"),
    ),
    Topic(
        "ENOPROTOOPT",
        "Protocol not available, errno 92 on Linux, from connect",
        (("means", "ICMP protocol-unreachable answered the SYN: the host does not speak TCP there. (setsockopt says it too, about an option it does not know.)"),),
        see=("refused-by-icmp", "EHOSTUNREACH"),
        man="man 7 icmp",
        aliases=("protocol not available", "92"),
    ),
    Topic(
        "EADDRNOTAVAIL",
        "Cannot assign requested address, errno 99 on Linux, from connect or bind",
        (
            ("means", "From connect(): no local port is free for this destination. Each closed connection holds one for 60 s in TIME-WAIT at the end that closed first. No SYN leaves."),
            ("do", "Reuse connections instead of opening one per request; widen ip_local_port_range; let the other end close first."),
            ("bind", "From bind(): the address is not one of this host's."),
        ),
        see=("TIME-WAIT", "EADDRINUSE"),
        man="man 7 ip",
        aliases=("cannot assign requested address", "99", "49", "10049"),
    ),
    Topic(
        "EADDRINUSE",
        "Address already in use, errno 98 on Linux, from bind or listen",
        (
            ("means", "Another socket has this address and port. After a restart it is often a connection of the old process in TIME-WAIT: set SO_REUSEADDR before bind(), as servers do."),
            ("wire", "Nothing to see in a capture but SYNs that are refused while the server is not up."),
        ),
        see=("TIME-WAIT", "port-closed"),
        man="man 7 socket",
        aliases=("address already in use", "98", "48", "10048"),
    ),
    Topic(
        "EMFILE",
        "Too many open files, errno 24, from accept, socket",
        (
            ("means", "The process has used up its descriptors. The kernel goes on accepting until the backlog is full, so that clients connect, send, and wait; then SYNs are dropped."),
            ("wire", "Connections that are never answered, or accept-queue-full; and where descriptors leak, CLOSE-WAIT that never ends."),
            ("do", "ls /proc/PID/fd | wc -l; ss -tn state close-wait. Close on EOF, then raise RLIMIT_NOFILE."),
        ),
        see=("close-wait-leak", "accept-queue-full"),
        man="man 2 accept",
        aliases=("too many open files", "24"),
    ),
    Topic(
        "ESHUTDOWN",
        "Cannot send after transport endpoint shutdown, errno 108 on Linux",
        (
            ("means", "Linux and the BSDs do not use it for TCP: after shutdown(SHUT_WR) a write says EPIPE + SIGPIPE. Windows does: WSAESHUTDOWN 10058."),
        ),
        see=("EPIPE", "half-close"),
        man="man 2 shutdown",
        aliases=("wsaeshutdown", "108", "10058"),
    ),
)  # fmt: skip
