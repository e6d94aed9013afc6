"""Put the plugin for Wireshark where Wireshark looks for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from tcpexplain.files import replaced

NAME, PROGRAM = "tcpexplain.lua", "tcpexplain"
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
    script = files("tcpexplain.wireshark").joinpath(NAME).read_text(encoding="utf-8")
    if shutil.which(PROGRAM) is None:
        # Wireshark would not find it either, as in a virtual environment that is not active.
        script = script.replace(f'or "{PROGRAM}"', f"or {json.dumps(str(Path(sys.argv[0]).absolute()))}")
    with replaced(target) as path:
        path.write_text(script, encoding="utf-8", newline="\n")
    return [
        f"wrote {target}",
        "Wireshark has it in its menu Tools when it is started next, and on packets where its version can.",
    ]
