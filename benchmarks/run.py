"""``make bench``: tcpexplain and other readers of captures in turn on the same files, as whole processes.

Writes the tables of docs/performance.md and the plots beside it. Programs that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Run(NamedTuple):
    """One process: CPU and wall seconds, peak memory in MiB."""

    cpu: float
    wall: float
    memory: float


def commands(compiled: bool = True) -> dict[str, tuple[list[str], dict[str, str]]]:
    """What is run, by name, with its environment; ``CAPTURE`` stands for the file."""
    own = [sys.executable, "-m", "tcpexplain", "CAPTURE"]
    piped = ["sh", "-c", 'cat "$1" | "$0" -m tcpexplain -', sys.executable, "CAPTURE"]
    found: dict[str, tuple[list[str], dict[str, str]]] = {
        "tcpexplain": (own, {}),
        "tcpexplain - (cat's pipe)": (piped, {}),
    }
    if compiled:
        found["tcpexplain, not compiled"] = (own, {"TCPEXPLAIN_COMPILED": "0"})
        found["tcpexplain --json --no-events"] = ([*own, "--json", "--no-events"], {})
        found["tcpexplain --json"] = ([*own, "--json"], {})
        target = os.path.join(tempfile.gettempdir(), "tcpexplain-bench")
        found["tcpexplain -o x.parquet"] = ([*own, "-o", f"{target}.parquet"], {})
        found["tcpexplain -o DIR/"] = ([*own, "-o", f"{target}-tables/"], {})
    fields = ("frame.number", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.flags")
    others = {
        "tshark -T fields (6 fields)": [
            "tshark",
            "-r",
            "CAPTURE",
            "-T",
            "fields",
            *(w for f in fields for w in ("-e", f)),
        ],
        "tshark -q -z conv,tcp": ["tshark", "-q", "-z", "conv,tcp", "-r", "CAPTURE"],
        "tcptrace -n": ["tcptrace", "-n", "CAPTURE"],
        "argus": ["argus", "-r", "CAPTURE", "-w", "/dev/null"],
        "tcpdump -w": ["tcpdump", "-r", "CAPTURE", "-w", "/dev/null"],
    }
    if not compiled:
        del others["tshark -T fields (6 fields)"]
    return found | {name: (command, {}) for name, command in others.items() if shutil.which(command[0])}


def once(command: list[str], environment: dict[str, str], capture: Path) -> Run:
    """Run a command, its output thrown away."""
    words = [str(capture) if word == "CAPTURE" else word for word in command]
    begun = time.perf_counter()
    process = subprocess.Popen(
        words,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Run(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024)


def measured(capture: Path, names: dict[str, tuple[list[str], dict[str, str]]], runs: int) -> dict[str, Run]:
    """Medians of ``runs`` runs of each, A B C A B C."""
    found: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(runs):
        for name, (command, environment) in names.items():
            found[name].append(once(command, environment, capture))
    return {
        name: Run(*(statistics.median(column) for column in zip(*all_of_it, strict=True)))
        for name, all_of_it in found.items()
    }


def generate(folder: Path, mix: str, packets: int) -> Path:
    """A capture of the generator, made once."""
    path = folder / f"{mix}-{packets}.pcap"
    if not path.exists():
        subprocess.run(
            [sys.executable, str(HERE / "make_capture.py"), str(path), "--mix", mix, "--packets", str(packets)],
            check=True,
            capture_output=True,
        )
    return path


def typed(name: str) -> str:
    """What is typed stands as code, else two dashes would become one; a remark behind it stands as it is."""
    return re.sub(r"^(.*?)(, .*| \(.*)?$", r"`\1`\2", name)


def table(mix: str, packets: int, found: dict[str, Run]) -> str:
    """A Markdown table, CPU relative to tcpexplain's."""
    base = found["tcpexplain"].cpu
    rows = "\n".join(
        f"| {typed(name)} | {run.cpu:.2f} | {run.wall:.2f} | {run.memory:.0f} | {packets / run.cpu / 1000:,.0f} | {run.cpu / base:.2f} |"
        for name, run in found.items()
    )
    return f"## {mix}, {packets:,} packets\n\n| | CPU s | wall s | peak MiB | thousand packets / CPU s | CPU / tcpexplain |\n|---|---|---|---|---|---|\n{rows}\n"


def rotated(capture: Path, pieces: int = 8) -> list[Path]:
    """The capture in files as a ring leaves them, made once."""
    folder = capture.with_suffix(".ring")
    if not folder.exists():
        folder.mkdir()
        share, number, left = capture.stat().st_size // pieces + 1, 0, 0
        with ExitStack() as stack:
            source = stack.enter_context(capture.open("rb", buffering=1 << 20))
            header = source.read(24)
            while record := source.read(16):
                if left <= 0:
                    piece = stack.enter_context((folder / f"ring{number}.pcap").open("wb", buffering=1 << 20))
                    piece.write(header)
                    left, number = share, number + 1
                data = source.read(int.from_bytes(record[8:12], "little"))
                piece.write(record + data)
                left -= len(record) + len(data)
    return sorted(folder.iterdir())


