"""The errno that a line names: by number first (words may be in another language), then by name, then by words."""

from __future__ import annotations

import re

NUMBERS = {
    32: "EPIPE", 104: "ECONNRESET", 103: "ECONNABORTED", 107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 113: "EHOSTUNREACH",
    101: "ENETUNREACH", 112: "EHOSTDOWN", 54: "ECONNRESET", 60: "ETIMEDOUT", 61: "ECONNREFUSED", 65: "EHOSTUNREACH",
    10053: "local", 10054: "ECONNRESET", 10060: "ETIMEDOUT", 10061: "ECONNREFUSED", 10065: "EHOSTUNREACH", 10051: "ENETUNREACH", 10058: "EPIPE",
    20014: "eof", 70007: "timer", 70014: "eof",
}  # fmt: skip
"""Linux's numbers, those of macOS and FreeBSD that differ, Winsock's, and two of Apache's APR."""

WORDS = {
    "connection reset by peer": "ECONNRESET",
    "connection reset": "ECONNRESET",
    "broken pipe": "EPIPE",
    "connection refused": "ECONNREFUSED",
    "connection timed out": "ETIMEDOUT",
    "operation timed out": "ETIMEDOUT",
    "no route to host": "EHOSTUNREACH",
    "network is unreachable": "ENETUNREACH",
    "software caused connection abort": "ECONNABORTED",
    "transport endpoint is not connected": "ENOTCONN",
    "forcibly closed by the remote host": "ECONNRESET",
    "actively refused": "ECONNREFUSED",
    "did not properly respond after a period of time": "ETIMEDOUT",
    "end of file found": "eof",
    "timeout specified has expired": "timer",
}
"""What strerror() says in the C locale, in lower case; and Windows."""

NAMES = frozenset(name for name in NUMBERS.values() if name.isupper())

_NUMBERED = re.compile(
    r"(?:\[Errno |os error |errno[:= ]+|error\(|error: |WinError |SocketException \(|system error: |Error |[(\[])-?(\d{2,5})(?=[:)\],. ]|$)"
)
_NAMED = re.compile(r"\b(?:WSA)?(E[A-Z]{4,})\b")


def errno_in(text: str) -> str:
    """The errno (or eof, timer, local) that stands in ``text``; empty if none does."""
    for found in _NUMBERED.finditer(text):
        if name := NUMBERS.get(int(found[1])):
            return name
    for found in _NAMED.finditer(text):
        if found[1] in NAMES:
            return found[1]
    lower = text.lower()
    return next((name for words, name in WORDS.items() if words in lower), "")
