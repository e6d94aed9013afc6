"""The shortest ladder that brings one end, here called the subject, into each state; its numbers wrap on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tcpexplain.machine.transitions import State
from tcpexplain.wire.notation import LadderLine, LadderNotation, LadderSegment
from tcpexplain.wire.segment import ACK, FIN, RST, SYN

WINDOW = 500
SUBJECT, PEER = 4294967294, 3000


@dataclass
class Talk:
    """Segments between a subject, at the left, and its peer; each end's next number is kept, and the other acknowledges it."""

    subject: int = SUBJECT
    peer: int = PEER
    segments: list = field(default_factory=list)
    clock: int = 0

    def say(self, from_subject, flags, length=0, *, after=1_000_000, arrives=True, **changes):
        """One segment with the numbers it should have, unless ``changes`` says otherwise."""
        mine, theirs = (self.subject, self.peer) if from_subject else (self.peer, self.subject)
        segment = LadderSegment(
            from_subject, "arrives", mine % 2**32, theirs % 2**32 if flags & ACK else None, flags, length, WINDOW
        )
        self.clock += after
        segment = replace(segment, **changes)
        self.segments.append((self.clock, segment))
        size = length + bool(flags & SYN) + bool(flags & FIN)
        if from_subject:
            self.subject += size if "seq" not in changes else 0
        elif arrives:
            self.peer += size if "seq" not in changes else 0
        return self

    def repeat(self, times=4, gap=200_000_000):
        """The last segment again, at doubling intervals."""
        for _ in range(times):
            self.clock += gap
            gap *= 2
            self.segments.append((self.clock, self.segments[-1][1]))
        return self

    def handshake(self):
        self.say(True, SYN)
        self.say(False, SYN | ACK)
        return self.say(True, ACK)

    @property
    def ladder(self):
        return LadderNotation(
            tuple(LadderLine("", "", segment, None, time) for time, segment in self.segments),
            ("subject", ""),
            ("peer", ""),
        )


def syn_sent():
    return Talk().say(True, SYN)


def syn_received():
    return Talk().say(False, SYN).say(True, SYN | ACK)


def syn_received_opening():
    talk = Talk().say(True, SYN)
    talk.say(False, SYN)
    return talk.say(True, SYN | ACK, seq=SUBJECT)


def established():
    return Talk().handshake()


def fin_wait_1():
    return established().say(True, FIN | ACK)


def fin_wait_2():
    return fin_wait_1().say(False, ACK)


def close_wait():
    return established().say(False, FIN | ACK).say(True, ACK)


def last_ack():
    return close_wait().say(True, FIN | ACK)


def closing():
    talk = established()
    before = talk.subject
    return talk.say(True, FIN | ACK).say(False, FIN | ACK, ack=before % 2**32).say(True, ACK)


def time_wait():
    return fin_wait_1().say(False, FIN | ACK).say(True, ACK)


def unknown():
    return Talk().say(False, ACK, 10).say(True, ACK)


REACH = {
    State.SYN_SENT: syn_sent,
    State.SYN_RECEIVED: syn_received,
    State.ESTABLISHED: established,
    State.FIN_WAIT_1: fin_wait_1,
    State.FIN_WAIT_2: fin_wait_2,
    State.CLOSE_WAIT: close_wait,
    State.LAST_ACK: last_ack,
    State.CLOSING: closing,
    State.TIME_WAIT: time_wait,
    State.UNKNOWN: unknown,
}

__all__ = ["ACK", "FIN", "PEER", "REACH", "RST", "SUBJECT", "SYN", "WINDOW", "Talk"]
