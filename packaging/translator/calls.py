"""Calls: of hot functions, and of the few that the language itself has."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import TYPE_CHECKING

from tcpexplain.hot.prefetch import LINE, fetch
from tcpexplain.wire import words
from translator.kinds import ABSENT, INT, NOTHING, ArrayOf, Constant, Group, Kind, Value

if TYPE_CHECKING:
    from translator.refused import RefusedError
    from translator.scope import Scope

WORDS = {id(words.big): "big", id(words.little): "little"}
LOADERS = {id(getattr(words, name)): function for name, function in words.ARRAY.items()}
"""By identity, as the ``struct`` methods they are: every module that imports one has the same object."""


class Calls:
    """Translates calls of one function."""

    scope: Scope

    def value(self, node: ast.expr) -> Value:
        """See ``translator.expressions``."""
        raise NotImplementedError

    def integer(self, node: ast.expr) -> Value:
        """See ``translator.expressions``."""
        raise NotImplementedError

    def condition(self, node: ast.expr) -> Value:
        """See ``translator.expressions``."""
        raise NotImplementedError

    def refuse(self, node: ast.AST, what: str, instead: str) -> RefusedError:
        """The refusal of a node, to be raised."""
        return self.scope.place.refuse(node, what, instead)

    def call(self, node: ast.Call) -> Value:
        """What a call gives."""
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise self.refuse(node, "arguments have names or stars", "write them in their order")
        own = {"int": self.same, "bool": self.truth, "min": self.extreme, "max": self.extreme, "len": self.length}
        if isinstance(node.func, ast.Name) and node.func.id in own and node.func.id not in self.scope.globals:
            return own[node.func.id](node)
        called = self.value(node.func).kind
        found = called.value if isinstance(called, Constant) else None
        if found is fetch:
            return self.fetched(node)
        if id(found) in WORDS:
            return self.word(WORDS[id(found)], node)
        if isinstance(found, type) and issubclass(found, tuple):
            return self.grouped(found, node)
        function = LOADERS.get(id(found), getattr(found, "native", found))
        if not isinstance(function, FunctionType):
            raise self.refuse(
                node, f"{ast.unparse(node.func)} is no hot function", "call hot functions, min, max, len, int and bool"
            )
        return self.hot(function, node)

    def hot(self, function: FunctionType, node: ast.Call) -> Value:
        """A call of another hot function."""
        values = [self.value(one) for one in node.args]
        given = function.__defaults__ or ()
        expected = function.__code__.co_argcount
        values += [
            self.scope.constant(one) for one in given[len(given) - (expected - len(values)) :] if len(values) < expected
        ]
        name, kind = self.scope.unit.function(function, [one.kind for one in values], self.scope.place, node)
        before, values = self.scope.in_order(values)
        call = f"{name}({', '.join(one.code for one in values)})"
        return Value(kind, f"({before}{call})" if before else call, calls=True)

    def same(self, node: ast.Call) -> Value:
        """``int``: the integer itself."""
        return self.integer(node.args[0])

    def truth(self, node: ast.Call) -> Value:
        """``bool``: 0 or 1."""
        found = self.condition(node.args[0])
        return Value(INT, f"((int64_t){found.code})", calls=found.calls)

    def extreme(self, node: ast.Call) -> Value:
        """``min`` and ``max`` of two integers or more."""
        if len(node.args) == 1:
            raise self.refuse(node, "this looks for the extreme of many", "write a loop")
        before, values = self.scope.in_order([self.integer(one) for one in node.args])
        name = "least" if ast.unparse(node.func) == "min" else "greatest"
        code = values[0].code
        for one in values[1:]:
            code = f"{name}({code}, {one.code})"
        return Value(INT, f"({before}{code})", calls=any(one.calls for one in values))

    def length(self, node: ast.Call) -> Value:
        """``len`` of an array."""
        of = self.value(node.args[0])
        if isinstance(of.kind, Constant) and of.kind.name:
            return self.scope.constant(len(of.kind.value))  # type: ignore[arg-type]
        if not isinstance(of.kind, ArrayOf):
            raise self.refuse(node, f"{ast.unparse(node.args[0])} has no length", "take that of an array")
        return Value(INT, f"{of.code}.n", fixed=of.fixed, calls=of.calls)

    def word(self, order: str, node: ast.Call) -> Value:
        """A word of 2, 4 or 8 bytes."""
        size = node.args[2]
        if not isinstance(size, ast.Constant) or size.value not in (2, 4, 8):
            raise self.refuse(node, "the size of a word is not written here", "write 2, 4 or 8")
        array, index = self.value(node.args[0]), self.integer(node.args[1])
        if array.kind != ArrayOf("byte"):
            raise self.refuse(node, f"{ast.unparse(node.args[0])} is not bytes", "annotate it as Bytes")
        before, (array, index) = self.scope.in_order([array, index])
        return Value(
            INT, f"({before}{order}{size.value}(BYTES({array.code}, {index.code}, {size.value})))", calls=index.calls
        )

    def fetched(self, node: ast.Call) -> Value:
        """Ask for all lines of an element."""
        array, index = self.value(node.args[0]), self.integer(node.args[1])
        size = f"sizeof *{array.code}.p"
        lines = self.scope.unit.lines_of(array.kind, LINE)
        asked = "; ".join(
            f"PREFETCH((const char *){array.code}.p + ({index.code}) * (int64_t){size} + {LINE * n})"
            for n in range(lines)
        )
        return Value(NOTHING, f"{{ {asked}; }}", calls=True)

    def grouped(self, group: type, node: ast.Call) -> Value:
        """A named tuple is made."""
        values = [self.value(one) for one in node.args]
        fields = tuple(zip(getattr(group, "_fields"), (one.kind for one in values), strict=True))  # noqa: B009 (types know it not)
        kind = Group(group.__name__, fields)
        return Value(
            kind, f"({kind.c}){{{', '.join(one.code for one in values)}}}", calls=any(one.calls for one in values)
        )


def fits(kind: Kind, choices: tuple[Kind, ...]) -> bool:
    """Whether an annotation allows a kind."""
    return kind in choices or ABSENT in choices
