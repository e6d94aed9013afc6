"""How many parameters and results are annotated ``Any``: no more than there are today; ``pytest -s`` prints them by folder.

mypy forbids it altogether in the folders that pyproject.toml names.
"""

import ast
from collections import Counter

from layers import FILES, folder

SHARE = 0.0375
"""At most so many of all; where one goes, this goes down."""


def annotations(path):
    """The annotations of the parameters and results of a file's functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = node.args
            every = (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg)
            yield from (one.annotation for one in every if one and one.annotation)
            yield from (node.returns,) if node.returns else ()


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
    for name, count in found.most_common():
        print(f"{name:12} {count:4} of {every[name]:5}")
    print(f"{found.total()} of {every.total()}, {found.total() / every.total():.1%}")
    assert found.total() <= SHARE * every.total()
