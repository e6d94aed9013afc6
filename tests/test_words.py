"""Texts for users use the terms of the glossary, each in its one meaning, and none of the words that these stand for."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from tcpexplain.causes import ranked
from tcpexplain.cli.arguments import command
from tcpexplain.cli.explain import topics
from tcpexplain.manual.glossary import INSTEAD, TERMS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tcpexplain"
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CAUSES = sorted((PACKAGE / "causes").glob("*.py"))
RIDDLES = (
    "both ends' ways", "pretended sender", "would give up", "with only the capture as root", "from the outside in",
    "another hand", "met nobody", "nobody is there", "and life after", "the silence hides", "heard nothing",
)  # fmt: skip


def sentences():
    """Texts that users read, by where they stand."""
    for page in DOCS:
        if "_build" not in page.parts and page.name != "glossary.md":
            yield (
                str(page.relative_to(ROOT)),
                re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL),
            )
    for path in CAUSES:
        yield f"causes/{path.name}", " ".join(said(path))
    for topic in topics():
        yield f"--explain {topic.name}", " ".join((topic.title, *(text for _, text in (*topic.parts, *topic.after))))
    for option in command.params:
        yield f"--help {option.name}", getattr(option, "help", "") or ""


def said(path):
    """The strings of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


TEXTS = dict(sentences())


def test_no_text_uses_a_word_for_which_there_is_a_term():
    assert {
        f"{where}: {word}": better
        for where, text in TEXTS.items()
        for word, better in INSTEAD.items()
        if re.search(rf"\b{word}\b", text.lower())
    } == {}


def test_no_text_speaks_in_riddles():
    assert [(where, riddle) for where, text in TEXTS.items() for riddle in RIDDLES if riddle in text] == []


def test_every_term_is_used():
    every = " ".join([*TEXTS.values(), (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")]).lower()
    assert [term for term in TERMS if not re.search(rf"\b{re.escape(term.lower())}", every)] == []


def test_terms_stand_in_order_and_explain_themselves_by_sentences():
    assert list(TERMS) == sorted(TERMS, key=str.lower)
    assert [
        term for term, meaning in TERMS.items() if not meaning.endswith((".", "?")) or not meaning[0].isalpha()
    ] == []


def test_the_words_of_a_verdict_are_terms():
    said = " ".join(TERMS.values()).lower() + " ".join(TERMS).lower()
    schema = json.loads((PACKAGE / "schema" / "tcpexplain-1.json").read_text(encoding="utf-8"))

    def enums(node):
        if isinstance(node, dict):
            for name, value in node.get("properties", {}).items():
                if name in ("severity", "certainty", "basis", "verdict") and "enum" in value:
                    yield from value["enum"]
            for value in node.values():
                yield from enums(value)
        elif isinstance(node, list):
            for value in node:
                yield from enums(value)

    words = {word for word in enums(schema) if word} - {"not-applicable", "fingerprint", "forced", "default"}
    assert words >= {"failed", "certain"}
    assert [word for word in sorted(words) if word not in said] == []


def test_pages_of_causes_are_sentences():
    for cause in ranked():
        page = cause.PAGE
        for text in (page.what, page.recognised, page.do):
            assert re.search(r"[.)/?]$|[A-Z]{4}$|[a-z]\.pcap .*$|PORT$", text.strip()), (cause.CODE, text)
            assert text[0].isupper() or text.startswith("connect"), (cause.CODE, text)
