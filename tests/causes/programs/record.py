"""Record captures of real programs: `python tests/causes/programs/record.py [--jobs N] NAME...` (shell patterns; root).

Each scene runs in namespaces of its own. `--labels` prints what ../labels.toml holds, from what the scenes say was done.
"""

import argparse
import fnmatch
import gzip
import importlib
import os
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from stage import SCENES, Scene, Stage  # noqa: E402  (the folder is on the path only now)

NOT_FAMILIES = {"stage", "record", "relay"}
SMALL = 150_000  # bytes; a larger capture is kept compressed


def load() -> None:
    """Import every family of scenes beside this file."""
    for path in sorted(HERE.glob("*.py")):
        if path.stem not in NOT_FAMILIES:
            importlib.import_module(path.stem)


def play(chosen: Scene) -> None:
    """Play one scene and keep its capture; runs inside the fresh namespaces."""
    stage = Stage(chosen.path, snaplen=96 if chosen.healthy and chosen.snaplen == Scene.snaplen else chosen.snaplen)
    chosen.act(stage)
    frames = stage.recorded()
    for old in (HERE / f"{chosen.name}.pcap", HERE / f"{chosen.name}.pcap.gz"):
        old.unlink(missing_ok=True)
    if len(frames) > SMALL:
        (HERE / f"{chosen.name}.pcap.gz").write_bytes(gzip.compress(frames, 9, mtime=0))
    else:
        (HERE / f"{chosen.name}.pcap").write_bytes(frames)
    if os.environ.get("KEEP"):
        print(stage.folder)
    else:
        stage.remove()


def isolate(name: str) -> str:
    """Play a scene in a child of its own namespaces; returns what went wrong, or nothing."""
    words = [
        "unshare",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        sys.executable,
        __file__,
        "--inside",
        name,
    ]
    try:
        ended = subprocess.run(words, text=True, capture_output=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        return "took too long"
    return ended.stdout + ended.stderr if ended.returncode or os.environ.get("KEEP") else ""


def labels() -> str:
    """labels.toml, from the scenes: the first lines of each table say what was done."""
    text = [LABELS_HEAD]
    for name, each in sorted(SCENES.items()):
        text.append(f"\n[{name}]\n# {each.told}\n")
        text.extend(f"{key} = {toml(value)}\n" for key in ("cause", "severity") if (value := getattr(each, key)))
        if each.healthy:
            text.append("healthy = true\n")
        if each.connections:
            rows = ",\n".join(f"  {toml(row)}" for row in each.connections)
            text.append(f"connections = [\n{rows},\n]\n")
    return "".join(text)


LABELS_HEAD = """\
# What was done in each capture of programs/, written down by the scripts that did it (record.py --labels).
# cause, severity: what may be said of the worst connection; healthy: nothing may be called failed;
# connections: what may be said of every connection to that server port (of the nth one only, where nth is given).
"""


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("--labels", action="store_true")
    options = parser.parse_args()
    load()
    if options.labels:
        print(labels(), end="")
        return 0
    if options.inside:
        try:
            play(SCENES[options.names[0]])
        except Exception:  # noqa: BLE001  (the parent prints it beside the scene's name)
            traceback.print_exc()
            return 1
        return 0
    chosen = [name for name in SCENES if any(fnmatch.fnmatch(name, pattern) for pattern in options.names)]
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, wrong in zip(chosen, pool.map(isolate, chosen), strict=True):
            failed += bool(wrong)
            print(f"{name}: {wrong or 'recorded'}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
