"""-D: the interfaces that can be captured on."""

from __future__ import annotations

import sys


def list_interfaces() -> int:
    """-D: one interface a line, numbered as tcpdump does."""
    import socket

    names = [name for _, name in socket.if_nameindex()] + (["any"] if sys.platform == "linux" else [])
    for number, name in enumerate(names, 1):
        print(f"{number}.{name}")
    return 0
