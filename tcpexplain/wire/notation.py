"""The notation of the ladder figures in RFC 9293 section 3, read and written.

::

        client                                                 server
    1.  CLOSED                                                 LISTEN
    2.  SYN-SENT     --> <SEQ=100><CTL=SYN>                --> SYN-RECEIVED
    3.  ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK>   <-- SYN-RECEIVED
        client connect = ok
    cause: syn-unanswered

An arrow at both ends: the segment leaves and arrives. ``...`` at the far end: it is still under way; ``...`` at the near end: here it
arrives (figure 13). ``lost`` at the far end: it never arrives. Beyond the RFC: ``LEN`` (also ``DATA``), ``TEXT`` (the first bytes of the payload, as
a Python string has them; it is as long unless ``LEN`` says more), ``WND``, ``TSV``, ``TSE``, ``TTL``, ``ID``,
``OPT=MSS:1460,WS:7,SACKOK,SACK:200-300``, ``ICMP=3/1`` (the arrow is the error's, ``SEQ`` the quoted segment's), seconds after the line's number,
what calls return (``client write = EPIPE, SIGPIPE``), the cause, ``name=value`` for anything else, and addresses behind the names.
"""

from __future__ import annotations

import re
from typing import Literal, cast

from tcpexplain.errors import CaptureError
from tcpexplain.values import frozen
from tcpexplain.wire.segment import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

Arrival = Literal["arrives", "under way", "late", "lost"]
"""``late``: this line is only the arrival of a segment under way."""

FLAGS = {"SYN": SYN, "FIN": FIN, "RST": RST, "PSH": PSH, "URG": URG, "ECE": ECE, "CWR": CWR, "ACK": ACK}

ARROWS: dict[tuple[str, str], tuple[bool, Arrival]] = {
    ("-->", "-->"): (True, "arrives"),
    ("-->", "..."): (True, "under way"),
    ("...", "-->"): (True, "late"),
    ("-->", "lost"): (True, "lost"),
    ("<--", "<--"): (False, "arrives"),
    ("...", "<--"): (False, "under way"),
    ("<--", "..."): (False, "late"),
    ("lost", "<--"): (False, "lost"),
}
"""Arrows left and right: whether the segment goes from left to right, and how it fares."""

_ARROW = r"-->|<--|\.\.\.|lost"
_SEGMENT = re.compile(
    rf"(?P<left>[^<]*?)(?P<near>{_ARROW})\s*(?P<fields>(?:<[^<>-][^<>]*>)+)\s*(?P<far>{_ARROW})\s*(?P<right>.*)"
)
_NEAR = re.compile(rf"(?:{_ARROW})\s*<[^-]")
_START = re.compile(r"\s*(?:(?P<number>\d+)\.(?=\s|$))?\s*(?:(?P<time>\d+\.\d{1,9})(?=\s|$))?")
_CALL = re.compile(r"(?P<name>\S.*?)\s+(?P<call>[a-z_]+(?: then)?)\s*=\s*(?P<outcomes>.+)")
_META = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>\S+)")
_STATE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
_ADDRESS = re.compile(r"(?P<name>.*?)\s*(?P<address>\S+:\d+)?")


@frozen
class LadderSegment:
    """A segment of a ladder, or an ICMP error about one; None: not said."""

    from_left: bool
    arrival: Arrival = "arrives"
    seq: int = 0
    ack: int | None = None
    flags: int = 0
    length: int = 0
    window: int | None = None
    ts_val: int | None = None
    ts_ecr: int | None = None
    options: tuple[str, ...] = ()
    ttl: int | None = None
    ip_id: int | None = None
    icmp: tuple[int, int] | None = None
    text: bytes = b""
    """The first bytes of the payload."""


