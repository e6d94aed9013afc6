"""strace's log of a program becomes the calls it made on its TCP sockets."""

from tcpexplain.lab.packets import IPv4Endpoint
from tcpexplain.lab.strace import Log

ENDS = "4<TCP:[127.0.0.1:5000->127.0.0.1:40000]>"
LOG = f"""\
7 100.000000000 accept(3<TCP:[127.0.0.1:5000]>, NULL, NULL) = {ENDS} <1.000000000>
7 101.100000000 sendto({ENDS}, ""..., 26, 0, NULL, 0) = 26 <0.000050000>
7 102.000000000 read({ENDS}, ""..., 64) = 0 <0.000020000>
7 103.000000000 sendto({ENDS}, ""..., 26, 0, NULL, 0) = -1 EPIPE (Broken pipe) <0.000020000>
7 103.000100000 --- SIGPIPE {{si_signo=SIGPIPE, si_code=SI_USER, si_pid=7, si_uid=0}} ---
7 104.000000000 getsockopt({ENDS}, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0 <0.000010000>
7 105.000000000 shutdown({ENDS}, SHUT_WR) = 0 <0.000010000>
7 106.000000000 +++ killed by SIGKILL +++
""".splitlines()


def calls(lines):
    return [call for _, call in Log().read(lines)]


def test_every_call_on_the_socket_is_told_and_nothing_else():
    told = [(call.call, call.size, call.returned, call.errno, call.signal) for call in calls(LOG)]
    assert told == [
        ("accept", None, 0, None, None),
        ("send", 26, 26, None, None),
        ("recv", 64, 0, None, None),
        ("send", 26, -1, "EPIPE", "SIGPIPE"),
        ("so_error", None, 0, "ECONNRESET", None),
        ("shutdown_wr", None, 0, None, None),
        ("kill", None, 0, None, None),
    ]


def test_the_ends_of_the_socket_are_the_programs_own_first():
    (ends, _), *_ = Log().read(LOG)
    assert ends == (IPv4Endpoint("127.0.0.1", 5000), IPv4Endpoint("127.0.0.1", 40000))


def test_a_call_that_another_thread_interrupted_is_put_together():
    lines = [
        f"7 100.000000000 read({ENDS},  <unfinished ...>",
        '8 100.100000000 write(1</dev/null>, ""..., 3) = 3 <0.000010000>',
        '7 100.500000000 <... read resumed>""..., 64) = 12 <0.500000000>',
    ]
    (call,) = calls(lines)
    assert (call.call, call.size, call.returned) == ("recv", 64, 12)
    assert call.time >= 100_500_000_000


def test_connect_is_known_by_the_ends_the_descriptor_has_later():
    lines = [
        "7 1.000000000 connect(4<TCP:[777]>, {sa_family=AF_INET}, 16) = -1 EINPROGRESS (Operation now in progress) <0.000100000>",
        f'7 2.000000000 write({ENDS}, ""..., 5) = 5 <0.000010000>',
    ]
    assert [(call.call, call.errno) for call in calls(lines)] == [("connect", "EINPROGRESS"), ("send", None)]


def test_linger_zero_makes_a_close_another_close():
    lines = [
        f"7 1.000000000 setsockopt({ENDS}, SOL_SOCKET, SO_LINGER, {{l_onoff=1, l_linger=0}}, 8) = 0 <0.000010000>",
        f"7 2.000000000 close({ENDS}) = 0 <0.000010000>",
    ]
    assert [call.call for call in calls(lines)] == ["close_linger0"]
