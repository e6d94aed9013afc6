"""One file makes a system, a reader, a report format, a cause and a product: strangers in their folders are found, used and listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from struct import pack

from pcapfiles import taken

SAMPLE = Path(__file__).parents[1] / "captures" / "crashed-client-2019" / "capture.pcap"

STRANGERS = {
    "sockets/plan9.py": """
from tcpexplain.sockets import posix

TITLE = "Plan 9"
SIGNAL = None
ERRNO = posix.ERRNO
ROWS = posix.ROWS
""",
    "readers/pebble.py": """
from struct import unpack

from tcpexplain.wire import linktype
from tcpexplain.wire.records import FilePacket, in_batches
from tcpexplain.wire.stream import Window

SIGNATURES = (b"pebble",)


def read(source, about, columns):
    window = Window(source)
    window.need(6)
    window.take(6)
    about.format = "pebble"
    yield from in_batches(records(window), about, columns)


def records(window):
    while window.need(12):
        time, size = unpack(">QI", window.take(12))
        window.need(size)
        data = window.take(size)
        yield FilePacket(time, data, size, linktype.find(1))
""",
    "reports/shout.py": """
SUFFIXES = (".shout",)
DRAWS = ()


def render(capture, *, stream=None):
    return capture[0].cause.upper()


def write(capture, target, *, stream=None, draw="diagram", theme="light"):
    target.write_text(render(capture))
""",
    "causes/many_packets.py": """
from tcpexplain.evidence.cause import Explanation, Page

CODE, GROUP, RANK, SEVERITY = "many-packets", "Only in also", 1000, "fine"
PAGE = Page("there were packets", "Packets.", "By packets.", "Nothing.", "Nothing.", "None.")


def when(facts, client, server):
    return facts.packets > 2


certain = likely = when


def explain(case):
    return Explanation(title="packets", sees="", why="There were packets.", sure="they are there.", evidence=())
""",
    "runtimes/pebbled.py": """
from tcpexplain.runtimes import Product, Wording

PRODUCT = Product("pebbled", "Pebbled", "1.x", (Wording("the pebble has sunk", "write", ("EPIPE",), "server"),), sources="pebbled.c")
""",
}  # fmt: skip

RUN = """
import importlib, sys
for name in ("sockets", "readers", "reports", "causes", "runtimes"):
    importlib.import_module("tcpexplain." + name).__path__.append(sys.argv[1] + "/" + name)
from tcpexplain.cli.command import run
sys.exit(run(sys.argv[2:]))
"""


def tcpexplain(folder, *arguments):
    """What the command prints where these files lie beside its own."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert "TE099" not in done.stderr, done.stderr
    return done.stdout


def test_strangers_are_at_home(tmp_path):
    for name, text in STRANGERS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    rows = taken(SAMPLE).records
    (tmp_path / "x").write_bytes(b"pebble" + b"".join(pack(">QI", one.time, len(one.data)) + one.data for one in rows))
    lines = tcpexplain(tmp_path, "x", "--os", "plan9", "-o", "x.shout", "--json").splitlines()
    about, connection, _ = map(json.loads, lines)
    assert about["format"] == "pebble"
    assert {end["os"] for end in connection["systems"].values()} == {"plan9"}
    assert "many-packets" in connection["also"]
    assert (tmp_path / "x.shout").read_text() == connection["cause"].upper()
    assert "calls as on Plan 9" in tcpexplain(tmp_path, "x", "--os", "plan9")
    assert "Pebbled" in tcpexplain(tmp_path, "--explain", "the pebble has sunk")
