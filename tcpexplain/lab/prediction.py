"""Run tcpexplain on a capture, as its users do."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tcpexplain.errors import TcpexplainError
from tcpexplain.lab.matching import connections

if TYPE_CHECKING:
    from pathlib import Path


def predict(capture: Path) -> list[dict[str, Any]]:
    """The connection lines of ``tcpexplain CAPTURE --json``; TcpexplainError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tcpexplain", str(capture), "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise TcpexplainError(f"tcpexplain {capture} ended with {done.returncode}", note=done.stderr.strip())
    return connections(done.stdout)
