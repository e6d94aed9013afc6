"""What may be told of a message: its protocol's own words, and nothing that a user wrote. Everything else stays where it is."""

from __future__ import annotations

import re
from functools import lru_cache

SEGMENT, SEGMENTS, PATH = 24, 4, 60
"""Characters of one part of a path, parts, and characters of it all, at most."""
WORD = re.compile(r"[A-Za-z][A-Za-z._-]*\d{0,3}(\.[a-z]{1,5})?|\d{1,6}|v\d{1,3}")
"""What a route is made of: words, small numbers, versions. Tokens, names and mail addresses are something else."""
PLAIN = re.compile(rb"[!-~]+")


def path(target: bytes) -> str:
    """The path of a request without its query; ``…`` for what is no word of a route, or long."""
    if not PLAIN.fullmatch(target):
        return "…"
    text = target.decode("ascii").partition("?")[0].partition("#")[0].partition(";")[0]
    if "://" in text[:10]:
        text = "/" + text.split("://", 1)[1].partition("/")[2]
    parts = text.split("/")
    told = "/".join([told_of(part) for part in parts[: SEGMENTS + 1]])
    if len(parts) > SEGMENTS + 1:
        told += "/…"
    return told[:PATH]


@lru_cache(256)
def told_of(part: str) -> str:
    """A part of a path, if it is a word of a route."""
    return part if not part or (len(part) <= SEGMENT and WORD.fullmatch(part)) else "…"


HOST = re.compile(rb"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


def host(name: bytes) -> str:
    """A server's name (SNI); … if it is none."""
    return name.decode("ascii").lower() if len(name) <= 253 and HOST.fullmatch(name) else "…"


PRODUCT = re.compile(
    rb"(?:OpenSSH|dropbear|libssh2?|paramiko|AsyncSSH|Go|PuTTY_Release|WinSCP|Cisco|mod_sftp|JSCH|SSHJ|russh|Postfix|Exim|Sendmail|OpenSMTPD|Haraka|Dovecot|Cyrus|"
    rb"Courier|Microsoft|vsFTPd|ProFTPD|Pure-FTPd|FileZilla)([-_/ ]v?\d[0-9.]{0,12}(?:p\d{1,2})?)?\b"
)
"""Programs that name themselves; anything else in a banner is what somebody wrote there."""


def product(banner: bytes) -> str:
    """The program and its version that a banner begins with; empty if it is none that is known."""
    found = PRODUCT.match(banner)
    return found[0].decode("ascii") if found else ""


SQLSTATE = re.compile(rb"[0-9A-Z]{5}")


def sqlstate(code: bytes) -> str:
    """An SQLSTATE (ISO 9075: five digits and capitals); empty if it is none."""
    return code.decode("ascii") if SQLSTATE.fullmatch(code) else ""
