"""``make fuzz``: one capture after the other that nobody would make, read in all ways; whatever differs is kept in ``tests/found``.

    python tests/fuzz.py --seconds 3600 --first 0      ends with 1 if something was found
    python tests/fuzz.py --target talks --inputs 1000000 --library FOLDER      many at a time (``fuzzing/``), with the library there

Compared are plain code and machine code, a file and a pipe, one file and the same packets in three, given in any order. Every line is
checked against the schema. A seed makes the same capture everywhere.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

from dialogues import packets, pcap

import tcpexplain
from tcpexplain.errors import TcpexplainError
from tcpexplain.native.library import library
from tcpexplain.readers import open_stream
from tcpexplain.reports.json import connection_record

CORPUS = Path(__file__).parent / "found"
SAID = ("cause", "severity", "certainty", "also", "undecided", "alternatives")
"""What does not name packets: of several files these count anew."""


def told(what, compiled="1"):
    """All that is said of each connection, or the error."""
    os.environ["TCPEXPLAIN_COMPILED"] = compiled
    try:
        return [json.loads(json.dumps(connection_record(one))) for one in tcpexplain.read(what)]
    except TcpexplainError as error:
        return [{"error": error.code}]


def short(records):
    """What several files must say as well."""
    return [{name: one.get(name) for name in SAID} | {"error": one.get("error")} for one in records]


@cache
def schema():
    """The validator of a line; None where jsonschema is not installed."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        return None
    return Draft202012Validator(
        json.loads((Path(tcpexplain.__file__).parent / "schema" / "tcpexplain-1.json").read_text())
    )


def ways(seed, folder):
    """The names of the ways in which this capture is read otherwise than as a file by plain code."""
    rows = packets(seed)
    rng = Random(-seed)
    snap = rng.choice((65535, 65535, 65535, 54, 60, 128))
    whole = folder / "whole.pcap"
    whole.write_bytes(pcap(rows, snap))
    plain = told(whole, "0")
    cuts = sorted(rng.randrange(len(rows) + 1) for _ in range(2))
    parts = [folder / f"part{number}.pcap" for number in range(3)]
    for path, first, last in zip(parts, (0, *cuts), (*cuts, len(rows)), strict=True):
        path.write_bytes(pcap(rows[first:last], snap))
    # Where two files begin at the same instant, or time steps back between them, their order is that in which they are given.
    ordered = all(rows[cut - 1][0] < rows[cut][0] for cut in cuts if 0 < cut < len(rows)) and len(set(cuts)) == 2
    shuffled = rng.sample(parts, 3) if ordered else parts
    found = []
    if library() and told(whole, "1") != plain:
        found.append("machine code")
    if short(told([open_stream(io.BytesIO(whole.read_bytes()), "pipe")], "0")) != short(plain):
        found.append("pipe")
    if short(told(shuffled, rng.choice("01"))) != short(plain):
        found.append("three files")
    if schema() and any(not schema().is_valid(one) for one in plain if "error" not in one):
        found.append("schema")
    return found


def search(first, seconds):
    """Read captures until the time is over; the seeds that differ, and in what."""
    until, seed, found = time.monotonic() + seconds, first, {}
    with tempfile.TemporaryDirectory() as place:
        while time.monotonic() < until:
            try:
                differs = ways(seed, Path(place))
            except Exception as error:  # noqa: BLE001 (whatever is raised is what is looked for)
                differs = [f"{type(error).__name__}: {error}", traceback.format_exc().splitlines()[-3].strip()]
            if differs:
                found[seed] = differs
                print(f"seed {seed}: {', '.join(differs)}", flush=True)
            seed += 1
    print("with machine code" if library() else "without machine code: make native")
    print(f"{seed - first} captures from seed {first} on, {len(found)} read differently")
    return found


def many(target, first, seconds, inputs):
    """Batches of ``fuzzing``'s inputs until the time is over or they are so many; what was found, by the seed of its batch.

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


def main():
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="put what was found into tests/found")
    parser.add_argument("--target", choices=("talks", "files", "payloads"), help="many inputs at a time, of one kind")
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
    found = search(options.first, options.seconds)
    for seed in found if options.keep else ():
        CORPUS.mkdir(exist_ok=True)
        (CORPUS / f"{seed}.pcap").write_bytes(pcap(packets(seed)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
