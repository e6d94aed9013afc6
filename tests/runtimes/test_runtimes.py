"""Every wording of real logs is known: the call, what it returned, the end; and each product's words are its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tcpexplain.log.recognise import recognise
from tcpexplain.runtimes import INNER, NAMED, literal, names, product, products, said_by

TABLE = [
    tuple(cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1])
    for line in Path(__file__).with_name("wordings.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]


@pytest.mark.parametrize(("text", "name", "call", "returns", "end"), TABLE, ids=[row[0] for row in TABLE])
def test_a_line_says_which_call_returned_what_at_which_end(text, name, call, returns, end):
    known = recognise(text)
    assert known.product is not None
    assert (known.product.name, known.call or "-", " ".join(known.outcomes), known.role) == (name, call, returns, end)


def test_every_product_has_a_line_by_which_it_is_known():
    assert {name for _, name, *_ in TABLE} == set(names())


def test_explain_has_a_page_for_each_of_them():
    from tcpexplain.cli.explain import topic_for

    for text, *_ in TABLE:
        labels = {label for label, _ in topic_for(text).parts}
        assert labels >= {"call", "outcome", "end"} or topic_for(text).aliases, text


def test_a_whole_line_is_explained_without_a_capture():
    from tcpexplain.cli.arguments import command

    line = "2026/11/20 21:10:19 [error] 1#1: *5 writev() failed (32: Broken pipe) while sending to client, client: 127.0.0.52, server: x"
    shown = CliRunner().invoke(command, ["--explain", line])
    assert shown.exit_code == 0
    assert all(word in shown.output for word in ("nginx", "EPIPE", "127.0.0.52", "accepted the connection"))


@pytest.mark.parametrize("name", names())
def test_a_products_words_are_recognised_as_its_own(name):
    strangers = []
    for wording in product(name).wordings:
        if wording.needs:
            continue
        found = recognise(wording.text, name)
        if found.wording is None or (
            found.wording.text != wording.text and literal(found.wording.text) < literal(wording.text)
        ):
            strangers.append(wording.text)
    assert strangers == []


def test_patterns_hold_no_mistakes():
    for one in products():
        for pattern in (*one.signs, *one.fields, *(wording.needs for wording in one.wordings)):
            re.compile(pattern)
        assert one.wordings
        assert one.sources, one.name


def test_outcomes_are_of_a_closed_vocabulary():
    known = {"eof", "timer", "local", "alert", "none", INNER, NAMED}
    told = {outcome for one in products() for wording in one.wordings for outcome in wording.outcomes}
    assert {outcome for outcome in told if outcome not in known and not re.fullmatch(r"E[A-Z]+", outcome)} == set()


@pytest.mark.parametrize(
    ("name", "call", "outcome", "words"),
    [
        ("go", "write", "EPIPE", "write tcp <own>-><peer>: write: broken pipe"),
        ("java", "read", "ECONNRESET", "java.net.SocketException: Connection reset"),
        ("node", "read", "eof", "Error: socket hang up"),
        ("python", "connect", "ECONNREFUSED", "ConnectionRefusedError: [Errno 111] Connection refused"),
        ("postgresql", "write", "EPIPE", "could not send data to client: Broken pipe"),
        ("go", "accept", "EMFILE", ""),
    ],
)
def test_turned_around_an_outcome_has_its_words(name, call, outcome, words):
    assert said_by(name, call, outcome, "server" if name == "postgresql" else "client") == words


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("read failed: Verbindung vom Peer zurückgesetzt (os error 104)", "ECONNRESET"),
        ("thing: err=EPIPE while flushing", "EPIPE"),
        ("the peer unexpectedly closed the stream", "eof"),
        ("request timed out after 30 s", "timer"),
        ("WSARecv: 10053", None),
    ],
)
def test_words_of_unknown_programs_are_read_by_errno_first(text, outcome):
    assert recognise(text).outcome == outcome
