"""A connection to which everything happens that a stack, a network and a point of capture can do to one."""

from __future__ import annotations

from tcpexplain.wire.notation import LadderSegment
from tcpexplain.wire.packets import SocketAddress, packet
from tcpexplain.wire.segment import ACK, FIN, PSH, RST, SYN

ENDS = SocketAddress.parse("192.0.2.1:40000"), SocketAddress.parse("192.0.2.2:80")
LINKTYPE_RAW = 101


class Mess:
    """Segments of one connection in which anything happens after the handshake: frames with their times."""

    def __init__(self, script, ends=ENDS):
        self.ends = ends
        self.now, self.number, self.frames = 1_700_000_000_000_000_000, 0, []
        self.next, self.heard = [1000, 5000], [5000, 1000]
        self.last = [None, None]
        self.put(0, SYN, 999, 0)
        self.put(1, SYN | ACK, 4999, 1000)
        self.put(0, ACK, 1000, 5000)
        for word, sender, length, gap in script:
            self.now += gap
            getattr(self, word)(sender, length)

    def put(self, sender, flags, seq, ack, length=0, **how):
        self.number += 1
        segment = LadderSegment(True, seq=seq, ack=ack, flags=flags, length=length, **{"window": 500} | how)
        data, _ = packet(self.ends[sender], self.ends[1 - sender], segment, self.number)
        data += bytes(length)
        self.frames.append((self.now, data))

    def data(self, sender, length, **how):
        self.last[sender] = (self.next[sender], length)
        self.put(sender, ACK | (PSH if length % 2 else 0), self.next[sender], self.heard[sender], length, **how)
        self.next[sender] += length

    def answered(self, sender, length):
        self.data(sender, length)
        self.ack(1 - sender, 0)

    def unseen(self, sender, length):
        self.next[sender] += length

    def again(self, sender, _):
        if self.last[sender]:
            seq, length = self.last[sender]
            self.put(sender, ACK | PSH, seq, self.heard[sender], length)

    def ack(self, sender, _):
        self.heard[sender] = self.next[1 - sender]
        self.put(sender, ACK, self.next[sender], self.heard[sender])

    def echo(self, sender, _):
        self.put(sender, ACK, self.next[sender], self.heard[sender])

    def twice(self, sender, length):
        self.data(sender, length)
        self.frames.append((self.now + 1000, self.frames[-1][1]))

    def twice_nothing(self, sender, _):
        self.echo(sender, 0)
        self.frames.append((self.now + 1000, self.frames[-1][1]))

    def closed_window(self, sender, _):
        self.put(sender, ACK, self.next[sender], self.heard[sender], window=0)

    def probe(self, sender, _):
        self.put(sender, ACK, self.next[sender] - 1, self.heard[sender])

    def other_way(self, sender, length):
        self.data(sender, length, ttl=57)

    def fin(self, sender, _):
        self.put(sender, FIN | ACK, self.next[sender], self.heard[sender])
        self.next[sender] += 1

    def reset(self, sender, _):
        self.put(sender, RST | ACK, self.next[sender], self.heard[sender])

    def forged_syn(self, sender, length):
        self.put(sender, SYN, self.next[sender] + 1_000_000 + length, 0)

    def forged(self, sender, length):
        self.put(sender, RST, self.next[sender] + length, 0, window=0)
