"""A connection that leaves memory when it has closed ends like one that stays: what comes later on its port pair is not about it.

SYN, SYN-ACK, ACK ... FIN, FIN    the connection has closed, and its packets leave memory when there is no more room
SYN with other numbers            its port pair is used again: its end was captured all the same
"""

from __future__ import annotations

import pytest
from found import SCRATCH, told
from mess import LINKTYPE_RAW, Mess

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.lab.pcapfile import write_pcap
from tcpexplain.readers import open_capture
from tcpexplain.tracking.entry import REPLACED
from tcpexplain.units import NANOSECOND

CLOSED = [
    *(("answered", side, 100, 1000) for side in (0, 1)),
    *((word, side, 0, 1000) for word, side in (("fin", 0), ("ack", 1), ("fin", 1), ("ack", 0))),
]
ABORTED = [("answered", 0, 100, 1000), ("reset", 1, 0, 1000)]


class Later(Mess):
    """Another connection on the same port pair, ten seconds later."""

    def put(self, sender, flags, seq, ack, *more, **how):
        base = 70_000
        super().put(sender, flags, seq + base, ack + base if ack else 0, *more, **how)


@pytest.mark.parametrize("rounds", [CLOSED, ABORTED], ids=["closed", "aborted"])
def test_that_its_port_pair_is_used_again_hides_nothing_of_how_it_ended(rounds, tmp_path):
    paths = tmp_path / "first.pcap", tmp_path / "later.pcap"
    later = [(time + 10 * NANOSECOND, data) for time, data in Later(CLOSED).frames]
    for path, frames in zip(paths, (Mess(rounds).frames, later), strict=True):
        write_pcap(path, frames, link_type=LINKTYPE_RAW)
    found = []
    for leaves in (False, True):
        analysis = Analysis(tell=False)
        for path in paths:
            for frames in open_capture(path):
                analysis.feed(frames)
            if leaves and path == paths[0]:
                assert analysis.let_go_since(analysis.end)
        analysis.finish()
        assert analysis.streams == 2
        assert analysis.rows[0].known & REPLACED
        found.append(list(told(analysis, without=SCRATCH)))
    assert [{k: (a[k], b[k]) for k in a if a[k] != b[k]} for a, b in zip(*found, strict=True)] == [{}] * len(found[0])
