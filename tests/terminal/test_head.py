"""The name of a capture stands in a hint as it is typed in a shell."""

from shlex import quote

import pytest

from tcpexplain.terminal.head import quoted

NAMES = [
    "a.pcap",
    "/var/tmp/x-1_2.pcapng",
    "",
    "it's",
    "a b",
    "~",
    "$HOME",
    "*.pcap",
    "ä.pcap",
    "a;b",
    "-",
    "x\n",
    "a:b",
    "#1",
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_is_quoted_as_the_shell_needs_it(name):
    assert quoted(name) == quote(name)
