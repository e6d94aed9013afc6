"""How often is the cause right? Compares what tcpexplain says of the captures in programs/ with labels.toml.

    python tests/causes/score_labels.py [--run "tcpexplain {} --json"] [--misses] [NAME...]

Prints two Markdown tables (as they stand in docs/accuracy.md): the worst connection of every capture, and single connections.
`right`: the cause is admissible; `also`: an admissible one is among the alternatives or in `also`; wrong and certain must be 0.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
WORST = {"failed": 0, "suspicious": 1, "fine": 2}
ORDER = ("wrong", "also", "right")

Row = dict[str, Any]
"""One connection line of the tcpexplain/1 schema; events are not looked at."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One label and what was said."""

    capture: str
    of: str
    """worst, healthy, or which connection: "server 8100 #1", "client 40001"."""
    admissible: tuple[str, ...]
    said: str
    certainty: str
    verdict: str
    """right, also or wrong."""

    @property
    def wrong_and_certain(self) -> bool:
        """The one thing that must never happen."""
        return self.verdict == "wrong" and self.certainty == "certain"


def labels() -> dict[str, dict[str, Any]]:
    """Capture name -> what was done in it."""
    return tomllib.loads((HERE / "labels.toml").read_text(encoding="utf-8"))


def capture_of(name: str) -> Path:
    """The file of a labelled capture."""
    plain = HERE / "programs" / f"{name}.pcap"
    return plain if plain.exists() else plain.with_suffix(".pcap.gz")


def judge(name: str, label: dict[str, Any], rows: Sequence[Row]) -> list[Judged]:
    """Every label of one capture against the connections found in it."""
    ordered = sorted(rows, key=lambda row: row["stream"])
    if label.get("healthy"):
        return [compare(name, "healthy", {"severity": ["fine", "suspicious"]}, worst(ordered))]
    judged = [compare(name, "worst", label, worst(ordered))]
    for each in label.get("connections", ()):
        said = [compare(name, where(each), each, row) for row in matching(each, ordered)]
        judged.append(min(said or [compare(name, where(each), each, None)], key=lambda one: ORDER.index(one.verdict)))
    return judged


def worst(rows: Iterable[Row]) -> Row | None:
    """Failed before suspicious before fine, then the first."""
    return min(rows, key=lambda row: WORST.get(row["severity"], 3), default=None)


def where(each: dict[str, Any]) -> str:
    end = "client" if "client" in each else "server"
    return f"{end} {each[end]}" + (f" #{each['nth']}" if "nth" in each else "")


def matching(each: dict[str, Any], rows: Sequence[Row]) -> list[Row]:
    """The connections a label speaks of: all of that port, or the nth of them."""
    end = "client" if "client" in each else "server"
    found = [row for row in rows if row[end]["port"] == each[end]]
    return found[each["nth"] : each["nth"] + 1] if "nth" in each else found


def compare(name: str, of: str, label: dict[str, Any], row: Row | None) -> Judged:
    admissible = tuple(label.get("cause") or label["severity"])
    if row is None:
        return Judged(name, of, admissible, "nothing", "", "wrong")
    if "cause" not in label:
        verdict = "right" if row["severity"] in admissible else "wrong"
        return Judged(name, of, admissible, f"{row['cause']} ({row['severity']})", row["certainty"], verdict)
    named = {*row.get("alternatives", ()), *row.get("also", ())}
    verdict = "right" if row["cause"] in admissible else "also" if named & set(admissible) else "wrong"
    return Judged(name, of, admissible, row["cause"], row["certainty"], verdict)


def confusion(judged: Iterable[Judged]) -> str:
    """A Markdown table: what was done, how often it was told, what was said instead."""
    counts: dict[str, Counter[str]] = {}
    instead: dict[str, Counter[str]] = {}
    for one in judged:
        done = one.admissible[0] if one.admissible[0] not in WORST else "nothing failed"
        counts.setdefault(done, Counter())[one.verdict] += 1
        if one.verdict != "right":
            instead.setdefault(done, Counter())[one.said] += 1
    lines = ["| what was done | n | right | also | wrong | said instead |", "|---|--:|--:|--:|--:|---|"]
    for done, found in sorted(counts.items()):
        said = ", ".join(f"{cause} {count}" for cause, count in instead.get(done, Counter()).most_common())
        lines.append(f"| {done} | {found.total()} | {found['right']} | {found['also']} | {found['wrong']} | {said} |")
    total: Counter[str] = sum(counts.values(), Counter())
    lines.append(f"| **all** | {total.total()} | {total['right']} | {total['also']} | {total['wrong']} | |")
    return "\n".join(lines)


def rows_of(command: str, path: Path) -> list[Row]:
    """Run the command on one capture; its connection lines."""
    words = [word.replace("{}", str(path)) for word in shlex.split(command)]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [row for row in map(json.loads, lines) if row["type"] == "connection"]


def main() -> int:
    """Exit status 1 where something was wrong and certain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default=f"{shlex.quote(sys.executable)} -m tcpexplain {{}} --json --no-events")
    parser.add_argument("--misses", action="store_true", help="say what was said of each label that is not right")
    parser.add_argument("names", nargs="*", default=["*"], help="shell patterns of capture names")
    options = parser.parse_args()
    chosen = {
        name: label for name, label in labels().items() if any(fnmatch.fnmatch(name, each) for each in options.names)
    }
    with ThreadPoolExecutor(2) as pool:
        rows = pool.map(lambda name: rows_of(options.run, capture_of(name)), chosen)
        judged = [
            one for (name, label), found in zip(chosen.items(), rows, strict=True) for one in judge(name, label, found)
        ]
    captures = [one for one in judged if one.of in ("worst", "healthy")]
    single = [one for one in judged if one.of not in ("worst", "healthy")]
    if options.misses:
        for one in judged:
            if one.verdict != "right":
                print(
                    f"{one.verdict:5} {one.capture}, {one.of}: {one.said} ({one.certainty}), admissible: {', '.join(one.admissible)}"
                )
    print(
        f"The worst connection of each capture\n\n{confusion(captures)}\n\nSingle connections\n\n{confusion(single)}\n"
    )
    certain = sum(one.wrong_and_certain for one in judged)
    print(f"wrong and certain: {certain}")
    return int(certain > 0)


if __name__ == "__main__":
    raise SystemExit(main())
