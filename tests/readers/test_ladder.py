"""A ladder's segments come as frames, in the order of their sending."""

from io import BytesIO

import pytest

from tcpexplain.errors import CaptureError
from tcpexplain.readers import open_stream
from tcpexplain.wire.headers import decode
from tcpexplain.wire.segment import Key, Segment, flag_text
from tcpexplain.wire.skipped import ICMP_ERROR, SEGMENT

LADDER = """
    client                                                      server
1.  ESTABLISHED                                                 ESTABLISHED
2.  FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>         ... FIN-WAIT-1
                <-- <SEQ=300><ACK=100><CTL=FIN,ACK>         <--
                ... <SEQ=100><ACK=300><CTL=FIN,ACK>         -->
3.              --> <SEQ=101><ACK=301><CTL=ACK><LEN=9><WND=0>   lost
4.  2.5         <-- <SEQ=101><ICMP=3/1>                     <--
                ... <SEQ=90><CTL=SYN>                       -->
"""


def rows(text):
    capture = open_stream(BytesIO(text.encode()), "x.ladder")
    segment, key = Segment(), Key()
    found = []
    for frames in capture:
        for n in range(frames.count):
            kind = decode(
                frames.buffer, frames.start[n], frames.captured[n], frames.wire[n], frames.link[n], segment, key
            )
            found.append((kind, frames.time[n], flag_text(segment.flags), segment.seq, segment.sender, segment.length))
    return found, key, capture


def test_segments_leave_in_their_order_and_arrivals_add_none():
    found, _, capture = rows(LADDER)
    assert found == [
        (SEGMENT, 0, "FA", 100, 0, 0),
        (SEGMENT, 1_000_000, "FA", 300, 1, 0),
        (SEGMENT, 2_000_000, "A", 101, 0, 9),
        (ICMP_ERROR, 2_500_000_000, "", 101, 0, 0),
        (SEGMENT, 2_501_000_000, "S", 90, 0, 0),  # sent before the ladder begins
    ]
    assert capture.format == "ladder"


def test_ends_that_name_no_address_have_those_of_documentation():
    _, key, _ = rows(LADDER)
    assert (key.low_lo, key.low_port, key.high_lo, key.high_port) == (0xC0000201, 40000, 0xC0000202, 80)


def test_ends_may_name_their_addresses():
    _, key, _ = rows("   client [2001:db8::1]:1     server [2001:db8::2]:2\n1. --> <SEQ=1><CTL=SYN> -->\n")
    assert (key.version, key.low_lo, key.low_port, key.high_lo, key.high_port) == (6, 1, 1, 2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "   client 1.2.3:80      server\n1. --> <SEQ=1><CTL=SYN> -->",
        "1. --> <SEQ=1><OPT=WHAT> -->",
        "1. --> <SEQ=1><OPT=MSS:x> -->",
        "1. --> <SEQ=> -->",
        "\udcff",
    ],
)
def test_what_cannot_be_read_is_one_error(text):
    with pytest.raises(CaptureError) as error:
        list(open_stream(BytesIO(text.encode(errors="surrogateescape")), "x.ladder"))
    assert error.value.code == "TE015"
