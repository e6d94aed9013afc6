"""``--explain``: find a page and write it. Offline, and without reading any capture."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from tcpexplain import registry
from tcpexplain.errors import TcpexplainError
from tcpexplain.manual import ends, errnos, problems
from tcpexplain.manual.glossary import TERMS
from tcpexplain.manual.topic import Table, Topic
from tcpexplain.model.wanted import causes
from tcpexplain.terminal.connection import paragraph
from tcpexplain.terminal.paper import MARKS, PROSE, Color, Paper, Span, paper_for
from tcpexplain.terminal.paper import errnos as standing_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

LABEL = 10
"""Columns of the labels at the margin."""
LISTS = ("causes", "topics", "glossary")
"""Pages that are lists of pages."""


def topics() -> tuple[Topic, ...]:
    """All pages but the causes'."""
    return (*errnos.TOPICS, *ends.TOPICS, *problems.TOPICS)


def topic_for(words: str) -> Topic:
    """Find the page for what the user typed: a name, an alias, an errno's number, a cause, or a line of a log.

    Raises
    ------
    TcpexplainError
        TE045 with what may have been meant.
    """
    wanted = _key(words)
    for topic in topics():
        if wanted in (_key(topic.name), *(_key(alias) for alias in topic.aliases)):
            return topic
    code = "-".join(wanted.split())
    if code in causes():
        return cause_topic(registry.member("tcpexplain.causes", code.replace("-", "_")))
    if found := line_topic(words):
        return found
    raise unknown(words)


def line_topic(words: str) -> Topic | None:
    """The page about a line of a log, if its words are known."""
    from tcpexplain.manual.loglines import topic_of

    return topic_of(words)


def unknown(words: str) -> TcpexplainError:
    """TE045: nothing is called so."""
    names = {_key(name): name for topic in topics() for name in (topic.name, *topic.aliases)}
    names |= {code: code for code in (*causes(), *LISTS)}
    names |= {option.lstrip("-"): option for option in options()}
    near = get_close_matches(_key(words).lstrip("-"), list(names), 1, 0.6)
    found = names[near[0]] if near else ""
    hint = "tcpexplain --explain topics"
    if found.startswith("-"):
        hint = f"{found} is an option:  tcpexplain --help, man tcpexplain"
    elif found:
        hint = f"did you mean {found}?"
    return TcpexplainError(f"there is no page about {words}", code="TE045", help=hint)


def options() -> list[str]:
    """The long options of the command line, where it is what runs."""
    context = click.get_current_context(silent=True)
    every = context.command.params if context else []
    return [name for parameter in every for name in parameter.opts if name.startswith("--")]


def _key(words: str) -> str:
    """How names are compared."""
    return " ".join(words.strip().lower().split())


def cause_topic(cause: ModuleType) -> Topic:
    """The page that a cause brings along, as a page of the manual."""
    page = cause.PAGE
    labels = (
        ("what", page.what),
        ("told by", page.recognised),
        ("sees", page.sees),
        ("do", page.do),
        ("not", page.near_misses),
    )
    parts = tuple((label, _prose(text)) for label, text in labels if text)
    return Topic(cause.CODE, page.title, parts, after=(("source", _prose(page.references)),) if page.references else ())


def _prose(text: str | Iterable[str]) -> str:
    """One paragraph of a text or of several."""
    return " ".join((text if isinstance(text, str) else "; ".join(text)).split())


def write_page(words: str, color: Color = "auto", *, as_json: bool = False) -> None:
    """Write the page about ``words`` to standard output; TE045 if there is none."""
    wanted = _key(words)
    if as_json:
        records = (
            cause_records()
            if wanted == "causes"
            else topic_records()
            if wanted == "topics"
            else term_records()
            if wanted == "glossary"
            else [record(topic_for(words))]
        )
        sys.stdout.writelines(json.dumps(entry) + "\n" for entry in records)
        return
    paper = paper_for(sys.stdout)
    if wanted == "causes":
        write_causes(paper)
    elif wanted == "topics":
        write_topics(paper)
    elif wanted == "glossary":
        write_glossary(paper)
    else:
        write_topic(paper, topic_for(words))
    paper.print(sys.stdout, color)


