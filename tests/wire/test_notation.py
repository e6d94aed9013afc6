"""The RFC's figures are read as they stand there; what is written is read back the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shares import examples

from tcpexplain.errors import CaptureError
from tcpexplain.wire.notation import ARROWS, FLAGS, ExpectedCall, LadderLine, LadderNotation, LadderSegment
from tcpexplain.wire.notation_read import parse, stories
from tcpexplain.wire.notation_written import render
from tcpexplain.wire.segment import ACK, FIN, SYN

FIGURE_6 = """
    TCP Peer A                                           TCP Peer B

1.  CLOSED                                               LISTEN

2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED

3.  ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED

4.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>       --> ESTABLISHED

5.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK><DATA> --> ESTABLISHED
"""

FIGURE_11 = """
    TCP Peer A                                    TCP Peer B

1.  LISTEN                                        LISTEN

2.       ... <SEQ=Z><CTL=SYN>                -->  SYN-RECEIVED

3.  (??) <-- <SEQ=X><ACK=Z+1><CTL=SYN,ACK>   <--  SYN-RECEIVED

4.       --> <SEQ=Z+1><CTL=RST>              -->  (return to LISTEN!)

5.  LISTEN                                        LISTEN
"""

FIGURE_12 = """
    TCP Peer A                                           TCP Peer B

1.  ESTABLISHED                                          ESTABLISHED

2.  (Close)
    FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT

3.  FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT

4.                                                       (Close)
    TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK

5.  TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED

6.  (2 MSL)
    CLOSED
"""

FIGURE_13 = """
    TCP Peer A                                           TCP Peer B

1.  ESTABLISHED                                          ESTABLISHED

2.  (Close)                                              (Close)
    FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ... FIN-WAIT-1
                <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <--
                ... <SEQ=100><ACK=300><CTL=FIN,ACK>  -->