@frozen
class LadderLine:
    """One line: what stands left and right, and the segment between; ``time`` in nanoseconds from the ladder's beginning."""

    left: str = ""
    right: str = ""
    segment: LadderSegment | None = None
    number: int | None = None
    time: int | None = None

    @property
    def states(self) -> tuple[str | None, str | None]:
        """The states it names left and right; user calls, timers and remarks stand in parentheses and are none."""
        return (
            self.left if _STATE.fullmatch(self.left) else None,
            self.right if _STATE.fullmatch(self.right) else None,
        )


@frozen
class ExpectedCall:
    """What a call of one end returns after a line (its index): ``outcomes`` as written, ``call`` perhaps with "then"."""

    line: int
    name: str
    call: str
    outcomes: tuple[str, ...]


@frozen
class LadderNotation:
    """A ladder: who stands left and right (name, and address with port or an empty string), its lines, and what is expected."""

    lines: tuple[LadderLine, ...]
    left: tuple[str, str] = ("client", "")
    right: tuple[str, str] = ("server", "")
    calls: tuple[ExpectedCall, ...] = ()
    causes: tuple[str, ...] = ()
    certainty: str = ""
    meta: tuple[tuple[str, str], ...] = ()


def parse(text: str, name: str = "ladder", info: str = "") -> LadderNotation:
    """Read one ladder.

    Parameters
    ----------
    text
        The lines; those that begin with ``#`` are comments.
    name
        How messages call it.
    info
        ``name=value`` words from elsewhere (a Markdown fence's).

    Raises
    ------
    CaptureError
        TE015, with the line that is no ladder line.
    """
    rows = [(number, row.expandtabs().rstrip()) for number, row in enumerate(text.splitlines(), 1)]
    rows = [(number, row) for number, row in rows if row.strip() and not row.lstrip().startswith("#")]
    lines: list[LadderLine] = []
    calls: list[ExpectedCall] = []
    ends: list[tuple[str, str]] = []
    causes: tuple[str, ...] = ()
    certainty = ""
    meta = [(word.partition("=")[0], word.partition("=")[2]) for word in info.split() if "=" in word]
    middle = _middle([row for _, row in rows])
    for number, row in rows:
        content = row.strip()
        if content.startswith("cause:"):
            said, _, certainty = content[6:].partition(",")
            causes, certainty = tuple(code.strip() for code in said.split(" or ")), certainty.strip()
        elif "=" in content and "<" not in content and (found := _META.fullmatch(content)):
            meta.append((found["name"], found["value"]))
        elif "=" in content and "<" not in content and (found := _CALL.fullmatch(content)):
            outcomes = tuple(word.strip() for word in found["outcomes"].split(","))
            calls.append(ExpectedCall(max(len(lines) - 1, 0), found["name"], found["call"], outcomes))
        elif (
            not lines
            and not ends
            and not cast("re.Match[str]", _START.match(row))["number"]
            and len(re.split(r"\s{2,}", content)) == 2
            and "<" not in content
        ):
            ends = [_end(word) for word in re.split(r"\s{2,}", content)]
        else:
            lines.append(_line(row, middle, name, number))
    left, right = ends or [("client", ""), ("server", "")]
    return LadderNotation(tuple(lines), left, right, tuple(calls), causes, certainty, tuple(meta))


def _middle(rows: list[str]) -> int:
    """The column at which the middle begins: where the leftmost arrows stand, or half-way to the right name."""
    arrows = [found.start() for row in rows if (found := _NEAR.search(row))]
    if arrows:
        return min(arrows)
    return max((len(row) - len(re.split(r"\s{2,}", row.strip())[-1]) for row in rows), default=0) // 2 + 4


def _end(word: str) -> tuple[str, str]:
    """Name and address of an end."""
    found = _ADDRESS.fullmatch(word)
    return (found["name"], found["address"] or "") if found and found["name"] else (word, "")


