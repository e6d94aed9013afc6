"""Real captures: what is expected of each stands beside it, and tshark agrees about what is in it.

``pytest --update-expected`` rewrites captures/*/expected.toml; look at the difference before it is kept.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from shares import one_of

import tcpexplain
from tcpexplain.lab.judging import judge
from tcpexplain.lab.score import Score
from tcpexplain.reports.json import connection_record
from tcpexplain.wire.segment import flag_text

ROOT = Path(__file__).parent.parent / "captures"
FOLDERS = sorted(path.parent for path in ROOT.glob("*/capture.pcap"))
FILES = sorted([*ROOT.glob("*/*.pcap"), *ROOT.glob("*/*.pcapng")])
HEADER = (
    "# Written by pytest --update-expected: what tcpexplain is expected to find, and where it is known to be wrong.\n"
)
TARGETS = {
    "states": 99.0,
    "states_all": 98.0,
    "read": 88.0,
    "write": 95.0,
    "signal": 97.0,
    "poll": 90.0,
    "so_error": 95.0,
    "connect": 98.0,
    "reset_reason": 90.0,
}
"""Least percentage of facts, over all captures, that the first possibility must hit."""


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def truth_of(folder):
    path = folder / "truth.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def judged(folder, capture):
    """Every recorded fact of a folder, held against the prediction."""
    score = Score()
    truth = truth_of(folder)
    if truth:
        judge(truth, [json.loads(json.dumps(connection_record(one))) for one in capture], score)
    return score


def found(folder):
    """What expected.toml says, as found now."""
    capture = tcpexplain.read(folder / "capture.pcap")
    misses = [
        f"{fact.category}, {fact.place}: observed {fact.observed}"
        for fact in judged(folder, capture).facts
        if fact.verdict == "miss" and fact.category != "hidden"
    ]
    connections = [
        {
            "cause": one.cause,
            "certainty": one.certainty,
            "transitions": transitions(one),
            "client": outcomes(one.events[-1].client.next),
            "server": outcomes(one.events[-1].server.next),
        }
        for one in capture
    ]
    return {"misses": misses, "connection": connections}


def transitions(connection):
    """``6 client FIN-WAIT-1`` for every change of a state."""
    return [
        f"{event.packet} {side} {event.end(side).state}"
        for event in connection.events
        for side in ("client", "server")
        if event.end(side).state != event.end(side).previous
    ]


def outcomes(following):
    """The last word on read, write and SO_ERROR: ``read = ["eof"]``, possibilities as they are named."""
    read, write = following.read, following.write
    said = {
        "read": read.now,
        "read_then": read.then,
        "write": write.now,
        "write_then": write.then,
        "so_error": following.so_error,
    }
    return {
        call: list(map(str, value)) if isinstance(value, tuple) else str(value)
        for call, value in said.items()
        if value is not None
    }


def dumped(expected):
    """The dictionary as TOML."""
    lines = [HEADER, f"misses = {listed(expected['misses'])}"]
    for one in expected["connection"]:
        lines += [
            "",
            "[[connection]]",
            *(f"{name} = {listed(one[name])}" for name in ("cause", "certainty", "transitions")),
        ]
        for side in ("client", "server"):
            calls = ", ".join(f"{call} = {listed(value)}" for call, value in one[side].items())
            lines.append(f"{side} = {{ {calls} }}")
    return "\n".join(lines) + "\n"


def listed(value):
    """A string or a list of strings as TOML; long lists one a line."""
    if isinstance(value, str):
        return json.dumps(value)
    inner = [json.dumps(item) for item in value]
    if len(", ".join(inner)) < 100:
        return f"[{', '.join(inner)}]"
    return "[\n" + "".join(f"    {item},\n" for item in inner) + "]"


@pytest.mark.parametrize("folder", FOLDERS, ids=names(FOLDERS))
def test_what_is_expected_is_found(folder, update_expected):
    path, now = folder / "expected.toml", found(folder)
    if update_expected:
        path.write_text(dumped(now), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8")) == tomllib.loads(dumped(now))


def test_the_kernels_agree_over_all_captures():
    """Not one capture decides, but all of them: what random programs show is in docs/accuracy.md."""
    total = Score()
    for folder in FOLDERS:
        total.facts += judged(folder, tcpexplain.read(folder / "capture.pcap")).facts
    assert len(total.facts) > 2000
    summary = total.summary()
    reached = {name: 100 * summary[name]["exact"] / summary[name]["n"] for name in TARGETS}
    assert {name: share for name, share in reached.items() if share < TARGETS[name]} == {}


def tshark(path, *options):
    """(packets, flags seen from each address and port) of every stream, as tshark has them."""
    fields = ["tcp.stream", "tcp.flags", "ip.src", "ipv6.src", "tcp.srcport"]
    command = ["tshark", "-n", *options, "-r", str(path), "-Y", "tcp && !icmp && !icmpv6", "-T", "fields"]
    run = subprocess.run(
        [*command, *(word for field in fields for word in ("-e", field))], capture_output=True, text=True, check=True
    )
    packets, flags = Counter(), {}
    for line in run.stdout.splitlines():
        stream, bits, v4, v6, port = line.split("\t")
        packets[int(stream)] += 1
        end = int(stream), v4 or v6, int(port)
        flags[end] = flags.get(end, 0) | int(bits, 16) & 0xFF
    return packets, {end: flag_text(bits) for end, bits in flags.items()}


def ours(path):
    """The same of tcpexplain."""
    packets, flags = Counter(), {}
    for one in tcpexplain.read(path):
        errors = sum(segment.icmp is not None for segment in one.segments_seen)
        packets[one.stream] = one.packets - errors
        for side in ("client", "server"):
            address = one.address(side)
            if one.flags[side]:
                flags[one.stream, address.address, address.port] = one.flags[side]
    return packets, flags


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("path", one_of(8, FILES), ids=names(FILES))
def test_tshark_agrees_about_streams_packets_and_flags(path):
    assert ours(path) == tshark(path, "-2")


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("path", one_of(2, FILES[::6]), ids=names(FILES[::6]))
def test_tshark_agrees_in_one_pass_too(path):
    assert ours(path) == tshark(path)
