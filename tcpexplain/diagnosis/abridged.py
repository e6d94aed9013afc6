"""What a cause says in short: its ``explain`` without the sentences for which tables have no column.

Where a large capture becomes tables, to put them into words took as long as all else that is said of a connection. Each cause
says everything in one place, and stays so: the shorter function is made from its source.
"""

from __future__ import annotations

import ast
from functools import cache
from linecache import getlines
from typing import TYPE_CHECKING

from tcpexplain.evidence.cause import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpexplain.evidence.cause import Case

    Explain = Callable[[Case], Explanation]

SHORT = ("title", "sees", "evidence", "alternatives")
"""The fields of an explanation that are left."""
EMPTY = [
    ast.keyword(name, ast.Constant(""))
    for name in Explanation._fields
    if name not in SHORT and name not in Explanation._field_defaults
]


@cache
def abridged(explain: Explain) -> Explain:
    """A cause's ``explain`` that leaves all but ``SHORT`` empty; as it is where there is no source."""
    module = explain.__globals__
    name = module.get("__file__", "")
    tree = ast.parse("".join(getlines(name, module)))
    found = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "explain"]
    if not found:
        return explain
    shorten(found[0])
    space: dict[str, Explain] = {}
    # The lines stay those of the source, which is what a traceback shows.
    exec(compile(ast.Module(list(found), []), name, "exec"), module, space)  # noqa: S102 (it is the cause's own)
    return space["explain"]


def shorten(function: ast.FunctionDef) -> None:
    """Leave out the sentences, and what is only computed for them: that has no effect but its value."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == Explanation.__name__:
            call.keywords = [one for one in call.keywords if one.arg in SHORT] + EMPTY
    before = len(function.body) + 1
    while len(function.body) < before:
        before, read = len(function.body), names(function, ast.Load)
        function.body = [
            one for one in function.body if not isinstance(one, ast.Assign) or names(one, ast.Store) & read
        ]
    ast.fix_missing_locations(function)


def names(tree: ast.AST, how: type[ast.expr_context]) -> set[str]:
    """The names that are written to, or read."""
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, how)}
