"""What do views of complete captures keep of the verdicts? Prints a table, a line a view.

    python tests/vantage/retention.py FOLDER_OR_CAPTURES... [--views NAME,...] [--misses]

n         captures that have the view          rule 1, 2, 3   captures that break it (rules.py); mild: fine for fine
kept      cause and severity are the same      unread, crash  no connection was printed; an exception
silent    not kept, only left open or unread   undecided      a connection says that it cannot be told
certain, likely, possible                      of those kept, the least certain connection

The last lines hold the shares of views that must be kept against the aims.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from vantage.rules import AIMS, CERTAINTIES, LIKELY, Capture, Judged
from vantage.views import NAMES, ONE_SIDE

COLUMNS = (
    ("n", lambda _: True),
    ("kept", lambda one: one.kept),
    ("silent", lambda one: one.silent),
    *((word, lambda one, word=word: one.kept and one.certainty == word) for word in reversed(CERTAINTIES)),
    ("rule 1", lambda one: bool(one.other_cause)),
    ("mild", lambda one: one.mild),
    ("rule 2", lambda one: bool(one.worse)),
    ("rule 3", lambda one: bool(one.otherwise)),
    ("unread", lambda one: not one.now and not one.crash),
    ("undecided", lambda one: any(verdict.undecided for verdict in one.now)),
    ("crash", lambda one: bool(one.crash)),
)
"""Heading -> which views are counted."""


def captures(given: list[Path]) -> list[Path]:
    """Captures named, and those in folders named."""
    return [path for one in given for path in (sorted(one.rglob("*.pcap")) if one.is_dir() else [one])]


def table(found: dict[str, list[Judged]]) -> str:
    """A line a view, as a Markdown table."""
    heads = ["view", *(head for head, _ in COLUMNS)]
    heads.insert(3, "share")
    rows = []
    for name, judged in found.items():
        counts = [sum(map(counted, judged)) for _, counted in COLUMNS]
        row = [name, *map(str, counts)]
        row.insert(3, percent(counts[1], counts[0]))
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])], *rows]
    return "\n".join(
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |" for row in lines
    )


def aims(found: dict[str, list[Judged]]) -> str:
    """Views that must keep cause and severity: how many do, and how sure they are."""
    lines = ["aims (of one direction: where a RST, or bytes sent again, can be seen)"]
    for name, aim in ((name, aim) for name, aim in AIMS.items() if name in found):
        asked = [one for one in found[name] if one.shows_an_end]
        kept = [one for one in asked if one.kept]
        likely = sum(one.certainty != "possible" for one in kept)
        lines.append(
            f"{name:18}kept {len(kept):4} of {len(asked):4} {percent(len(kept), len(asked)):>6} (aim {aim:.0%})"
            f"   at least likely {likely:4} of {len(kept):4} {percent(likely, len(kept)):>6} (aim {LIKELY:.0%})"
        )
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """A share in percent."""
    return f"{part / whole:.1%}" if whole else "-"


def misses(one: Judged) -> list[str]:
    """Lines about one view: which rule it breaks, or what became of a verdict."""
    told = {
        "crash": one.crash,
        "rule 1": one.other_cause,
        "rule 2": one.worse,
        "rule 3": one.otherwise,
        "not kept": "" if one.kept else one.became,
    }
    asked = " (no end can be seen)" if one.view in ONE_SIDE and not one.shows_an_end else ""
    return [f"{one.capture} {one.view}{asked} {what}: {words}" for what, words in told.items() if words]


def main() -> None:
    """Read, judge, print."""
    ask = argparse.ArgumentParser(description="what views of captures keep of the verdicts; see the docstring")
    ask.add_argument("given", nargs="+", type=Path, metavar="FOLDER_OR_CAPTURES")
    ask.add_argument("--views", help="only these, with commas between", default=",".join(NAMES))
    ask.add_argument("--misses", action="store_true", help="a line for each rule broken and each verdict not kept")
    given = ask.parse_args()
    began, names, left_out = time.perf_counter(), given.views.split(","), []
    found: dict[str, list[Judged]] = {name: [] for name in names}
    for path in captures(given.given):
        try:
            capture = Capture(path, f"{path.parent.name}/{path.stem}")
        except ValueError as error:
            left_out.append(f"left out: {path}: {error}")
            continue
        if not capture.verdicts:
            left_out.append(f"left out: {path}: no TCP found")
            continue
        for one in filter(None, map(capture.judged, names)):
            found[one.view].append(one)
            if given.misses:
                print(*(f"{line}\n" for line in misses(one)), sep="", end="")
    print(table(found), "", aims(found), "", *left_out, f"{time.perf_counter() - began:.1f} s", sep="\n")


if __name__ == "__main__":
    main()