def write_topic(paper: Paper, topic: Topic) -> None:
    """A page: heading, paragraphs, table, what it does not mean, where to read on."""
    paper.flow(
        [(topic.name, "bad"), ("  ", ""), (topic.title, "bold")],
        indent=len(topic.name) + 2 if len(topic.name) < 20 else 2,
    )
    paper.line()
    _write_parts(paper, topic.parts)
    if topic.table:
        paper.line()
        _write_table(paper, topic.table)
        paper.line()
    _write_parts(paper, topic.after)
    words, beside = ", ".join(topic.see), "   ·   "
    if topic.man and len(words) + len(beside) + len(topic.man) + LABEL > paper.width:
        _write_parts(paper, (("see", words), ("read", topic.man)))
    elif words or topic.man:
        _write_parts(paper, (("see", beside.join(part for part in (words, topic.man) if part)),))


def _write_parts(paper: Paper, parts: Iterable[tuple[str, str]]) -> None:
    """Labelled paragraphs."""
    for label, text in parts:
        paragraph(paper, label, [(text, "")], LABEL)


def _write_table(paper: Paper, table: Table) -> None:
    """A table with a ruled heading; cells wrap where the terminal is narrow."""
    paper.line((table.title, "bold"))
    paper.line()
    widths = [max(len(row[at]) for row in table.rows) for at in range(len(table.rows[0]))]
    room = min(paper.width, PROSE) - 2
    while sum(widths) + 3 * (len(widths) - 1) > room:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    starts = [1 + sum(widths[:at]) + 3 * at for at in range(len(widths))]
    for number, row in enumerate(table.rows):
        style = "dim" if number == 0 else ""
        cells: list[tuple[int, int, list[Span]]] = [
            (start, width, [(text, style)] if number == 0 else standing_out(text))
            for start, width, text in zip(starts, widths, row, strict=True)
        ]
        paper.columns(cells)
        if number == 0:
            paper.line((" " + "─" * (sum(widths) + 3 * (len(widths) - 1)), ""))


def write_causes(paper: Paper) -> None:
    """Every cause, in the order of precedence."""
    records = cause_records()
    longest = max((len(entry["code"]) for entry in records), default=0)
    paper.flow([("Causes", "bold"), ("  why a connection ended; each has a page: --explain CODE", "dim")], indent=2)
    group = None
    for entry in records:
        if entry["group"] != group:
            group = entry["group"]
            paper.line()
            if group:
                paper.line((str(group), "dim"))
        mark = MARKS.get(entry["severity"], "○")
        head: list[Span] = [(mark + " ", entry["severity"]), (entry["code"], "bold")]
        paper.hang(head, longest + 4, [(entry["title"], "")])


def write_topics(paper: Paper) -> None:
    """The names of all pages."""
    lists = (("errno", errnos.TOPICS), ("ends", ends.TOPICS), ("errors", problems.TOPICS))
    for label, pages in lists:
        paragraph(paper, label, [(", ".join(page.name for page in pages), "")], LABEL)
    paragraph(paper, "causes", [(", ".join(causes()), "")], LABEL)
    paragraph(paper, "lists", [(", ".join(LISTS), "")], LABEL)


def write_glossary(paper: Paper) -> None:
    """The terms of the texts."""
    paper.flow(
        [("Glossary", "bold"), ("  the terms that tcpexplain uses; those of TCP are RFC 9293's", "dim")], indent=2
    )
    paper.line()
    for term, meaning in TERMS.items():
        paper.hang([(term, "bold")], max(map(len, TERMS)) + 2, [(meaning, "")])


def term_records() -> list[dict[str, str]]:
    """The same, for machines."""
    return [{"type": "term", "term": term, "meaning": meaning} for term, meaning in TERMS.items()]


def cause_records() -> list[dict[str, Any]]:
    """The table of causes, for machines, in the order of precedence: code, severity, group, title."""
    from tcpexplain.causes import ranked

    return [
        {
            "type": "cause",
            "code": cause.CODE,
            "severity": cause.SEVERITY,
            "group": cause.GROUP,
            "title": cause.PAGE.title,
        }
        for cause in ranked()
    ]


def topic_records() -> list[dict[str, Any]]:
    """All pages, for machines."""
    return [record(topic) for topic in topics()]


def record(topic: Topic) -> dict[str, Any]:
    """One page, for machines."""
    return {"type": "page", **asdict(topic)}
