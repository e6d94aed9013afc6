"""Entry points: what is called from Python. Each takes a row of words, and checks what it is given before it runs.

An array is two words, its address and its length; an integer is one; of a named tuple all fields. What is to be checked says the
function's own ``fits``, hot like itself: it is given those of the same arguments that it names.
"""

from __future__ import annotations

import ast
import inspect
import json
from typing import TYPE_CHECKING

from translator.kinds import ABSENT, INT, NOTHING, ArrayOf, Group, Kind, TupleOf
from translator.refused import Place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FunctionType

    from translator.unit import Unit


class Boundary:
    """The entry points of a file, and what is said of them to who calls."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.parts: list[str] = []
        self.about: dict[str, dict[str, object]] = {}

    def add(self, function: FunctionType) -> None:
        """One entry point."""
        file = inspect.getsourcefile(function) or ""
        tree = ast.parse(inspect.getsource(function)).body[0]
        place = Place(file, function.__code__.co_firstlineno - 1)
        if not isinstance(tree, ast.FunctionDef):
            raise place.refuse(tree, "this is no function", "write one with def")
        kinds = [self.unit.annotations.choices(one.annotation, place, one)[0] for one in tree.args.args]
        name, result = self.unit.function(function, kinds, place, tree)
        names = [one.arg for one in tree.args.args]
        fits: FunctionType = function.fits  # type: ignore[attr-defined]
        asked = [names.index(one) for one in fits.__code__.co_varnames[: fits.__code__.co_argcount]]
        check, _ = self.unit.function(fits, [kinds[n] for n in asked], place, tree)
        words = Words()
        declared = [f"    {kind.c} a{n} = {words.taken(kind)};" for n, kind in enumerate(kinds)]
        given = ", ".join(f"a{n}" for n in range(len(kinds)))
        self.parts.append(
            "\n".join([
                f"EXPORT int64_t entry_{name}(const int64_t *words, int64_t *results)", "{",
                *declared,
                f"    if (!{check}({', '.join(f'a{n}' for n in asked)})) return -1;",
                "    problem = 0;",
                *self.called(f"{name}({given})", result),
                "    return problem;", "}", "",
            ])
        )  # fmt: skip
        self.about[f"{function.__module__}.{function.__qualname__}"] = {
            "symbol": f"entry_{name}",
            "arguments": [described(kind) for kind in kinds],
            "results": 0 if result == NOTHING else result.count if isinstance(result, TupleOf) else 1,
        }

    def called(self, call: str, result: Kind) -> list[str]:
        """The call, and where its results go."""
        if isinstance(result, TupleOf):
            return [
                f"    {{ {result.c} found = {call};",
                *(f"    results[{n}] = found.f{n};" for n in range(result.count)),
                "    }",
            ]
        return [f"    {call};" if result == NOTHING else f"    results[0] = {call};"]

    def text(self) -> str:
        """The entry points, and what is said of the library as JSON."""
        about: dict[str, object] = {"entries": self.about, "sites": self.unit.sites}
        sizes = ", ".join(f"sizeof(struct {name})" for name in self.unit.records)
        about["records"] = list(self.unit.records)
        return "\n".join(
            [
                *self.parts,
                f"EXPORT const int64_t tcpexplain_sizes[] = {{{sizes}}};",
                "EXPORT const char tcpexplain_about[] =",
                *(f"    {line}" for line in quoted(json.dumps(about))),
                "    ;",
                "",
            ]
        )


class Words:
    """The words of a call, one after the other."""

    def __init__(self) -> None:
        self.used = 0

    def taken(self, kind: Kind) -> str:
        """What reads an argument of this kind from the words that are next."""
        at = self.used
        if isinstance(kind, Group):
            return f"{{{', '.join(self.taken(one) for _, one in kind.fields)}}}"
        if isinstance(kind, ArrayOf):
            self.used += 2
            return f"{{(void *)(intptr_t)words[{at}], words[{at + 1}]}}"
        if kind not in (INT, ABSENT):
            raise TypeError(f"an entry point is given {kind.text}")
        self.used += 1
        return f"words[{at}]"


def described(kind: Kind) -> object:
    """A kind, as JSON says it to who calls."""
    if isinstance(kind, Group):
        return [described(one) for _, one in kind.fields]
    return f"{kind.element}[]" if isinstance(kind, ArrayOf) else kind.text


def quoted(text: str, width: int = 100) -> Iterable[str]:
    """A text as C writes it, in pieces."""
    for at in range(0, len(text), width):
        yield json.dumps(text[at : at + width])
