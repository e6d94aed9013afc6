"""Ladders as text, written so that ``wire.notation_read`` reads the same."""

from __future__ import annotations

from tcpexplain.wire.notation import ARROWS, FLAGS, LadderNotation, LadderSegment


def render(ladder: LadderNotation) -> str:
    """Write a ladder so that ``parse`` reads the same one."""
    bodies = ["" if line.segment is None else segment_text(line.segment) for line in ladder.lines]
    ends = [" ".join(part for part in end if part) for end in (ladder.left, ladder.right)]
    width = max(12, len(ends[0]), *(len(line.left) for line in ladder.lines)) if ladder.lines else max(12, len(ends[0]))
    body = max([30, *map(len, bodies)])
    timed = any(line.time is not None for line in ladder.lines)
    rows = [f"{name}={value}" for name, value in ladder.meta]
    clock = " " * 14 if timed else ""
    rows.append(f"     {clock}{ends[0]:<{width + body + 12}}{ends[1]}")
    for index, (line, text) in enumerate(zip(ladder.lines, bodies, strict=True)):
        near, far = _arrows(line.segment)
        number = "" if line.number is None else f"{line.number}."
        seconds = "" if line.time is None else f"{line.time // 10**9}.{line.time % 10**9:09}"
        clock = f"{seconds:>13} " if timed else ""
        rows.append(f"{number:<4} {clock}{line.left:<{width}} {near:<4} {text:<{body}} {far:<4} {line.right}".rstrip())
        rows += [
            f"     {call.name} {call.call} = {', '.join(call.outcomes)}" for call in ladder.calls if call.line == index
        ]
    if ladder.causes:
        rows.append(f"cause: {' or '.join(ladder.causes)}{', ' if ladder.certainty else ''}{ladder.certainty}")
    return "\n".join(rows) + "\n"


def _arrows(segment: LadderSegment | None) -> tuple[str, str]:
    if segment is None:
        return "", ""
    return next(arrows for arrows, fares in ARROWS.items() if fares == (segment.from_left, segment.arrival))


def segment_text(segment: LadderSegment) -> str:
    """The fields of a segment, in the RFC's order: ``<SEQ=101><ACK=301><CTL=ACK>``."""
    said = {
        "SEQ": segment.seq,
        "ACK": segment.ack,
        "CTL": ",".join(name for name, bit in FLAGS.items() if segment.flags & bit) or None,
        "LEN": segment.length if segment.length != len(segment.text) else None,
        "WND": segment.window,
        "TSV": segment.ts_val,
        "TSE": segment.ts_ecr,
        "OPT": ",".join(segment.options) or None,
        "TTL": segment.ttl,
        "ID": segment.ip_id,
        "ICMP": None if segment.icmp is None else "{}/{}".format(*segment.icmp),
        "TEXT": escaped(segment.text) or None,
    }
    return "".join(f"<{name}={value}>" for name, value in said.items() if value is not None)


def escaped(data: bytes) -> str:
    """Bytes as ``TEXT`` has them."""
    plain = data.decode("latin-1").encode("unicode_escape").decode("ascii")
    return plain.replace("<", r"\x3c").replace(">", r"\x3e").replace("  ", r"\x20 ")
