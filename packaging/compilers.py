"""A C compiler of this machine, and how it is asked for a shared library."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("cc", "gcc", "clang")
ALWAYS = (
    "-std=c11",
    "-shared",
    "-fvisibility=hidden",
    "-Wall",
    "-Wno-unused-function",
    "-Wno-unused-variable",
    "-Wno-unused-but-set-variable",
)
FAST = ("-O2", "-fwrapv")
CHECKED = (
    "-O1", "-g", "-DCHECKED", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
)  # fmt: skip
"""Every index is checked, and what C leaves undefined: overflow above all, which ``-fwrapv`` would hide."""


class CompilerError(Exception):
    """There is no compiler, or it failed; the message says which, and how."""


def compiler() -> list[str]:
    """The command: what ``CC`` says, else a compiler in PATH, else the package ``ziglang``'s; empty if there is none."""
    given = os.environ.get("CC")
    if given:
        return shlex.split(given)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return [found]
    return [sys.executable, "-m", "ziglang", "cc"] if find_spec("ziglang") else []


def library_name() -> str:
    """What a shared library is called here."""
    return {"win32": "hot.dll", "darwin": "hot.dylib"}.get(sys.platform, "hot.so")


def compiled(source: Path, library: Path, *, checked: bool = False) -> None:
    """Compile a file of C into a library.

    Raises
    ------
    CompilerError
        If that cannot be.
    """
    command = compiler()
    if not command:
        raise CompilerError("no C compiler found (cc, gcc, clang, or pip install ziglang)")
    position = () if sys.platform == "win32" else ("-fPIC",)
    beside = library.with_name(f"{library.name}.{os.getpid()}")
    whole = [*command, *ALWAYS, *position, *(CHECKED if checked else FAST), "-o", str(beside), str(source)]
    try:
        done = subprocess.run(whole, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CompilerError(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        raise CompilerError(f"{shlex.join(whole)} failed:\n{done.stderr}")
    beside.replace(library)
