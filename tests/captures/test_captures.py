"""The folders of captures/ are complete, and what is rebuilt is rebuilt the same."""

import importlib.util
import json
import struct
from collections import Counter
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[2] / "captures"
FOLDERS = sorted(
    path
    for path in CAPTURES.iterdir()
    if path.is_dir() and not path.name.startswith("_") and path.name not in ("points", "proxies")
)
"""Those of points/ and proxies/ hold what several points captured; tests/identity/ knows what they show."""
RECORDED = [folder for folder in FOLDERS if (folder / "truth.json").exists()]
REBUILT = {"crashed-client-2019", "mix2000"}
TRUTHS = sorted(CAPTURES.glob("*/*truth.json"))


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def records(path):
    data, offset, count = path.read_bytes(), 24, 0
    while offset < len(data):
        offset += 16 + struct.unpack_from("<I", data, offset + 8)[0]
        count += 1
    return count


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_has_its_capture_its_readme_and_what_was_recorded(folder):
    assert list(folder.glob("*.pcap"))
    text = (folder / "README.md").read_text()
    assert "build.py" in text or "tcpexplain-lab" in text
    assert list(folder.glob("*truth.json")) or folder.name in REBUILT


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_truth_is_about_the_capture_beside_it(path):
    truth = json.loads(path.read_text())
    name = "capture.pcap" if path.name == "truth.json" else path.name.replace(".truth.json", ".pcap")
    assert truth["capture"]["packets"] == records(path.with_name(name))
    told = [number for connection in truth["connections"] for number in connection["packets"]]
    assert sorted(told) == list(range(1, truth["capture"]["packets"] + 1))
    assert all(connection["syscalls"] and connection["states"] for connection in truth["connections"])


def test_every_recorded_folder_is_in_the_table_of_the_recorder():
    assert {folder.name for folder in RECORDED} == set(module(CAPTURES / "record.py").RECORDED)


def test_captures_stay_small():
    assert sum(path.stat().st_size for path in CAPTURES.rglob("*") if path.is_file()) < 10_000_000


def test_the_crashed_client_of_2019_is_what_tcpdump_printed(tmp_path):
    folder = CAPTURES / "crashed-client-2019"
    build = module(folder / "build.py")
    build.write_pcap(
        tmp_path / "again.pcap", build.frames((folder / "tcpdump.txt").read_text()), magic=build.MICROSECONDS
    )
    assert (tmp_path / "again.pcap").read_bytes() == (folder / "capture.pcap").read_bytes()


def test_mix2000_holds_what_its_table_says():
    folder = CAPTURES / "mix2000"
    build = module(folder / "build.py")
    causes = json.loads((folder / "mix2000.causes.json").read_text())
    assert Counter(causes.values()) == {cause: count for cause, (count, _, _) in build.MIX.items()}
    assert {cause: next(int(stream) for stream, other in causes.items() if other == cause) for cause in build.MIX} == {
        cause: first for cause, (_, first, _) in build.MIX.items()
    }
    assert records(folder / "mix2000.pcap") == build.PACKETS
