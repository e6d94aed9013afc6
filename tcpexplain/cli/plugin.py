"""Put the plugin for Wireshark where Wireshark looks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from tcpexplain.files import replaced

NAME = "tcpexplain.lua"
FOLDERS = "Personal Lua Plugins:"
"""How ``tshark -G folders`` calls the folder."""


def folder() -> Path:
    """Where Wireshark looks for a user's plugins: as tshark says, else as its guide does (Wireshark User's Guide, appendix B)."""
    tshark = shutil.which("tshark")
    if tshark:
        said = subprocess.run([tshark, "-G", "folders"], capture_output=True, text=True, check=False).stdout
        for line in said.splitlines():
            if line.startswith(FOLDERS):
                return Path(line.removeprefix(FOLDERS).strip())
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "Wireshark" / "plugins"
    return Path.home() / ".local" / "lib" / "wireshark" / "plugins"


def install() -> list[str]:
    """Write it; what to tell the user. OSError if it cannot be written."""
    target = folder() / NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    with replaced(target) as path:
        path.write_bytes(files("tcpexplain.wireshark").joinpath(NAME).read_bytes())
    said = [
        f"wrote {target}",
        "Wireshark has it in its menu Tools when it is started next, and on packets where its version can.",
    ]
    program = shutil.which("tcpexplain")
    if program is None:
        said.append(f"tcpexplain is not in PATH: let the variable TCPEXPLAIN name it, {Path(sys.argv[0]).resolve()}")
    return said