def _line(row: str, middle: int, name: str, number: int) -> LadderLine:
    start = _START.match(row)
    assert start is not None  # noqa: S101 (every part of it is optional)
    count = int(start["number"]) if start["number"] else None
    time = round(float(start["time"]) * 1_000_000_000) if start["time"] else None
    if "<" in row:
        found = _SEGMENT.fullmatch(row, start.end())
        if not found or (found["near"], found["far"]) not in ARROWS:
            raise _wrong(name, number, row)
        try:
            segment = _segment(found["fields"], *ARROWS[found["near"], found["far"]])
        except (ValueError, KeyError):
            raise _wrong(name, number, row) from None
        return LadderLine(found["left"].strip(), found["right"].strip(), segment, count, time)
    words = re.split(r"\s{2,}", row[start.end() :].strip())
    if len(words) > 2:
        raise _wrong(name, number, row)
    if len(words) == 2:
        return LadderLine(words[0], words[1], None, count, time)
    at_right = len(row) - len(row[start.end() :].lstrip()) >= middle
    return LadderLine("", words[0], None, count, time) if at_right else LadderLine(words[0], "", None, count, time)


def _wrong(name: str, number: int, row: str) -> CaptureError:
    return CaptureError(
        f"line {number} of {name} is no ladder line",
        file=name,
        code="TE015",
        note=row.strip(),
        help="a segment's line:  2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED",
    )


def _segment(text: str, from_left: bool, arrival: Arrival) -> LadderSegment:
    said = dict(part.partition("=")[::2] for part in re.findall(r"<([^<>]*)>", text))
    payload = plain_bytes(said.pop("TEXT", ""))
    segment = LadderSegment(
        from_left,
        arrival,
        seq=_number(said.pop("SEQ", "0")),
        ack=_number(said.pop("ACK")) if "ACK" in said else None,
        flags=sum({FLAGS[flag.strip()] for flag in said.pop("CTL", "").split(",") if flag.strip()}),
        length=int(said.pop("LEN", said.pop("DATA", str(len(payload)))) or "1"),  # figure 6 says only <DATA>
        window=_optional(said, "WND"),
        ts_val=_optional(said, "TSV"),
        ts_ecr=_optional(said, "TSE"),
        options=tuple(word for word in said.pop("OPT", "").split(",") if word),
        ttl=_optional(said, "TTL"),
        ip_id=_optional(said, "ID"),
        icmp=_icmp(said.pop("ICMP", "")),
        text=payload,
    )
    if said:
        raise ValueError(said)
    return segment


def _optional(said: dict[str, str], field: str) -> int | None:
    return int(said.pop(field)) if field in said else None


def _icmp(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    kind, _, code = text.partition("/")
    return int(kind), int(code)


def _number(text: str) -> int:
    """A sequence number; the RFC's letters (``Z+1``) stand for thousands."""
    found = re.fullmatch(r"([A-Z])?([+-]?\d+)?", text.replace(" ", ""))
    if not found or not text:
        raise ValueError(text)
    return (1000 * (ord(found[1]) - 64) if found[1] else 0) + int(found[2] or 0)


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


def plain_bytes(text: str) -> bytes:
    """The bytes of a ``TEXT``; ValueError if it is none."""
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")


def escaped(data: bytes) -> str:
    """Bytes as ``TEXT`` has them."""
    plain = data.decode("latin-1").encode("unicode_escape").decode("ascii")
    return plain.replace("<", r"\x3c").replace(">", r"\x3e").replace("  ", r"\x20 ")


def stories(markdown: str, name: str = "story") -> list[tuple[str, LadderNotation]]:
    """The ladders in the fenced blocks ``ladder`` of a Markdown text, each with the heading it stands under."""
    found: list[tuple[str, LadderNotation]] = []
    heading = info = ""
    block: list[str] | None = None
    for row in markdown.splitlines():
        fence = re.match(r"\s*```(.*)", row)
        if block is not None and fence:
            found.append((heading, parse("\n".join(block), f"{name}: {heading}", info)))
            block = None
        elif block is not None:
            block.append(row)
        elif fence and fence[1].split()[:1] == ["ladder"]:
            block, info = [], fence[1].partition("ladder")[2]
        elif row.startswith("#"):
            heading = row.lstrip("#").strip()
    return found
