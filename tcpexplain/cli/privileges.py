"""Give up rights once they are not needed any more, and load nothing that others could have put there."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress

NO_NEW_PRIVILEGES = 38
"""``PR_SET_NO_NEW_PRIVS`` of prctl(2): no program that is started from here on gains rights by its file."""
CAPABILITY_VERSION = 0x20080522
"""``_LINUX_CAPABILITY_VERSION_3`` of capset(2): two times three 32-bit sets."""


def give_up() -> None:
    """Go on as the user who called sudo; as plain root, without any capability. Nothing can bring them back (Linux).

    Threads that run already keep theirs: this comes before the first is started.
    """
    if os.name != "posix":
        return
    if os.geteuid() == 0:
        found = invoker()
        if found and all(may_reach(place, *found) for place in (os.__file__, __file__)):
            become(*found)
        else:
            drop_capabilities()
    gain_none()


def invoker() -> tuple[int, int] | None:
    """User and group of who called sudo, where this is root's process by it."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    user, group = caller("SUDO_UID"), caller("SUDO_GID")
    return (user, group) if user and group else None


def caller(name: str) -> int:
    """A number that sudo leaves in the environment; 0: none."""
    number = os.environ.get(name, "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def may_reach(place: str, user: int, group: int) -> bool:
    """Whether a user may read a file of ours: a Python below /root is for root alone, and modules are still to be imported."""
    from pathlib import Path

    path = Path(place).resolve()
    wanted = [(path, stat.S_IRUSR), *((folder, stat.S_IXUSR) for folder in path.parents)]
    return all(allows(one.stat(), bit, user, group) for one, bit in wanted)


def allows(about: os.stat_result, bit: int, user: int, group: int) -> bool:
    """Whether a file's mode gives a user the right whose bit for the owner is this."""
    if about.st_uid == user:
        return bool(about.st_mode & bit)
    return bool(about.st_mode & (bit >> 3 if about.st_gid == group else bit >> 6))


def become(user: int, group: int) -> None:
    """Become another user, for good; OSError if the system refuses."""
    os.setgroups(groups_of(user, group))
    os.setgid(group)
    os.setuid(user)


def groups_of(user: int, group: int) -> list[int]:
    """The groups of a user; none of one whom this system does not know."""
    import pwd

    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return []


def drop_capabilities() -> None:
    """Root without capabilities: it may use what belongs to root, as any user may what is theirs, and no more."""
    import ctypes

    with suppress(OSError, AttributeError):
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
        ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())


def gain_none() -> None:
    """No program that is started from here on gains rights by its file."""
    import ctypes

    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def trust_own_folders() -> None:
    """Import from no folder that others can write to, such as the current one when ``python -m tcpexplain`` is run in /tmp."""
    sys.path[:] = [folder for folder in sys.path if not others_write(folder or os.curdir)]


def others_write(folder: str) -> bool:
    """Whether somebody else than root and this user may put a module there."""
    if os.name != "posix":
        return False
    try:
        about = os.stat(folder)  # noqa: PTH116 (sys.path holds strings, some of them no paths)
    except (OSError, ValueError):
        return False
    return bool(about.st_mode & stat.S_IWOTH) or about.st_uid not in (0, os.geteuid())
