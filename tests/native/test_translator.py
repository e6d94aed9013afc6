"""The translator: each construct gives the same in C, and what has no translation is refused with what to write instead."""

from __future__ import annotations

import importlib.util
from itertools import product

import constructs
import numpy as np
import pytest
from building import native, translation
from translator.refused import RefusedError

from tcpexplain.hot.record import dtype
from tcpexplain.wire.segment import Segment

ENTRIES = [one for one in vars(constructs).values() if hasattr(one, "fits")]
OF_TWO = [one for one in ENTRIES if one.__code__.co_varnames[:2] == ("a", "b")]
NUMBERS = (0, 1, -1, 2, 3, 5, -7, 63, 1000, -123_456, 1 << 31)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return native(tmp_path_factory.mktemp("constructs"), *ENTRIES)


@pytest.mark.parametrize("function", OF_TWO, ids=lambda one: one.__name__)
def test_numbers_are_the_same(function, library):
    for a, b in product(NUMBERS, NUMBERS):
        if function is constructs.divides and b == 0:
            continue
        assert library[function.__name__](a, b) == function(a, b), (a, b)


def test_a_division_by_zero_says_where_it_stands(library):
    with pytest.raises(ZeroDivisionError, match=r"constructs\.py:\d+: division by zero"):
        library["divides"](1, 0)
    assert library["divides"](9, 2) == constructs.divides(9, 2)


@pytest.mark.parametrize("name", ["writes", "order_of_calls"])
def test_records_and_arrays_are_the_same(name, library):
    pool, objects = np.zeros(2, dtype(Segment)), [Segment(), Segment()]
    out, plain = np.array([3, 0, 9, 0]), [3, 0, 9, 0]
    assert library[name](pool, out) == getattr(constructs, name)(objects, plain)
    assert out.tolist() == plain
    for field in ("seq", "ack", "time", "flags", "length"):
        assert pool[field].tolist() == [getattr(one, field) for one in objects]


def test_words_are_the_same(library):
    data = bytes((7 * n + 130) % 256 for n in range(16))
    assert library["words"](np.frombuffer(data, np.uint8)) == constructs.words(data)


HEAD = """
from __future__ import annotations
from tcpexplain.hot.inline import entry
LARGE = 1 << 70
def always() -> bool:
    return True
@entry(always)
"""
REFUSED = {
    "def f(a) -> int:\n    return a": "there is no annotation; say what it is",
    "def f(a: float) -> int:\n    return 1": "the annotation float is not of the language; write int",
    "def f(a: int) -> int:\n    return a ** 2": "may give something else than an integer",
    "def f(a: int) -> int:\n    return a / 2": "use // instead of /",
    "def f(a: int) -> int:\n    return a + LARGE": "LARGE is a constant that is no integer of 64 bits",
    "def f(a: int) -> int:\n    return [a][0]": "List is not of the language",
    "def f(a: int) -> int:\n    return f(a - 1)": "f calls itself; write a loop",
    "def f(a: int) -> int:\n    return abs(a)": "abs is known to nobody",
    "def f(a: int) -> int:\n    if a:\n        return 1": "may end without a value; return one",
    "def f(a: int) -> None:\n    return a": "None is to be returned, and int is",
    "def f(a: Array[int]) -> int:\n    return a": "int is to be returned, and Array[int] is",
    "def f(a: Array[int]) -> int:\n    return a + 1": "counted with; use a field",
    "def f(a: Array[Segment]) -> int:\n    return a[0].nothing": "Segment has no field nothing; declare it",
    "def f(a: Array[Segment]) -> int:\n    b = 1\n    b = a[0]\n    return b": "b is int before and Segment here; use two names",
    "def f(a: int) -> int:\n    for b in (1, 2):\n        a += b\n    return a": "For is not of the language; write assignments",
    "def f(a: int) -> int:\n    return sum(b for b in range(a))": "sum is known to nobody",
    "def f(a: int) -> int:\n    with a:\n        return 1": "With is not of the language",
    "def f(a: int) -> int:\n    return min(a, key=a)": "arguments have names or stars; write them in their order",
    "def f(a: int) -> int:\n    return a is 1": "compares what objects are; compare integers",
    "def f(a: int) -> int:\n    for b in range(0, 5, a):\n        a += b\n    return a": "the step of a range is not known",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("source", REFUSED)
def test_what_has_no_translation_is_refused(source, tmp_path, monkeypatch):
    path = tmp_path / "refused.py"
    path.write_text(HEAD + source + "\n")
    spec = importlib.util.spec_from_file_location("refused", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr("building.ROOT", tmp_path)
    with pytest.raises(RefusedError) as refusal:
        translation(module.f)
    assert REFUSED[source] in str(refusal.value)
    assert str(refusal.value).startswith(("refused.py:", str(path)))


def test_every_line_of_c_says_where_it_comes_from():
    found = translation(constructs.counts)
    line = constructs.counts.__code__.co_firstlineno + 2
    assert f'#line {line} "tests/native/constructs.py"' in found
