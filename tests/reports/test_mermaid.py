"""Mermaid: what the renderer needs, and no more than it takes."""

import re

from examples import connection, crashed_client

from tcpexplain.model.calls import Packet
from tcpexplain.model.capture import Capture
from tcpexplain.model.connection import Address
from tcpexplain.reports import mermaid


def long_one(count=900):
    """Resets and FINs, which cannot be folded."""
    return connection(
        [Packet(n + 1, n * 0.5, "client" if n % 2 else "server", "FA", n, 1, 0, 500) for n in range(count)], []
    )


def test_the_crashed_client():
    text = mermaid.render(crashed_client())
    assert text.splitlines()[:4] == [
        "sequenceDiagram",
        "    participant C as client<br/>10.10.121.101 port 42642",
        "    participant S as server<br/>10.10.121.102 port 5000",
        "    C->>S: 1: SYN",
    ]
    assert "    C--xS: 9: RST" in text
    assert "    Note over C,S: 19.9 s of silence" in text
    assert "    Note right of S: CLOSED<br/>write() → EPIPE + SIGPIPE<br/>read() → 0 (EOF)" in text


def test_it_never_exceeds_what_renderers_take():
    assert len(mermaid.diagram(long_one())) <= 5000
    assert "more rows" in mermaid.diagram(long_one())
    assert len(mermaid.diagram(long_one(30))) <= 5000


def test_the_end_survives_shortening():
    assert "S->>C: 899: FIN ACK" in mermaid.diagram(long_one())


def test_syntax_characters_are_escaped():
    assert mermaid.escaped("a;b#c<d>%%{x}\n") == "a#59;b#35;c#60;d#62;#37;#37;#123;x#125;?"


def test_no_line_holds_a_bare_separator():
    one = crashed_client()[0]
    one.client = Address("fe80::1%eth0;drop#", 1)
    for line in mermaid.diagram(one).splitlines():
        assert ";" not in re.sub(r"#\d+;", "", line)
        assert "#" not in re.sub(r"#\d+;", "", line)


def test_lost_and_ignored_segments_look_different():
    lost = Packet(1, 0.0, "client", "PA", 1, 1, 26, 500, fate="lost")
    ghost = Packet(2, 0.1, "server", "R", 1, None, 0, 0, fate="ignored")
    text = mermaid.diagram(connection([lost, ghost], []))
    assert "C-xS: 1: 26 bytes (lost)" in text
    assert "S-->>C: 2: RST (ignored)" in text


def test_an_icmp_error_arrives_at_the_end_it_tells():
    assert "S-->>C: 1: ICMP host unreachable" in mermaid.diagram(
        connection([Packet(1, 0.0, "client", "S", 0, None, 0, 500, icmp="host unreachable")], [])
    )


def test_nothing_to_draw_is_nothing():
    assert mermaid.render(Capture([])) == ""


def test_a_file_holds_the_same(tmp_path):
    mermaid.write(crashed_client(), tmp_path / "x.mmd")
    assert (tmp_path / "x.mmd").read_text(encoding="utf-8") == mermaid.render(crashed_client())
