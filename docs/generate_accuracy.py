"""Record fresh captures on this machine's kernel, hold predictions against them, and write the tables of docs/accuracy.md.

``python docs/generate_accuracy.py [--random N] [--seed S] [--folder FOLDER] [--others FOLDER]`` as root, on Linux. With ``--folder``
recordings are kept there, and those that are there already are judged again instead of being made. ``--others`` names recordings
that somebody else has made, in the folders ``open`` (random programs) and ``named``; without it what the page says of them stays.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tcpexplain
from tcpexplain.lab.judging import judge
from tcpexplain.lab.score import Score
from tcpexplain.reports.json import connection_record

sys.path.insert(0, str(Path(__file__).parent))
from reasons import PLACE, Miss, why

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCS = Path(__file__).parent
PAGE = DOCS / "accuracy.md"
SETS = {
    "random": "random socket programs",
    "named": "named situations",
    "captures": "captures/ of this repository",
    "open-others": "random socket programs, recorded elsewhere",
    "named-others": "named situations, recorded elsewhere",
}
WORDS = {
    "states": "state, where it changes",
    "states_all": "both states, after every packet",
    "read": "read",
    "write": "write",
    "signal": "SIGPIPE or none",
    "poll": "poll",
    "so_error": "SO_ERROR",
    "connect": "connect",
    "reset_reason": "why a RST was sent",
}


def record(folder: Path, *arguments: str) -> None:
    """Let the lab play into ``folder`` what is not there yet."""
    if not list(folder.glob("*.truth.json")):
        subprocess.run(
            [sys.executable, "-m", "tcpexplain.lab", *arguments, "--record-only", "--save", str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )


@dataclass(slots=True)
class Judged:
    """All facts about a set of recordings, their truth files by name, and how many were made on which kernel."""

    score: Score = field(default_factory=Score)
    truths: dict[str, dict[str, Any]] = field(default_factory=dict)
    kernels: Counter[str] = field(default_factory=Counter)


def judged(captures: list[tuple[Path, Path]]) -> Judged:
    """Hold a prediction against each of (capture, truth file)."""
    found = Judged()
    for capture, path in captures:
        truth = json.loads(path.read_text(encoding="utf-8"))
        found.truths[truth["name"]] = truth
        found.kernels[truth["kernel"]] += 1
        judge(truth, [json.loads(json.dumps(connection_record(one))) for one in tcpexplain.read(capture)], found.score)
    return found


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Captures and truth files, side by side in one folder or each in one of its own."""
    beside = [
        (path.with_name(path.name.replace(".truth.json", ".pcap")), path)
        for path in sorted(folder.glob("*.truth.json"))
    ]
    return beside + [(path.with_name("capture.pcap"), path) for path in sorted(folder.glob("*/truth.json"))]


def table(sets: dict[str, Judged]) -> str:
    """Exact, exact or listed, and breadth of every category, for every set."""
    head = "".join(f" {SETS[name]} |" for name in sets)
    lines = [f"| |{head}", "|---|" + "---|" * len(sets)]
    summaries = {name: found.score.summary() for name, found in sets.items()}
    for category, words in WORDS.items():
        cells = "".join(f" {cell(summary[category])} |" for summary in summaries.values())
        lines.append(f"| {words} |{cells}")
    facts = "".join(
        f" {sum(row['n'] for name, row in summary.items() if name in WORDS):,.0f} facts |"
        for summary in summaries.values()
    )
    return "\n".join([*lines, f"| |{facts}"]) + "\n"


def cell(row: dict[str, float]) -> str:
    """``94.5 / 99.8 (1.23)``; only the first where nothing was listed."""
    if not row["n"]:
        return "-"
    exact, listed = 100 * row["exact"] / row["n"], 100 * (row["exact"] + row["listed"]) / row["n"]
    return f"{exact:.1f} %" if row["breadth"] == 1 else f"{exact:.1f} / {listed:.1f} % ({row['breadth']:.2f})"


def misses(found: Judged) -> list[Miss]:
    """Every fact that was not among the possibilities named."""
    return [
        Miss(fact, found.truths[PLACE.fullmatch(fact.place)["name"]])
        for fact in found.score.facts
        if fact.verdict == "miss" and fact.category in WORDS
    ]


def missed(sets: dict[str, Judged]) -> str:
    """Every fact that was not among the possibilities named, and what the capture does not contain; ValueError for one without a reason."""
    lines = []
    for name, found in sets.items():
        total = sum(fact.category in WORDS for fact in found.score.facts)
        these = misses(found)
        lines += [
            f"\n### {SETS[name][0].upper()}{SETS[name][1:]}: {len(these)} of {total:,}\n",
            "| capture | packet | | observed | said | what the capture does not contain |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {miss.place} | {miss.packet} | {f'{miss.side} ' if miss.side else ''}{miss.fact.category} | {said(miss.fact.observed)} | "
            f"{' or '.join(map(said, miss.fact.predicted)) or 'nothing'} | {why(miss)} |"
            for miss in these
        ]
    return "\n".join(lines) + "\n"


def traced(found: Judged) -> str:
    """How many of the states that were missed after a packet are what the kernel's own trace has there."""
    of_both = [miss for miss in misses(found) if miss.fact.category == "states_all"]
    agreeing = sum(miss.is_traced for miss in of_both)
    return (
        f"Of the {len(of_both)} states of the situations that were missed after a packet, {agreeing} are what the kernel's own trace has between "
        "that packet\nand the connection's next: the record names no packet for the change, or another than the one that made it.\n"
    )


def said(value: object) -> str:
    """A value in code, short."""
    words = " ".join(str(word).removeprefix("POLL") for word in value) if isinstance(value, list) else value
    return "none" if words is None else f"`{words or 'nothing'}`"


def write(parts: dict[str, str]) -> None:
    """Put every part between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    for name, part in parts.items():
        before, rest = text.split(f"<!-- {name} -->\n", 1)
        after = rest.split(f"<!-- /{name} -->", 1)[1]
        text = f"{before}<!-- {name} -->\n{part}<!-- /{name} -->{after}"
    PAGE.write_text(text, encoding="utf-8")


def kernels(sets: Iterable[Judged]) -> str:
    """The kernels of these recordings."""
    return ", ".join(sorted({kernel for found in sets for kernel in found.kernels}))


def others(folder: Path) -> dict[str, str]:
    """The parts of the page about recordings that somebody else has made."""
    sets = {name: judged(pairs(folder / name.removesuffix("-others"))) for name in ("open-others", "named-others")}
    counts = [len(found.truths) for found in sets.values()]
    about = f"{kernels(sets.values())}; {counts[0]} random programs, {counts[1]} situations; judged {datetime.now(UTC):%Y-%m-%d}.\n"
    return {
        "others": f"{about}\n{table(sets)}\n{traced(sets['named-others'])}",
        "others-missed": missed(sets),
    }


def main() -> int:
    """Record, judge, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--random", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--others", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        record(folder / "random", "--random", str(options.random), "--seed", str(options.seed))
        record(folder / "named", "--all")
        sets = {name: judged(pairs(folder / name)) for name in ("random", "named")}
    sets["captures"] = judged(pairs(DOCS.parent / "captures"))
    counts = {name: len(found.truths) for name, found in sets.items()}
    about = (
        f"{kernels(sets.values())}; {counts['random']:,} random programs (seed {options.seed}), {counts['named']} situations; "
        f"{datetime.now(UTC):%Y-%m-%d}.\n"
    )
    write(
        {"table": table(sets), "kernels": about, "missed": missed(sets)}
        | (others(options.others) if options.others else {})
    )
    sys.stdout.write(about + table(sets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
