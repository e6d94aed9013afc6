"""Lines of the kernel's trace become rows."""

from tcpexplain.lab.packets import IPv4Endpoint
from tcpexplain.lab.trace import LINE, parsed

STATE = (
    "  python-7 [001] ..s2. 12.000345: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=40000 dport=80 saddr=10.77.1.2 "
    "daddr=10.77.2.2 saddrv6=::ffff:10.77.1.2 daddrv6=::ffff:10.77.2.2 oldstate=TCP_ESTABLISHED newstate=TCP_FIN_WAIT1"
)


def row(line):
    return parsed(LINE.search(line), 0)


def test_a_change_of_state_is_told_in_the_words_of_the_truth_files():
    found = row(STATE)
    assert (found.time, found.previous, found.state) == (12_000_345_000, "ESTABLISHED", "FIN_WAIT_1")
    assert (found.local, found.remote) == (IPv4Endpoint("10.77.1.2", 40000), IPv4Endpoint("10.77.2.2", 80))


def test_a_sent_reset_has_its_reason():
    line = " x-1 [000] ..... 13.500000: tcp_send_reset: skbaddr=0 skaddr=0 src=127.0.0.1:80 dest=127.0.0.1:5 state=TCP_TIME_WAIT reason=TCP_TIMEWAIT_SOCKET"
    found = row(line)
    assert (found.local.port, found.remote.port, found.state, found.reason) == (
        80,
        5,
        "TIME_WAIT",
        "TCP_TIMEWAIT_SOCKET",
    )


def test_an_error_report_has_its_errno():
    line = (
        " x-1 [000] ..... 13.500000: inet_sk_error_report: family=AF_INET protocol=IPPROTO_TCP sport=1 dport=2 saddr=127.0.0.1 "
        "daddr=127.0.0.1 saddrv6=:: daddrv6=:: error=110"
    )
    assert row(line).error == "ETIMEDOUT"


def test_other_families_and_protocols_are_left_out():
    assert row(STATE.replace("AF_INET ", "AF_INET6 ")) is None
    assert row(STATE.replace("IPPROTO_TCP", "IPPROTO_MPTCP")) is None
