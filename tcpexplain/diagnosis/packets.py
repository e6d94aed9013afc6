"""The packets of a connection as users hold them: those that are kept, how many are not, and its RSTs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from tcpexplain.evidence.places import files_of, numbers
from tcpexplain.machine.resets import ORIGINS, REASONS, SHAPES
from tcpexplain.model.calls import Packet, Reset
from tcpexplain.units import address
from tcpexplain.wire.icmp import icmp_words
from tcpexplain.wire.segment import (
    ACK,
    MARK_FRAGMENT,
    MARK_IGNORED,
    MARK_LOST,
    MARK_PROBE,
    MARK_RETRANSMISSION,
    RST,
    SYN,
    flag_text,
    icmp_sender,
    number_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypedDict

    from tcpexplain.analysis.ended import Ended
    from tcpexplain.machine.step import ResetRow
    from tcpexplain.model.calls import Side
    from tcpexplain.wire.segment import Segment

    class PacketsSeen(TypedDict):
        """What a ``Connection`` says of its packets, by the names that it has there."""

        segments_seen: tuple[Packet, ...]
        omitted: int
        omitted_after: int
        omitted_bytes: int


def packets_of(ended: Ended, kept: Sequence[Segment], sides: Sequence[Side]) -> PacketsSeen:
    """Those that are kept, and what is not."""
    sent = ended.tells[0].sent + ended.tells[1].sent
    return {
        "segments_seen": tuple(segment(item, ended, sides) for item in kept),
        "omitted": max(ended.facts.packets - len(kept), 0),
        "omitted_after": gap(kept) if len(kept) < ended.facts.packets else -1,
        "omitted_bytes": max(sent - sum(item.length for item in kept if is_new(item)), 0),
    }


def gap(segments: Sequence[Segment]) -> int:
    """The place of the segment after which those that are not kept are told of: the longest time without one; -1: none are kept."""
    waits = [after.time - before.time for before, after in pairwise(segments)]
    return waits.index(max(waits)) if waits else len(segments) - 1


def is_new(item: Segment) -> bool:
    """Whether a segment's payload had not been sent before."""
    return not item.mark & (MARK_IGNORED | MARK_PROBE | MARK_RETRANSMISSION)


def reset(row: ResetRow, sides: Sequence[Side], files: tuple[str, ...]) -> Reset:
    """One RST; ``files``: the captures, if they are several."""
    reasons = tuple(REASONS[code] for code in (row.reason, row.other) if code >= 0)
    evidence = tuple(int(packet) for packet in (row.answers, row.packet) if packet)
    return Reset(
        packet=number_of(int(row.packet)),
        by=sides[row.by],
        origin=cast("Any", ORIGINS[row.origin]),
        accepted=None if row.accepted < 0 else bool(row.accepted),
        shape=cast("Any", SHAPES[row.shape]),
        reason=reasons[0] if len(reasons) == 1 else reasons,
        evidence=numbers(evidence),
        file=int(row.file),
        evidence_files=files_of(evidence, files),
    )


def segment(item: Segment, ended: Ended, sides: Sequence[Side]) -> Packet:
    """One packet as reports draw it."""
    passed = ended.united.passages.get(int(item.packet)) if ended.united else None
    # A SYN whose SYN-ACK came under another address had arrived: only its own end does not know.
    elsewhere = ended.united is not None and bool(ended.united.untranslated) and item.flags & SYN
    lost = (item.mark & MARK_LOST and not elsewhere) or (passed is not None and passed.fate == "lost")
    fate = "lost" if lost else "ignored" if item.mark & MARK_IGNORED and item.flags & RST else "arrived"
    return Packet(
        packet=number_of(int(item.packet)),
        time=(item.time - ended.facts.start) / 1e9,
        sender=sides[item.sender],
        flags=flag_text(item.flags),
        seq=(int(item.seq) - ended.isns[item.sender]) & 0xFFFFFFFF,
        ack=(int(item.ack) - ended.isns[1 - item.sender]) & 0xFFFFFFFF if item.flags & ACK else None,
        length=int(item.length),
        window=int(item.window),
        fate=cast("Any", fate),
        retransmission=bool(item.mark & MARK_RETRANSMISSION),
        probe=bool(item.mark & MARK_PROBE),
        icmp=icmp_words(item.icmp) if item.icmp else None,
        icmp_sender=address(ended.key[0], *icmp_sender(item)) if item.icmp and any(icmp_sender(item)) else None,
        file=int(item.file),
        partial=bool(item.mark & MARK_FRAGMENT),
    )
