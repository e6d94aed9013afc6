"""What a cause says in short is made of what it says in full."""

from __future__ import annotations

import ast
from types import FunctionType

import pytest

from tcpexplain import causes
from tcpexplain.diagnosis.abridged import abridged, shorten


def shortened(body):
    function = ast.parse("def explain(case):\n" + "\n".join(f"    {line}" for line in body.splitlines())).body[0]
    shorten(function)
    return "\n".join(ast.unparse(line) for line in function.body)


def test_sentences_go():
    said = shortened(
        "return Explanation(title='t', sees='s', why=long(case), sure=certain(case), evidence=(1,), do='d')"
    )
    assert said == "return Explanation(title='t', sees='s', evidence=(1,), why='', sure='')"


def test_what_only_they_need_goes_too_however_long_the_chain():
    said = shortened(
        "span = case.span\nwords = text(span)\nlast = case.last\n"
        "return Explanation(title='t', sees='s', why=words, sure='', evidence=(last,))"
    )
    assert said == "last = case.last\nreturn Explanation(title='t', sees='s', evidence=(last,), why='', sure='')"


def test_a_pair_stays_while_one_of_it_is_needed():
    said = shortened("a, b = case.pair\nreturn Explanation(title=a, sees='s', why=b, sure='', evidence=())")
    assert said.startswith("a, b = case.pair")


def test_what_depends_on_a_condition_stays():
    told = "return Explanation(title='t', sees='s', why='w', sure='s', evidence=())"
    said = shortened(f"if case.odd:\n    {told}\n{told}")
    assert "if case.odd" in said
    assert said.count("why=''") == 2


@pytest.mark.parametrize("cause", causes.ranked(), ids=lambda cause: cause.CODE)
def test_every_cause_has_a_source_to_be_shortened(cause):
    short = abridged(cause.explain)
    assert short is not cause.explain
    assert short.__code__.co_firstlineno == cause.explain.__code__.co_firstlineno
    assert set(short.__code__.co_names) <= set(cause.explain.__code__.co_names)


def test_without_a_source_a_cause_says_all():
    clean = next(cause for cause in causes.ranked() if cause.CODE == "clean")
    nowhere = FunctionType(clean.explain.__code__, {"__file__": "nowhere.py"})
    assert abridged(nowhere) is nowhere
