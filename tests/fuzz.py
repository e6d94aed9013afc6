"""``make fuzz``: inputs that nobody would make, of every kind, for so long; whatever is found is printed with what makes it again.

    python tests/fuzz.py --seconds 3600 --first 0       every target in turn; ends with 1 if something was found
    python tests/fuzz.py --target talks --inputs 1000000 --library FOLDER      one of them, with the library there

Targets are the modules of ``fuzzing/``: ``captures`` compares all ways in which one is read and checks every line against the schema; ``talks``
compares hundreds of dialogues at a time; ``files`` and ``payloads`` are for readers of files and of messages, which ``guided`` (atheris) tries as well,
where it is installed. Where there is gcc, every other turn of ``talks`` and ``files`` is of machine code with every index and overflow checked, under
sanitizers. A seed makes the same input everywhere. What was found and mended stays in ``fuzzing/corpus.toml``, which a test replays.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from building import checked_library, sanitizers  # noqa: E402 (found where this file is)

from tcpexplain.native.library import library  # noqa: E402

TARGETS = ("captures", "talks", "files", "payloads")
GUIDED = ("readers", "messages")
CHECKED = ("talks", "files")
"""Targets that work in machine code most of the time."""
TURNS = 4
"""Times that each target has its turn; of a short run fewer, as some take seconds to begin."""
SHORTEST = 10
"""Seconds of a turn, if there are so many."""
TRIED = re.compile(r"(\d+) inputs in batches|number_of_executed_units: (\d+)")


def many(target, first, seconds, inputs):
    """Batches of a target's inputs until the time is over or they are so many; what was found, by the seed of its batch.

    Each seed is printed before it is tried when something ends the process: the last one it is.
    """
    until, seed, tried, found = time.monotonic() + seconds, first, 0, {}
    batch = import_module(f"fuzzing.{target}").batch
    while time.monotonic() < until and (not inputs or tried < inputs):
        sys.stderr.write(f"\r{target} {seed}: {tried} inputs, {len(found)} batches with findings ")
        count, said = batch(seed)
        tried += count
        if said:
            found[seed] = said
            print(f"{target}, batch {seed}: {'; '.join(said[:4])}", flush=True)
        seed += 1
    print(f"{target}: {tried} inputs in batches {first} to {seed - 1}, {len(found)} batches with findings", flush=True)
    return found


def turns(checked):
    """What has a turn: the words of a command, and what it is counted as; ``checked``: the folder of a checked library, or None."""
    for target in TARGETS:
        yield ["fuzz.py", "--target", target], target
    for target in CHECKED if checked else ():
        yield ["fuzz.py", "--target", target, "--library", str(checked)], f"{target}, checked"
    for what in GUIDED if find_spec("atheris") else ():
        yield ["fuzzing/guided.py", what], f"{what}, guided"


def turn(words, seconds, first):
    """Run one for so long, in a process that it may bring down: how many inputs it tried, and whether it found nothing."""
    command = [sys.executable, str(HERE / words[0]), *words[1:], "--seconds", str(max(int(seconds), 1))]
    guided = "guided" in words[0]
    environment = (
        os.environ | (sanitizers() if "--library" in words else {}) | ({"TCPEXPLAIN_COMPILED": "0"} if guided else {})
    )
    done = subprocess.run(
        command + ([] if guided else ["--first", str(first)]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    tried = sum(int(one or other) for one, other in TRIED.findall(text))
    if done.returncode:
        print(f"{' '.join(words)} ended with {done.returncode}:\n{text[-3000:]}", flush=True)
    return tried, done.returncode == 0


def all_of_them(first, seconds):
    """Every target in turn, each at least once, until the time is over: how many inputs of each are printed; whether nothing was found."""
    tried, good, until = Counter(), True, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        every = list(turns(checked_library(Path(folder)) and folder if can_check() else None))
        share = max(seconds / len(every) / TURNS, min(SHORTEST, seconds / len(every)))
        number = 0
        while number < len(every) or time.monotonic() < until:
            words, name = every[number % len(every)]
            count, fine = turn(words, min(share, until - time.monotonic()), first + 100_000 * number)
            tried[name] += count
            good &= fine
            number += 1
    for name, count in tried.items():
        print(f"{count:>12,} {name}")
    print(
        f"{sum(tried.values()):>12,} inputs in all; {'nothing was found' if good else 'see above for what was found'}"
    )
    return good


def can_check():
    """Whether a checked library can be made and loaded here."""
    from shutil import which

    return sys.platform == "linux" and bool(which("gcc")) and bool(library())


def main():
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, help="many inputs of one kind")
    parser.add_argument("--inputs", type=int, default=0, help="end when so many have been tried")
    parser.add_argument(
        "--library", type=Path, help="the folder of another library: packaging/native.py --checked --folder"
    )
    options = parser.parse_args()
    if options.library:
        from tcpexplain.native import library as native

        native.PATH = options.library / native.FILE
        if library() is None:
            parser.error(f"{native.PATH} is not of these sources")
    if options.target:
        return 1 if many(options.target, options.first, options.seconds, options.inputs) else 0
    return 0 if all_of_them(options.first, options.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
