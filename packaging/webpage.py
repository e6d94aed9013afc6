"""Build the page that explains captures in a browser: its files, Pyodide's and the wheel in one folder, which needs nothing else.

``python packaging/webpage.py [FOLDER]``. Pyodide is taken from npm (``node_modules/pyodide``, or ``TCPEXPLAIN_PYODIDE``).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "browser"
TARGET = ROOT / "docs" / "_build" / "browser"
PYODIDE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
    "package.json",
)
"""What a browser asks for, and what says whose it is and under which license."""


def main() -> None:
    """Build into the folder that is named, or docs/_build/browser."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(PAGE, target)
    copy_pyodide(target / "pyodide")
    wheel = build_wheel(target)
    (target / "wheel.json").write_text(json.dumps({"wheel": wheel}) + "\n", encoding="utf-8")
    print(f"Built in {target}. To look at it:  {sys.executable} -m http.server --bind 127.0.0.1 --directory {target}")


def copy_pyodide(target: Path) -> None:
    """Python for the browser."""
    source = Path(os.environ.get("TCPEXPLAIN_PYODIDE", ROOT / "node_modules" / "pyodide"))
    if not source.is_dir():
        sys.exit(f"error: there is no {source}\n  help: sh scripts/programs.sh pyodide")
    target.mkdir()
    for name in PYODIDE:
        shutil.copy(source / name, target)


def build_wheel(target: Path) -> str:
    """The wheel without machine code, for any platform; its name."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # A compiler that fails: hatchling then builds the wheel that is for all.
    uncompiled = {**os.environ, "CC": f"{sys.executable} -c raise(SystemExit(1))"}
    subprocess.run([*command, "--wheel-dir", str(target), str(ROOT)], check=True, env=uncompiled)
    (wheel,) = target.glob("tcpexplain-*-py3-none-any.whl")
    return wheel.name


if __name__ == "__main__":
    main()
