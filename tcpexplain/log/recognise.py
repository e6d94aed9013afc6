"""Which product wrote a line, and which call, outcome and end stand behind its words."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from tcpexplain.log.errnos import errno_in
from tcpexplain.runtimes import INNER, NAMED, VARIES, Product, Wording, literal, pattern, products
from tcpexplain.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNED = 40
"""How many characters of its words a sign of the product is worth."""
TOKEN = re.compile(r"\w+")
GENERIC = ("c",)
"""Products whose words are everybody's."""


@frozen
class Recognised:
    """What stands behind a line."""

    product: Product | None
    wording: Wording | None
    call: str | None = None
    outcomes: tuple[str, ...] = ()
    """Most likely first; empty if nothing is known."""
    role: str = "own"
    phase: str = ""
    inner: Wording | None = None
    """The wording of the error that is quoted, if there is one."""

    @property
    def outcome(self) -> str | None:
        """The first of the outcomes."""
        return self.outcomes[0] if self.outcomes else None


UNKNOWN = Recognised(None, None)


@cache
def index() -> dict[str, tuple[tuple[Product, Wording], ...]]:
    """Wordings by the longest whole word in them."""
    found: dict[str, list[tuple[Product, Wording]]] = defaultdict(list)
    for product in products():
        for wording in product.wordings:
            found[key(wording.text)].append((product, wording))
    return {word: tuple(rows) for word, rows in found.items()}


def key(text: str) -> str:
    """The longest word of a wording that stands whole in every line with it, in lower case."""
    marked = VARIES.sub("\0", text)
    words = [
        match[0].lower()
        for match in TOKEN.finditer(marked)
        if "\0" not in marked[max(match.start() - 1, 0) : match.end() + 1]
    ]
    return max(words or [match[0].lower() for match in TOKEN.finditer(marked)], key=len)


def recognise(text: str, hint: str = "") -> Recognised:
    """What stands behind a line; ``hint`` is what a logger calls the program. UNKNOWN if nothing is known of it."""
    rows = sorted(_matches(text, hint), key=lambda row: -row[0])
    if not rows:
        return _by_errno(text, hint)
    _, product, wording = rows[0]
    resolved = wording.outcomes
    inner = None
    if INNER in resolved or NAMED in resolved:
        resolved, inner = _resolved(text, wording, [row for _, _, row in rows[1:]])
    owner = product
    if product.name in GENERIC:
        owner = _signed(text, hint) or product
    call, phase = wording.call or (inner.call if inner else None), wording.phase or (inner.phase if inner else "")
    if inner and INNER in wording.outcomes and inner.call:
        call = inner.call
    return Recognised(owner, wording, call, resolved, wording.role, phase, inner)


def _matches(text: str, hint: str) -> Iterator[tuple[int, Product, Wording]]:
    """Every wording that stands in a line, with how much it is worth."""
    by_word = index()
    signed: dict[str, bool] = {}
    for word in {match[0].lower() for match in TOKEN.finditer(text)}:
        for product, wording in by_word.get(word, ()):
            found = pattern(wording.text).search(text)
            if not found or (wording.needs and not needed(wording.needs, text)):
                continue
            if product.name not in signed:
                signed[product.name] = is_of(product, text, hint)
            if literal(wording.text) < 6 and not (signed[product.name] or found[0] == text.strip()):
                continue
            yield literal(wording.text) + SIGNED * signed[product.name], product, wording
    yield from _coded(text, hint)


def needed(needs: str, text: str) -> bool:
    """Whether what a wording needs beside it is there; a text that is the wording alone needs nothing."""
    return bool(re.search(needs, text)) or len(text.strip()) <= 4


def _coded(text: str, hint: str) -> Iterator[tuple[int, Product, Wording]]:
    """Wordings of one word that stand in a field of an access log."""
    for product in products():
        for field in product.fields:
            if "<code>" not in field or not (found := re.search(field, text)):
                continue
            for wording in product.wordings:
                if wording.text == found["code"]:
                    yield 200 + SIGNED * is_of(product, text, hint), product, wording


def is_of(product: Product, text: str, hint: str) -> bool:
    """Whether a line is a product's by its form or by who logged it."""
    if hint and product.name in re.split(r"[^a-z0-9]+", hint.lower()):
        return True
    return any(re.search(sign, text, re.MULTILINE) for sign in product.signs)


def _signed(text: str, hint: str) -> Product | None:
    """The product whose form a line has."""
    return next((one for one in products() if one.name != "strace" and is_of(one, text, hint)), None)


def _resolved(text: str, wording: Wording, others: list[Wording]) -> tuple[tuple[str, ...], Wording | None]:
    """The outcomes of a wording that quotes an errno or another error."""
    rest = tuple(outcome for outcome in wording.outcomes if outcome not in (INNER, NAMED))
    if NAMED in wording.outcomes and (name := errno_in(text)):
        return (name,), None
    if INNER in wording.outcomes:
        for other in others:
            if not {INNER} & set(other.outcomes):
                named = errno_in(text) if NAMED in other.outcomes else ""
                return ((named,) if named else tuple(o for o in other.outcomes if o != NAMED)), other
        if name := errno_in(text):
            return (name,), None
    return rest or wording.outcomes, None


FALLBACKS = (
    (re.compile(r"\btime[d -]{0,2}out\b|\bdeadline\b|\bno response (?:within|after)\b", re.IGNORECASE), "timer"),
    (
        re.compile(
            r"\b(?:unexpected|premature)\w*\b.{0,40}\b(?:clos|end|eof|disconnect)|\b(?:closed|dropped|lost) (?:the |its )?connection\b|\bconnection (?:was |has been |is )?(?:closed|lost|dropped|terminated)\b|"
            r"\bdisconnected\b|\bhang up\b|\bhung up\b|\bEOF\b|\bend of (?:file|stream)\b|\bclosed by (?:the )?(?:remote|peer|server|client)\b",
            re.IGNORECASE,
        ),
        "eof",
    ),
)
"""What words of programs that are not known mean mostly."""


def _by_words(text: str, hint: str) -> Recognised:
    """What the words of an unknown program seem to say."""
    found = next((outcome for words, outcome in FALLBACKS if words.search(text)), "")
    if not found:
        return Recognised(_signed(text, hint), None)
    call = (
        "connect"
        if found == "timer" and re.search(r"\bconnect(?:ing|ion)? (?:to|timed|timeout)", text, re.IGNORECASE)
        else "read"
    )
    return Recognised(
        _signed(text, hint),
        None,
        call,
        (found,),
        "client" if call == "connect" else "own",
        "connect" if call == "connect" else "",
    )


def _by_errno(text: str, hint: str) -> Recognised:
    """What an errno alone tells where the words are unknown."""
    name = errno_in(text)
    if not name:
        return _by_words(text, hint)
    call = {"EPIPE": "write", "ECONNRESET": "read", "eof": "read", "ETIMEDOUT": "read"}.get(name, "connect")
    return Recognised(_signed(text, hint), None, call, (name,), "client" if call == "connect" else "own")