"""


def test_figure_6_names_both_peers_and_five_lines():
    ladder = parse(FIGURE_6)
    assert (ladder.left, ladder.right) == (("TCP Peer A", ""), ("TCP Peer B", ""))
    assert [line.number for line in ladder.lines] == [1, 2, 3, 4, 5]
    assert ladder.lines[0] == LadderLine("CLOSED", "LISTEN", None, 1)
    assert ladder.lines[2] == LadderLine(
        "ESTABLISHED", "SYN-RECEIVED", LadderSegment(False, "arrives", 300, 101, SYN | ACK), 3
    )


def test_data_without_a_number_is_one_byte():
    assert parse(FIGURE_6).lines[-1].segment.length == 1


def test_letters_of_figure_11_are_sequence_numbers():
    first, second, third = (line.segment for line in parse(FIGURE_11).lines if line.segment)
    assert (first.arrival, second.ack, third.seq) == ("late", first.seq + 1, first.seq + 1)


def test_a_remark_is_no_state():
    assert [line.states for line in parse(FIGURE_11).lines][2] == (None, "SYN-RECEIVED")


def test_a_user_call_alone_belongs_to_the_side_it_stands_on():
    lines = parse(FIGURE_12).lines
    assert [(line.left, line.right) for line in lines if line.segment is None] == [
        ("ESTABLISHED", "ESTABLISHED"), ("(Close)", ""), ("", "(Close)"), ("(2 MSL)", ""), ("CLOSED", ""),
    ]  # fmt: skip


def test_crossing_segments_of_figure_13_leave_and_arrive_apart():
    segments = [line.segment for line in parse(FIGURE_13).lines if line.segment]
    assert [(s.from_left, s.arrival, s.seq) for s in segments] == [
        (True, "under way", 100),
        (False, "arrives", 300),
        (True, "late", 100),
    ]
    assert segments[0].flags == FIN | ACK


STORY = """# close-with-unread-data
The server closes with a request still in its receive buffer.
```ladder  os=linux
    client                                                  server
1.  CLOSED                                                  LISTEN
2.  SYN-SENT     --> <SEQ=100><CTL=SYN>                 --> SYN-RECEIVED
3.  0.102798 CLOSED  <-- <SEQ=301><ACK=110><CTL=RST,ACK><WND=0> <-- CLOSED
    client read  = ECONNRESET
    client write = EPIPE, SIGPIPE
cause: close-with-unread-data or linger-zero-abort, likely
```
## Near miss: the server had answered
```ladder
1. ESTABLISHED --> <SEQ=1><CTL=ACK><LEN=9> lost
```
"""


def test_a_story_gives_each_ladder_with_its_heading():
    (first, ladder), (second, _) = stories(STORY)
    assert (first, second) == ("close-with-unread-data", "Near miss: the server had answered")
    assert ladder.meta == (("os", "linux"),)
    assert ladder.calls == (
        ExpectedCall(2, "client", "read", ("ECONNRESET",)),
        ExpectedCall(2, "client", "write", ("EPIPE", "SIGPIPE")),
    )
    assert (ladder.causes, ladder.certainty) == (("close-with-unread-data", "linger-zero-abort"), "likely")
    assert (ladder.lines[2].time, ladder.lines[2].segment.window) == (102_798_000, 0)


def test_ends_may_have_addresses():
    ladder = parse("   client 192.0.2.7:1234        server [2001:db8::1]:80\n1. CLOSED       LISTEN\n")
    assert (ladder.left, ladder.right) == (("client", "192.0.2.7:1234"), ("server", "[2001:db8::1]:80"))


@pytest.mark.parametrize(
    "row",
    [
        "2. A --> <SEQ=1><CTL=SIN> --> B",
        "2. A --> <SEQ=x> --> B",
        "2. A --> <SEQ=1> <-- B",
        "2. A <SEQ=1> B",
        "a  b  c  d",
        "1. A --> <WHAT=1> --> B",
    ],
)
def test_a_line_that_is_none_is_named(row):
    with pytest.raises(CaptureError, match=r"line 2 of x\.ladder is no ladder line") as error:
        parse(f"  client   server\n{row}\n", "x.ladder")
    assert error.value.note == row


words = st.sampled_from(
    ["", "CLOSED", "ESTABLISHED", "FIN-WAIT-1", "TIME-WAIT", "(Close)", "(2 MSL)", "(??)", "(return to LISTEN!)"]
)
number32 = st.integers(0, 2**32 - 1)
segments = st.builds(
    lambda arrows, **rest: LadderSegment(*arrows, **rest),
    st.sampled_from(sorted(ARROWS.values())),
    seq=number32,
    ack=st.none() | number32,
    flags=st.sets(st.sampled_from(sorted(FLAGS.values()))).map(sum),
    length=st.integers(0, 65535),
    window=st.none() | st.integers(0, 65535),
    ts_val=st.none() | number32,
    ts_ecr=st.none() | number32,
    options=st.lists(st.sampled_from(["MSS:1460", "WS:7", "SACKOK", "SACK:200-300"]), unique=True).map(tuple),
    ttl=st.none() | st.integers(0, 255),
    ip_id=st.none() | st.integers(0, 65535),
    icmp=st.none() | st.tuples(st.integers(0, 255), st.integers(0, 255)),
)
numbers = st.none() | st.integers(1, 99)
times = st.none() | st.integers(0, 10**12)
lines = st.builds(LadderLine, words, words, segments, numbers, times) | st.builds(
    LadderLine, words, words, st.none(), numbers, times
).filter(lambda line: line.left or line.right)
names = st.sampled_from(["client", "server", "TCP Peer A", "proxy"])
ends = st.tuples(names, st.sampled_from(["", "192.0.2.1:40000", "[2001:db8::1]:80"]))
outcomes = st.lists(st.sampled_from(["EPIPE", "SIGPIPE", "eof", "blocks", "POLLIN"]), min_size=1).map(tuple)


@st.composite
def ladders(draw):
    rows = tuple(draw(st.lists(lines, min_size=1, max_size=6)))
    left, right = draw(ends), draw(ends)
    calls = draw(
        st.lists(
            st.builds(
                ExpectedCall,
                st.integers(0, len(rows) - 1),
                names,
                st.sampled_from(["read", "write then", "so_error"]),
                outcomes,
            )
        )
    )
    causes = draw(st.lists(st.sampled_from(["clean", "ghost-rst"]), unique=True).map(tuple))
    certainty = draw(st.sampled_from(["", "likely"])) if causes else ""
    meta = draw(st.lists(st.sampled_from([("os", "linux"), ("about", "x")]), unique=True).map(tuple))
    return LadderNotation(rows, left, right, tuple(sorted(calls, key=lambda call: call.line)), causes, certainty, meta)


@given(ladders())
@examples(100)
def test_what_is_written_is_read_back_the_same(ladder):
    assert parse(render(ladder)) == ladder


@given(st.text(alphabet="<>-. =SEQACKTL0123456789,ab:\n|lost()", max_size=120))
@examples(100)
def test_any_text_is_read_or_refused(text):
    try:
        ladder = parse(text)
    except CaptureError:
        return
    assert ladder.lines is not None
