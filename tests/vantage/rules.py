"""What a view may say where the full capture says something else; and what it must not fall silent about.

Three rules, for each connection of a view against those of the full capture with the same ends:

1. It is never certain of a cause that the full capture does not name, unless that only says what kind of capture it is
   (`KIND`), severity fine. A capture that stopped early may be certain of anything fine: it cannot know what came
   later.
2. It is never worse: fine < suspicious < failed.
3. The same packets captured in another way (`views.SAME`) give as many connections, with the same cause, severity and
   lost bytes.

A tool that says nothing of anything keeps all three. So `AIMS` says in how many captures a view must keep cause and
severity.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vantage.views import ONE_SIDE, RST, SAME, SYN, Full, Packet, Pair, read, view, write

import tcpexplain as tx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEVERITIES = ("fine", "suspicious", "failed")
CERTAINTIES = ("possible", "likely", "certain")
KIND = {"one-direction-only", "mid-stream", "capture-loss", "capture-filtered"}
"""Causes that say what kind of capture it is."""
SILENT = {*KIND, "unexplained"}
"""Causes that say nothing about the connection."""

AIMS = {
    "snap-headers": 0.95,
    "without-syn-ack": 0.95,
    "without-third-ack": 0.95,
    "late-start-3": 0.85,
    "client-side-only": 0.60,
    "server-side-only": 0.60,
}
"""View -> the share of captures in which it keeps cause and severity; of one direction, where it `shows_an_end`."""
LIKELY = 0.80
"""The share of these in which it is at least likely."""

WRAP = 1 << 32
MOST = 100
"""Connections of a capture from which views are made; of more, so many are taken evenly."""


class Verdict(NamedTuple):
    """What is said of one connection."""

    ends: frozenset[tuple[str, int]]
    cause: str
    severity: str
    certainty: str
    lost: tuple[int, int]
    undecided: bool

    @property
    def rank(self) -> int:
        return SEVERITIES.index(self.severity)

    @property
    def what(self) -> str:
        return f"{self.cause} {self.severity} {self.certainty}"


@dataclass(frozen=True)
class Judged:
    """One view of one capture, and what became of the verdicts."""

    capture: str
    view: str
    full: Sequence[Verdict]
    now: Sequence[Verdict]
    crash: str = ""
    shows_an_end: bool = True
    """Whether a RST, or bytes that nobody answered, can be seen in it."""

    def like(self, one: Verdict) -> list[Verdict]:
        """Those of the full capture with the same ends, or all where the view knows the ends by other names."""
        return [other for other in self.full if other.ends == one.ends] or list(self.full)

    def turned(self, one: Verdict) -> str:
        """What the full capture says of a connection, and what the view does."""
        return f"{' or '.join(dict.fromkeys(full.what for full in self.like(one)))} -> {one.what}"

    @property
    def other_cause(self) -> str:
        """What breaks rule 1."""
        wrong = []
        for one in self.now:
            fulls = self.like(one)
            allowed = one.severity == "fine" and (one.cause in KIND or self.view.startswith("early-stop"))
            if one.certainty == "certain" and not allowed and one.cause not in {full.cause for full in fulls}:
                wrong.append(self.turned(one))
        return listed(wrong)

    @property
    def mild(self) -> bool:
        """Whether rule 1 is broken only by something fine in place of something fine."""
        return self.other_cause != "" and all(one.severity == "fine" for one in [*self.full, *self.now])

    @property
    def worse(self) -> str:
        """What breaks rule 2."""
        return listed(self.turned(one) for one in self.now if one.rank > max(full.rank for full in self.like(one)))

    @property
    def otherwise(self) -> str:
        """What breaks rule 3."""
        if self.view not in SAME:
            return ""
        gone, came = (
            listed(f"{cause} {severity} lost {lost}" for cause, severity, lost in sorted(some.elements()))
            for some in (self.due - self.came, self.came - self.due)
        )
        return f"{gone or 'nothing'} -> {came or 'nothing'}" if gone or came else ""

    @property
    def came(self) -> Counter[tuple[str, str, tuple[int, int]]]:
        return Counter((one.cause, one.severity, one.lost) for one in self.now)

    @property
    def due(self) -> Counter[tuple[str, str, tuple[int, int]]]:
        return Counter((one.cause, one.severity, one.lost) for one in self.full)

    @property
    def kept(self) -> bool:
        """Whether every connection that has a packet in the view keeps cause and severity."""
        return bool(self.now) and not self.changed

    @property
    def changed(self) -> list[Verdict]:
        """The connections that do not keep cause or severity."""
        left = Counter((full.ends, full.cause, full.severity) for full in self.full)
        changed = []
        for one in self.now:
            key = one.ends, one.cause, one.severity
            if left[key]:
                left[key] -= 1
            else:
                changed.append(one)
        return changed

    @property
    def became(self) -> str:
        """What is said in place of what the full capture says, or that nothing is."""
        if not self.now:
            return f"{listed(full.what for full in self.full)} -> {self.crash or 'nothing'}"
        return listed(map(self.turned, self.changed or self.now))

    @property
    def silent(self) -> bool:
        """Whether what is not kept is only left open, not told otherwise."""
        return not self.kept and all(one.cause in SILENT or one.undecided for one in self.changed)

    @property
    def certainty(self) -> str:
        """That of the least certain connection."""
        return min((one.certainty for one in self.now), key=CERTAINTIES.index)


def listed(said: Iterable[str]) -> str:
    """A few of these, each once."""
    each = Counter(said)
    words = [f"{what}{f' ({count} times)' * (count > 1)}" for what, count in each.items()]
    return ", ".join([*words[:3], *["..."] * (len(words) > 3)])


def explained(paths: Path | Sequence[Path]) -> list[Verdict]:
    """What is said of each connection; nothing where no TCP is found."""
    try:
        capture = tx.read(paths)
    except tx.CaptureError:
        return []
    return [
        Verdict(
            ends=frozenset((place.address, place.port) for place in (one.client, one.server)),
            cause=one.cause,
            severity=one.severity,
            certainty=one.certainty,
            lost=(one.bytes["client"].lost, one.bytes["server"].lost),
            undecided=bool(getattr(one, "undecided", False)),
        )
        for one in capture
    ]


def told_of(files: Sequence[bytes], name: str) -> list[Verdict]:
    """What is said of the files of a view."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write(name, files, Path(folder))
        return explained(paths if len(paths) > 1 else paths[0])


