"""Ends that have no errno: EOF, signals, what the application did to itself; and the states they leave behind."""

from __future__ import annotations

from tcpexplain.manual.topic import Table, Topic

TOPICS = (
    Topic(
        "EOF",
        "End of file: read() returns 0",
        (
            ("means", "The peer's FIN arrived and everything before it has been read: the peer will send no more. It is no error, and it stays: every later read returns 0 again."),
            ("open", "The other direction is still open. A write succeeds, because the FIN does not say whether the peer only stopped sending (shutdown) or is gone (close, exit). If it is gone, a RST answers, and the next write says EPIPE."),
            ("do", "Close. A connection whose EOF was read and that is not closed sits in CLOSE-WAIT for as long as the process lives."),
            ("notice", "poll says POLLIN and POLLRDHUP; POLLHUP comes only when both directions are closed. Before a pooled connection is used again: recv(fd, b, 1, MSG_PEEK | MSG_DONTWAIT) returns 0 if the FIN is there, EAGAIN if not."),
            ("not", "A zero-length read is no such probe: read(fd, b, 0) returns 0 on a healthy connection too, and recv(fd, b, 0, 0) returns 0 also where data waits."),
            ("reset", "Once the FIN was received, no read ever says ECONNRESET on Linux: a RST that follows is seen by write (EPIPE), SO_ERROR and POLLERR only."),
            ("runtimes", "C 0; Go io.EOF; Python b''; Java -1; Node 'end'; Rust Ok(0); Ruby nil or EOFError."),
        ),
        see=("zero-length-read", "close-wait-leak", "half-close", "EPIPE"),
        man="man 2 recv",
        aliases=("end of file", "io.eof", "unexpected eof", "0", "remote end closed connection", "server closed idle connection"),
    ),
    Topic(
        "SIGPIPE",
        "Broken pipe, signal 13: comes with EPIPE, and with EPIPE only",
        (
            ("means", "A write found the sending direction closed. By default the process ends (a shell shows status 141), often without a word in its log. ECONNRESET, ETIMEDOUT and the like raise no signal."),
        ),
        Table(
            "Who gets it",
            (
                ("runtime", "SIGPIPE"),
                ("C, C++, Perl", "ends the process, unless ignored or MSG_NOSIGNAL"),
                ("Go", "only for fd 1 and 2, or with signal.Notify"),
                ("Python", "ignored at start: BrokenPipeError"),
                ("Java, Node, Rust std", "ignored"),
                ("nginx, Redis, PostgreSQL", "ignored"),
                ("curl library", "ignored while it works"),
            ),
        ),
        (
            ("avoid", "signal(SIGPIPE, SIG_IGN) once at start, or MSG_NOSIGNAL with every send; macOS and FreeBSD have SO_NOSIGPIPE for a socket. write() and sendfile() take no flags: ignore it there."),
            ("systems", "Windows has no such signal."),
        ),
        ("EPIPE", "write-after-close"),
        "man 7 signal",
        ("signal 13", "13", "141", "exit 141"),
    ),
    Topic(
        "use of closed network connection",
        "Go (net.ErrClosed): this process closed the connection itself",
        (
            ("means", "Close() was called on this net.Conn, and another goroutine, or later code, still uses it. It is a local error: no packet causes it and none shows it. The peer is not to blame."),
            ("wire", "A capture shows at most the FIN or RST of the Close(). Look in the program for who closes: a deferred Close, a cancelled context, a pool's idle timeout, http.Server.Shutdown."),
            ("blocked", "A Read or Write that waits in another goroutine is woken with this error; that is the usual way to stop it. Ask errors.Is(err, net.ErrClosed)."),
            ("others", "C: EBADF; Java: “Socket closed”; Python: OSError 9; Node: ERR_STREAM_DESTROYED, ERR_STREAM_WRITE_AFTER_END."),
        ),
        see=("EBADF", "EOF", "EPIPE"),
        aliases=("closed network connection", "use-of-closed-network-connection", "net.errclosed", "errclosed", "socket closed", "err_stream_destroyed", "closedchannelexception"),
    ),
    Topic(
        "zero-length-read",
        "read(fd, buffer, 0) does not tell whether the peer is still there",
        (
            ("why", "On Linux a zero-length read() returns 0 on a healthy idle socket too; Python's recv(0) does not even reach the kernel. recv(fd, b, 0, 0) does: EAGAIN when idle, 0 after a FIN, but also 0 where data waits."),
            ("instead", "recv(fd, b, 1, MSG_PEEK | MSG_DONTWAIT): 0 is EOF, EAGAIN alive and idle, 1 data waits. On Linux it takes a pending ECONNRESET: remember it. Or poll for POLLRDHUP."),
            ("limits", "It tells what has arrived, not what is on its way: a FIN may cross your next request. Only an answer proves that it was handled; retry what may be repeated."),
        ),
        see=("EOF", "peer-closed-idle-connection", "idle-close-race"),
        man="man 2 recv",
        aliases=("zero length read", "zero-length read", "liveness probe", "liveness"),
    ),
    Topic(
        "i/o timeout",
        "The application's own deadline: no errno, no packet",
        (
            ("means", "The program stopped waiting. The kernel did not: the connection still lives until it is closed, and an answer that comes later is answered by RST."),
            ("wire", "A FIN or RST of the waiting end while its request is unanswered, often after a round time: client-gave-up; while still connecting: SYNs that stop early, connect-abandoned."),
            ("names", "Go: i/o timeout, context deadline exceeded; Python: TimeoutError “timed out”; Java: SocketTimeoutException; nginx upstream: “timed out (110: …)” though no kernel timer fired, and 499 where the client left."),
        ),
        see=("client-gave-up", "connect-abandoned", "ETIMEDOUT"),
        aliases=("io timeout", "timeout", "context deadline exceeded", "deadline exceeded", "sockettimeoutexception", "499", "upstream timed out"),
    ),
    Topic(
        "RST",
        "Reset: the connection is over at once, whatever was under way",
        (
            ("act", "RST ACK from a live socket (window above 0, timestamps where negotiated): the application closed with data unread, or with SO_LINGER 0, or the kernel gave up keepalive."),
            ("answer", "Window 0, no options, IP ID 0, sequence number copied from the ACK field it answers: nobody owns that connection any more (closed, restarted, another host). RST ACK with sequence 0 answers a SYN: the port is closed."),
            ("valid", "RFC 9293 and RFC 5961: the sequence number must be exactly the one expected; one inside the window draws a challenge ACK and changes nothing, one outside is dropped. tcpexplain calls both ghost-rst."),
            ("effect", "Data not yet sent or acknowledged is dropped at both ends; data already received can be read (not on Windows)."),
        ),
        see=("ECONNRESET", "close-with-unread-data", "injected-rst", "ghost-rst"),
        man="man 7 tcp",
        aliases=("reset",),
    ),
    Topic(
        "FIN",
        "The sender will send no more; it may still receive",
        (
            ("sent by", "close(), shutdown(SHUT_WR), exit() and a crash all send the same FIN. What follows tells: data acknowledged after it is a half-close; data answered by RST means that no socket is there any more."),
            ("instead", "No FIN but RST ACK leaves a socket that is closed with received data unread, or with SO_LINGER 0."),
            ("read", "The peer reads what was before it, then 0: EOF."),
        ),
        see=("EOF", "half-close", "write-after-close"),
        man="man 2 shutdown",
    ),
    Topic(
        "CLOSE-WAIT",
        "The peer has closed; this application has not",
        (
            ("means", "The kernel acknowledged the peer's FIN and waits for this end's close(), without any limit. read → 0, write → still ok, POLLRDHUP."),
            ("leak", "Many of them, or old ones, mean that the program reads EOF and forgets to close, or does not read at all. No kernel setting ends it."),
            ("look", "ss -tnp state close-wait names the processes."),
        ),
        see=("close-wait-leak", "EOF", "FIN-WAIT-2"),
        aliases=("close_wait", "closewait"),
    ),
    Topic(
        "FIN-WAIT-2",
        "This end has closed, its FIN is acknowledged, the peer's FIN is missing",
        (
            ("means", "After shutdown(SHUT_WR) it may last for ever, and the socket can still read. After close() Linux keeps it for tcp_fin_timeout (60 s), answers data with RST, and then drops it."),
            ("peer", "The other end is in CLOSE-WAIT: look there."),
        ),
        see=("close-wait-leak", "half-close-expired", "CLOSE-WAIT"),
        aliases=("fin_wait_2", "fin_wait2", "finwait2"),
    ),
    Topic(
        "TIME-WAIT",
        "The end that closed first remembers the connection for a while",
        (
            ("means", "It answers a repeated FIN, and keeps old segments out of a new connection: 60 s on Linux and FreeBSD, 30 s on macOS, 120 s on Windows. It costs a port and some memory, no descriptor."),
            ("reuse", "A new SYN with a higher sequence number or a newer timestamp opens a new connection from it. An exact RST removes it."),
            ("do", "Nothing, usually. Where ports run out (EADDRNOTAVAIL), reuse connections, or let the other end close first."),
        ),
        see=("time-wait-assassination", "reused-port-refused", "EADDRNOTAVAIL"),
        aliases=("time_wait", "timewait"),
    ),
    Topic(
        "POLLRDHUP",
        "poll: what it says about ends (Linux)",
        (("means", "POLLRDHUP is the peer's FIN; POLLHUP needs both directions closed, or a dead socket; POLLERR is a pending error. POLLIN comes with all of them, because a read would not block."),),
        Table(
            "Poll bits",
            (
                ("what happened", "bits"),
                ("connected, idle", "OUT"),
                ("peer's FIN", "IN OUT RDHUP"),
                ("RST, timeout", "IN OUT RDHUP ERR HUP"),
                ("  once the error was taken", "IN OUT RDHUP HUP"),
                ("own shutdown(WR)", "OUT"),
                ("both FINs", "IN OUT RDHUP HUP"),
                ("connect() refused, blocking", "OUT HUP"),
                ("connecting", "none"),
            ),
        ),
        (("not", "POLLHUP and POLLERR do not say that nothing is left to read: data received before a RST can still be read. macOS sets POLLHUP on a mere FIN."),),
        ("EOF", "ECONNRESET", "SO_ERROR"),
        "man 2 poll",
        ("pollhup", "pollerr", "epollrdhup", "epollhup", "epollerr", "poll"),
    ),
    Topic(
        "SO_ERROR",
        "getsockopt(SO_ERROR): the pending error, once",
        (
            ("means", "It returns the pending error and takes it away: the next read returns 0, the next write EPIPE + SIGPIPE. 0 when there is none. It is the way to ask how a non-blocking connect ended."),
            ("says", "ECONNRESET after a RST, but EPIPE where the peer's FIN had come first (CLOSE-WAIT); ECONNREFUSED, ETIMEDOUT or ICMP's errno where those ended it."),
            ("soft", "On a healthy connection it reports, and forgets, an ICMP error that changed nothing. Do not close for that alone."),
        ),
        see=("ECONNRESET", "EPIPE", "EINPROGRESS"),
        man="man 7 socket",
        aliases=("so error",),
    ),
    Topic(
        "write() → ok",
        "A write that succeeds only filled the send buffer",
        (
            ("means", "The kernel took the bytes; it says nothing about the peer. They may wait for the peer's window, be lost with a RST, or arrive at a kernel whose process is gone."),
            ("last", "The write that fails is the one after the one that was lost. Which bytes arrived is told by the peer's application only: an answer, an application-level acknowledgment."),
            ("ledger", "tcpexplain counts for each end what was sent, acknowledged, perhaps unread, and lost, and names the packet of the last write that “succeeded” and was lost."),
        ),
        see=("EPIPE", "write-after-close"),
        man="man 2 send",
        aliases=("write ok", "write", "send", "queued"),
    ),
)  # fmt: skip