def shared(capture: Path, packets: int, runs: int) -> str:
    """One process against two for the same capture in 8 rotated files; the same JSON is told by its hash."""
    files = [str(path) for path in rotated(capture)]
    own = [sys.executable, "-m", "tcpexplain", *files]
    names = {f"--jobs {jobs}": ([*own, "--jobs", str(jobs)], {}) for jobs in (1, 2)}
    names["--jobs 1, the capture in one file"] = ([sys.executable, "-m", "tcpexplain", "CAPTURE"], {})
    found = measured(capture, names, runs)
    told = {
        sha256(subprocess.run([*own, "--json", "--jobs", jobs], capture_output=True, check=True).stdout).hexdigest()
        for jobs in "12"
    }
    base = found["--jobs 1"].wall
    rows = "\n".join(f"| {typed(name)} | {run.wall:.2f} | {base / run.wall:.2f} |" for name, run in found.items())
    same = "the same, byte for byte" if len(told) == 1 else "DIFFERENT"
    return f"## web, {packets:,} packets in 8 rotated files\n\n`--json` of one and of two processes is {same}.\n\n| | wall s | one process / this |\n|---|---|---|\n{rows}\n"


def against_c(captures: list[Path]) -> str:
    """The loop alone, warm, against the program in C."""
    if not shutil.which("gcc"):
        return ""
    done = subprocess.run(
        [sys.executable, str(HERE / "loop.py"), *map(str, captures)], capture_output=True, text=True, check=True
    )
    rows = "\n".join(f"| {' | '.join(line.split(chr(9)))} |" for line in done.stdout.splitlines())
    return f"## The compiled loop, warm, against a program in C\n\n| | C, CPU s | loop, CPU s | share of C's rate |\n|---|---|---|---|\n{rows}\n"


def plot(series: dict[str, dict[int, Run]], target: Path) -> None:
    """CPU time and memory over packets, both logarithmic."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.6), layout="constrained")
    shown = {name: runs for name, runs in series.items() if len(runs) > 1}
    own = [name for name in shown if name.startswith("tcpexplain")]
    others = [name for name in shown if name not in own]
    colors = {name: colormaps["Blues_r"](place / (len(own) + 2)) for place, name in enumerate(own)}
    colors |= {name: colormaps["Dark2"](place + 1) for place, name in enumerate(others)}
    for axes, what, label in zip(
        figure.subplots(1, 2), ("cpu", "memory"), ("CPU seconds, whole process", "peak memory, MiB"), strict=True
    ):
        for name, runs in shown.items():
            heights = [getattr(run, what) for run in runs.values()]
            width, line = (3.0 if name == own[0] else 1.4), "-" if name in others or name == own[0] else "--"
            axes.plot(list(runs), heights, line, marker="o", ms=4, lw=width, color=colors[name], label=name)
        axes.set(xscale="log", yscale="log", xlabel="packets (web mix)", ylabel=label)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", frameon=False, fontsize=8)
    figure.savefig(target)


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tcpexplain-bench")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "tcpexplain.reading.warm_up"], check=True)
    tables: list[str] = []
    series: dict[str, dict[int, Run]] = {}
    for packets in options.packets:
        names = commands(compiled=packets <= 1_000_000)
        if packets > 1_000_000:
            # It takes minutes, and a GiB per million packets.
            names = {name: how for name, how in names.items() if not name.startswith("tshark")}
        found = measured(generate(options.folder, "web", packets), names, options.runs)
        tables.append(table("web", packets, found))
        for name, run in found.items():
            series.setdefault(name, {})[packets] = run
    most = min(max(options.packets), 1_000_000)
    for mix in ("pool", "flood"):
        # tshark reassembles what the pool mix only pretends to be, for minutes: no comparison.
        names = {
            name: how
            for name, how in commands(compiled=False).items()
            if mix != "pool" or not name.startswith("tshark")
        }
        tables.append(table(mix, most, measured(generate(options.folder, mix, most), names, options.runs)))
    tables.append(against_c([generate(options.folder, mix, most) for mix in ("web", "pool", "flood")]))
    tables += [
        shared(generate(options.folder, "web", packets), packets, options.runs)
        for packets in options.packets
        if packets >= 1_000_000
    ]
    plot(series, PAGE.with_name("performance.svg"))
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    load = f"{options.runs} runs of each, in turn; medians; load average {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors.\n"
    PAGE.write_text(
        before + BEGIN + "\n" + load + "\n" + "\n".join(tables) + END + rest.split(END)[1], encoding="utf-8"
    )


if __name__ == "__main__":
    main()
