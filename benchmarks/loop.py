"""The compiled loop alone, warm, beside the program in C that is taken for the practical limit: ``loop.py CAPTURE...``.

Both read the file, find the connections and follow both ends' states; the loop also finds the facts that causes are judged by.
Prints, for each capture, CPU seconds of both and how much of the C program's rate the loop reaches (medians of alternating runs).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tcpexplain.analysis.analysis import Analysis
from tcpexplain.analysis.memory import Arrays
from tcpexplain.readers import open_capture

HERE = Path(__file__).parent
RUNS = 5


def built(folder: Path) -> Path:
    """The program in C."""
    program = folder / "climit"
    subprocess.run(["gcc", "-O3", "-march=native", "-o", str(program), str(HERE / "climit.c")], check=True)
    return program


def limit(program: Path, capture: str) -> float:
    """CPU seconds of the C program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(program), "3", "b", capture], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def loop(memory: Arrays, capture: str) -> float:
    """CPU seconds of reading, taking and concluding all connections."""
    begun = time.process_time()
    analysis = Analysis(memory=memory, tell=False)
    for frames in open_capture(capture, columns=memory):
        analysis.feed(frames)
    analysis.conclude_rest()
    return time.process_time() - begun


def main() -> None:
    """Measure what is asked for."""
    memory = Arrays()
    with tempfile.TemporaryDirectory() as folder:
        program = built(Path(folder))
        for capture in sys.argv[1:]:
            loop(memory, capture)
            pairs = [(limit(program, capture), loop(memory, capture)) for _ in range(RUNS)]
            share = median(one / other for one, other in pairs)
            ours, theirs = median(one for _, one in pairs), median(one for one, _ in pairs)
            print(f"{os.path.basename(capture)}\t{theirs:.3f}\t{ours:.3f}\t{share:.2f}", flush=True)


if __name__ == "__main__":
    main()