class Capture:
    """A capture with what is said of it, from which views are made and judged."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        whole = read(path)
        self.packets = whole.few(MOST)
        self.verdicts = (
            explained(path) if self.packets is whole else told_of(view("ethernet", self.packets), "ethernet")
        )

    def judged(self, name: str) -> Judged | None:
        """A view and what is said of it; None where there is no such view."""
        files = view(name, self.packets)
        if not files:
            return None
        end = name not in ONE_SIDE or shows_an_end(side(self.packets, name))
        try:
            return Judged(self.name, name, self.verdicts, told_of(files, name), shows_an_end=end)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is counted and named)
            return Judged(self.name, name, self.verdicts, [], f"{type(error).__name__}: {error}", end)


def side(full: Full, name: str) -> list[Packet]:
    """The packets of one end."""
    return [one for one in full.tcp if full.by_client(one) == (name == "client-side-only")]


def shows_an_end(packets: Iterable[Packet]) -> bool:
    """Whether one direction holds a RST, or an end's last SYN, bytes or FIN more than once: nobody answered them."""
    last: dict[Pair, tuple[int, int]] = {}
    for one in packets:
        if one.has(RST):
            return True
        if one.takes <= 0:
            continue
        following = (one.seq + one.takes) % WRAP
        top, times = last.get(one.pair, (following - 1, 0))
        ahead = (following - top) % WRAP
        if ahead == 0:
            last[one.pair] = top, times + 1
        elif ahead < WRAP // 2 or one.has(SYN):
            last[one.pair] = following, 1
    return any(times > 1 for _, times in last.values())
