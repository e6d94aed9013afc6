"""One file makes a system, a reader, a report format, a cause and a product: strangers in their folders are found, used and listed.

And one entry of ``tables/schema.py`` makes a column of connections.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from struct import pack

import pytest
from pcapfiles import taken

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "captures" / "crashed-client-2019" / "capture.pcap"

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


ENTRY = """
    of_end("retransmitted", "int", fact=lambda end: end.me.retransmitted, about="Its segments that were sent again."),
"""
WITH_ENTRY = """
import importlib.util, json, sys
folder, docs = sys.argv[1:3]

class Instead:
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, folder + "/schema.py") if name == "tcpexplain.tables.schema" else None

sys.meta_path.insert(0, Instead())
sys.path.insert(0, docs)
import generate
from tcpexplain.cli.command import run
with open(folder + "/schema.json", "w") as file:
    file.write(generate.schema_file())
with open(folder + "/tables.md", "w") as file:
    file.write(generate.columns())
sys.exit(run(sys.argv[3:]))
"""


def tcpexplain(folder, *arguments, program=RUN):
    """What the command prints where these files lie beside its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), *arguments],
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


@pytest.mark.parametrize("compiled", ["0", "1"])
def test_one_entry_is_a_column_everywhere(compiled, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPEXPLAIN_COMPILED", compiled)
    schema = (ROOT / "tcpexplain" / "tables" / "schema.py").read_text(encoding="utf-8")
    (tmp_path / "schema.py").write_text(
        schema.replace("\nENDS = (", f"\nENDS = ({ENTRY.rstrip()}", 1), encoding="utf-8"
    )
    capture = ROOT / "captures" / "backlog-full" / "capture.pcap"
    docs = str(ROOT / "docs")
    lines = tcpexplain(tmp_path, docs, capture, "--json", "--no-events", "-o", "x.csv", program=WITH_ENTRY).splitlines()
    told = [json.loads(line)["retransmitted"] for line in lines if '"type":"connection"' in line]
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = [(int(row["client_retransmitted"]), int(row["server_retransmitted"])) for row in csv.DictReader(file)]
    assert rows == [(one["client"], one["server"]) for one in told]
    assert any(map(any, rows))
    connection = json.loads((tmp_path / "schema.json").read_text())["$defs"]["connection"]["properties"]
    assert connection["retransmitted"]["properties"]["client"]["description"] == "Its segments that were sent again."
    assert "| `client_retransmitted` | int |" in (tmp_path / "tables.md").read_text()
