"""Record fresh captures on this machine's kernel, hold predictions against them, and write the tables of docs/accuracy.md.

``python docs/generate_accuracy.py [--random N] [--seed S] [--folder FOLDER]`` as root, on Linux. With ``--folder`` recordings are
kept there, and those that are there already are judged again instead of being made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import tcpexplain
from tcpexplain.lab.judging import judge
from tcpexplain.lab.score import Score
from tcpexplain.reports.json import connection_record

DOCS = Path(__file__).parent
PAGE = DOCS / "accuracy.md"
SETS = {
    "random": "random socket programs",
    "named": "named situations",
    "captures": "captures/ of this repository",
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


def judged(captures: list[tuple[Path, Path]]) -> tuple[Score, Counter[str]]:
    """All facts about (capture, truth file), and the kernels that were recorded."""
    score, kernels = Score(), Counter[str]()
    for capture, path in captures:
        truth = json.loads(path.read_text(encoding="utf-8"))
        kernels[truth["kernel"]] += 1
        judge(truth, [json.loads(json.dumps(connection_record(one))) for one in tcpexplain.read(capture)], score)
    return score, kernels


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Captures and truth files, side by side in one folder or each in one of its own."""
    beside = [
        (path.with_name(path.name.replace(".truth.json", ".pcap")), path)
        for path in sorted(folder.glob("*.truth.json"))
    ]
    return beside + [(path.with_name("capture.pcap"), path) for path in sorted(folder.glob("*/truth.json"))]


def table(scores: dict[str, Score]) -> str:
    """Exact, exact or listed, and breadth of every category, for every set."""
    head = "".join(f" {SETS[name]} |" for name in scores)
    lines = [f"| |{head}", "|---|" + "---|" * len(scores)]
    summaries = {name: score.summary() for name, score in scores.items()}
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


def missed(scores: dict[str, Score]) -> str:
    """Every fact that was not among the possibilities named, as a list."""
    lines = []
    for name, score in scores.items():
        facts = [fact for fact in score.facts if fact.verdict == "miss" and fact.category in WORDS]
        lines.append(
            f"\n### {SETS[name][0].upper()}{SETS[name][1:]}: {len(facts)} of {sum(fact.category in WORDS for fact in score.facts):,}\n"
        )
        lines += [
            f"- {fact.category}, {fact.place}: observed {said(fact.observed)}, predicted {said(fact.predicted)}"
            for fact in facts
        ]
    return "\n".join(lines) + "\n"


def said(value: object) -> str:
    """A value in code, short."""
    return f"`{json.dumps(value)}`".replace("null", "none")


def write(parts: dict[str, str]) -> None:
    """Put every part between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    for name, part in parts.items():
        before, rest = text.split(f"<!-- {name} -->\n", 1)
        after = rest.split(f"<!-- /{name} -->", 1)[1]
        text = f"{before}<!-- {name} -->\n{part}<!-- /{name} -->{after}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> int:
    """Record, judge, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--random", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        record(folder / "random", "--random", str(options.random), "--seed", str(options.seed))
        record(folder / "named", "--all")
        found = {"random": judged(pairs(folder / "random")), "named": judged(pairs(folder / "named"))}
    found["captures"] = judged(pairs(DOCS.parent / "captures"))
    scores = {name: score for name, (score, _) in found.items()}
    kernels = ", ".join(sorted({kernel for _, kernels in found.values() for kernel in kernels}))
    counts = {name: sum(kernels.values()) for name, (_, kernels) in found.items()}
    about = f"{kernels}; {counts['random']:,} random programs (seed {options.seed}), {counts['named']} situations; {datetime.now(UTC):%Y-%m-%d}.\n"
    write({"table": table(scores), "kernels": about, "missed": missed(scores)})
    sys.stdout.write(about + table(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
