"""Ladders as text, read: ``wire.notation`` says what a line is made of."""

from __future__ import annotations

import re
from typing import cast

from tcpexplain.errors import CaptureError
from tcpexplain.wire.notation import ARROWS, FLAGS, Arrival, ExpectedCall, LadderLine, LadderNotation, LadderSegment

_ARROW = r"-->|<--|\.\.\.|lost"
_SEGMENT = re.compile(
    rf"(?P<left>[^<]*?)(?P<near>{_ARROW})\s*(?P<fields>(?:<[^<>-][^<>]*>)+)\s*(?P<far>{_ARROW})\s*(?P<right>.*)"
)
_NEAR = re.compile(rf"(?:{_ARROW})\s*<[^-]")
_START = re.compile(r"\s*(?:(?P<number>\d+)\.(?=\s|$))?\s*(?:(?P<time>\d+\.\d{1,9})(?=\s|$))?")
_CALL = re.compile(r"(?P<name>\S.*?)\s+(?P<call>[a-z_]+(?: then)?)\s*=\s*(?P<outcomes>.+)")
_META = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>\S+)")
_ADDRESS = re.compile(r"(?P<name>.*?)\s*(?P<address>\S+:\d+)?")


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


def plain_bytes(text: str) -> bytes:
    """The bytes of a ``TEXT``; ValueError if it is none."""
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")


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
