"""Network namespaces that end with the process: nothing is left behind, whatever ends it.

They have no name; they live as long as an open descriptor or a socket refers to them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
OWN = "/proc/thread-self/ns/net"

_libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def _checked(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


class Namespace:
    """A network namespace of its own, with its loopback up."""

    def __init__(self) -> None:
        home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.unshare(CLONE_NEWNET), "unshare")
            self._descriptor = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            _checked(_libc.setns(home, CLONE_NEWNET), "setns")
            os.close(home)
        self.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        self.ip("link set lo up")

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Put this thread into the namespace: sockets, files under /proc/sys and commands belong to it."""
        home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        _checked(_libc.setns(self._descriptor, CLONE_NEWNET), "setns")
        try:
            yield
        finally:
            _checked(_libc.setns(home, CLONE_NEWNET), "setns")
            os.close(home)

    def ip(self, *commands: str) -> None:
        """Run ``ip`` with each of ``commands``."""
        with self.entered():
            subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True, capture_output=True)

    def give(self, interface: str, other: Namespace) -> None:
        """Move ``interface`` to another namespace."""
        self.ip(f"link set {interface} netns /proc/{os.getpid()}/fd/{other._descriptor}")

    def sysctl(self, name: str, value: int | str) -> None:
        """Set ``net...``; unknown names are left alone (older kernels)."""
        with self.entered(), contextlib.suppress(FileNotFoundError):
            Path("/proc/sys", *name.split(".")).write_text(str(value))

    def tun(self, address: str) -> int:
        """A TUN device with ``address`` and the default route; returns its descriptor (raw IP packets, non-blocking)."""
        import fcntl  # Unix only

        with self.entered():
            descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"lab", IFF_TUN | IFF_NO_PI))
        self.ip(f"addr add {address}/24 dev lab", "link set lab up", "route add default dev lab")
        return descriptor

    def close(self) -> None:
        """Let go of it: it ends when its last socket does."""
        os.close(self._descriptor)


def available() -> str:
    """Empty, or why this machine cannot make namespaces (with the help of a user namespace, if need be)."""
    if not hasattr(_libc, "setns"):
        return "network namespaces need Linux"
    try:
        Namespace().close()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces: {error}"
    return ""


def become_root_inside() -> bool:
    """Enter a user namespace in which this process may make network namespaces; False if that is not allowed.

    With a network of its own at once: from inside, the way back to the machine's network would be refused.
    """
    user, group = os.getuid(), os.getgid()
    if not hasattr(_libc, "unshare") or _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    return True
