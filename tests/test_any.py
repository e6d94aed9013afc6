"""How many parameters there are, and how many of them and of the results are annotated ``Any``: no more than there are today.

``pytest -s`` prints the latter by folder.

mypy forbids it altogether in the folders that pyproject.toml names.
"""

import ast
from collections import Counter
from functools import cache

from layers import FILES, folder, name, nodes

SHARE = 0.0335
"""At most so many of all; where one goes, this goes down."""
OF_PARAMETERS = 0.03
"""At most so many of the parameters alone."""
MOST = 10
"""Parameters of a function, ``self`` left out."""
MORE = {"reading.read.read": "the public interface: editors complete its keywords, which they do not of a TypedDict"}
"""Functions that have more, and why."""


@cache
def functions(path):
    """A file's functions."""
    return [node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def parameters(function):
    """All that it takes."""
    taken = function.args
    every = (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg)
    return [one for one in every if one]


def annotations(path):
    """The annotations of the parameters and results of a file's functions."""
    for function in functions(path):
        yield from (one.annotation for one in parameters(function) if one.annotation)
        yield from (function.returns,) if function.returns else ()


def is_any(annotation):
    return any(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(annotation))


def counted():
    """By folder: annotations, and those in which there is ``Any``."""
    every, found = Counter(), Counter()
    for path in FILES:
        for annotation in annotations(path):
            every[folder(path)] += 1
            found[folder(path)] += is_any(annotation)
    return every, found


def test_few_parameters_are_any():
    every, found = counted()
    for where, count in found.most_common():
        print(f"{where:12} {count:4} of {every[where]:5}")
    print(f"{found.total()} of {every.total()}, {found.total() / every.total():.1%}")
    assert found.total() <= SHARE * every.total()


def test_fewer_parameters_alone_are_any():
    every = [one.annotation for path in FILES for made in functions(path) for one in parameters(made) if one.annotation]
    assert sum(map(is_any, every)) <= OF_PARAMETERS * len(every)


def test_no_function_takes_more_than_ten_parameters():
    counts = {
        f"{name(path)}.{made.name}": len([one for one in parameters(made) if one.arg not in ("self", "cls")])
        for path in FILES
        for made in functions(path)
    }
    assert {which for which, count in counts.items() if count > MOST} == set(MORE)
