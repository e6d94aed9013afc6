"""Frames between two TAP interfaces, each held for 100 ms: a path on which segments of both ends can cross."""

import ctypes
import fcntl
import heapq
import os
import select
import struct
import time
from pathlib import Path

DELAY = 0.1
TUNSETIFF, TAP_WITHOUT_HEADER = 0x400454CA, 0x1002


def attach(name: str) -> int:
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_HEADER))
    return tap


def attach_within(name: str, namespace: str) -> int:
    """A TAP belongs to the namespace of the process that attaches: go there and come back."""
    libc = ctypes.CDLL(None, use_errno=True)
    home, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(Path("/run/netns") / namespace, os.O_RDONLY)
    libc.setns(there, 0)
    tap = attach(name)
    libc.setns(home, 0)
    return tap


def main() -> None:
    ends = {(left := attach("client0")): 0, (right := attach_within("server0", "server")): 0}
    other = {left: right, right: left}
    print("ready", flush=True)
    under_way: list[tuple[float, int, int, bytes]] = []
    order = 0
    while True:
        wait = max(under_way[0][0] - time.monotonic(), 0) if under_way else None
        for tap in select.select(list(ends), [], [], wait)[0]:
            order += 1
            heapq.heappush(under_way, (time.monotonic() + DELAY, order, other[tap], os.read(tap, 65536)))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, tap, frame = heapq.heappop(under_way)
            os.write(tap, frame)


if __name__ == "__main__":
    main()
