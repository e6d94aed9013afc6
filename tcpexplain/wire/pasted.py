"""Text as people paste it: UTF-16, CRLF, colours, quote marks, code fences and numbers at the margin, down to the lines that were printed."""

from __future__ import annotations

import re

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
QUOTE = re.compile(r"^(?:[ \t]*(?:>|&gt;)[ \t]?)+")
PROMPT = re.compile(r"^\s*(?:\$|#|%) (?:sudo )?(?:tcpdump|tshark|strace)\b")


def decoded(data: bytes) -> str:
    """The text of these bytes: UTF-8 with or without a mark, UTF-16 of either order, else Latin-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    head = data[:400]
    if head and head.count(b"\0") * 3 > len(head):
        return data.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace") if data.count(b"\xe2") else data.decode("latin-1")


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text that somebody may have pasted."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    text = decoded(head)
    odd = sum(character < " " and character not in "\t\r\n\x1b\f" for character in text)
    return bool(text) and odd * 50 <= len(text)


def lines(text: str) -> list[str]:
    """The lines, without quote marks, colours, fences and ends."""
    found = []
    for line in COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        plain = QUOTE.sub("", line) if line.lstrip()[:1] in (">", "&") else line
        if plain.strip().startswith("```") or PROMPT.match(plain):
            plain = ""
        found.append(plain.replace("\xa0", " ").rstrip())
    return found
