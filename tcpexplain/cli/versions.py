"""``--version``: tcpexplain, and what its answers depend on."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from importlib.metadata import version

WAIT = 10
"""Seconds in which tshark says its version."""


def versions() -> list[str]:
    """A line each: tcpexplain, Python, libpcap, tshark."""
    return [
        f"tcpexplain {version('tcpexplain')}",
        f"Python {platform.python_version()} ({platform.python_implementation()}, {platform.system()} {platform.machine()})",
        f"libpcap {libpcap() or 'not found: no BPF filters, no live capture'}",
        f"tshark {tshark() or 'not installed: no --decode, no --reader tshark'}",
    ]


def libpcap() -> str:
    """Its version; empty if there is none."""
    import ctypes

    from tcpexplain.errors import TcpexplainError
    from tcpexplain.readers.filter import libpcap as library

    try:
        said = library().pcap_lib_version
    except (TcpexplainError, AttributeError):
        return ""
    said.restype = ctypes.c_char_p
    return number(said().decode(errors="replace"))


def tshark() -> str:
    """Its version; empty if there is none, or if it does not say."""
    if not shutil.which("tshark"):
        return ""
    try:
        done = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=False, timeout=WAIT)
    except (OSError, subprocess.SubprocessError):
        return ""
    return number(done.stdout)


def number(text: str) -> str:
    """The first version number in a text."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found[0] if found else ""
