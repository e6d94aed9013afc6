"""All hot functions that the entry points lead to, as one file of C."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from translator.annotations import Annotations
from translator.calls import fits
from translator.kinds import ELEMENTS, FIELDS, NOTHING, ArrayOf, Constant, Group, Kind, RecordOf, TupleOf
from translator.refused import Place
from translator.scope import Scope
from translator.statements import Statements, ends

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from types import FunctionType

PRELUDE = Path(__file__).with_name("prelude.h")


class Unit:
    """One file of C.

    Parameters
    ----------
    records
        The fields of each record by its name: pairs of a name and numpy's letters for its type.
    groups
        The named tuples that hot functions are given.
    protocols
        The fields of each protocol by its name.
    root
        Where the sources are: places are named from there.
    """

    def __init__(
        self,
        records: Mapping[str, Sequence[tuple[str, str]]],
        groups: Mapping[str, type],
        protocols: Mapping[str, Collection[str]],
        root: Path,
    ) -> None:
        self.records = {name: {field: FIELDS[kind] for field, kind in fields} for name, fields in records.items()}
        self.sizes = {name: sum(int(kind[1]) for _, kind in fields) for name, fields in records.items()}
        self.annotations = Annotations(self.records, groups, protocols)
        self.root = root
        self.done: dict[tuple[FunctionType, tuple[Kind, ...]], tuple[str, Kind]] = {}
        self.under_way: list[FunctionType] = []
        self.parts: list[str] = []
        self.tables: dict[tuple[int, ...], str] = {}
        self.tuples: set[int] = set()
        self.used_groups: dict[str, Group] = {}
        self.sites: list[str] = []

    def function(self, function: FunctionType, kinds: Sequence[Kind], place: Place, at: ast.AST) -> tuple[str, Kind]:
        """See ``translator.scope.Unit``."""
        if function in self.under_way:
            raise place.refuse(at, f"{function.__name__} calls itself", "write a loop")
        key = function, tuple(kinds)
        if key not in self.done:
            self.under_way.append(function)
            name = f"{function.__module__.removeprefix('tcpexplain.').replace('.', '_')}_{function.__name__}"
            before = sum(one is function for one, _ in self.done)
            self.done[key] = self.translated(function, kinds, f"{name}_{before + 1}" if before else name, place, at)
            self.under_way.pop()
        return self.done[key]

    def translated(
        self, function: FunctionType, kinds: Sequence[Kind], name: str, caller: Place, at: ast.AST
    ) -> tuple[str, Kind]:
        """Write a function for arguments of these kinds."""
        lines, first = inspect.getsourcelines(function)
        file = Path(inspect.getsourcefile(function) or "").resolve()
        place = Place(file.relative_to(self.root).as_posix(), first - 1)
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise caller.refuse(at, f"{function.__name__} is no function", "write one with def")
        scope = Scope(self, function.__globals__, place)
        arguments = tree.args.args
        if len(arguments) != len(kinds):
            raise caller.refuse(at, f"{name} takes {len(arguments)} arguments, not {len(kinds)}", "give it all of them")
        for one, kind in zip(arguments, kinds, strict=True):
            if isinstance(kind, Constant | type(NOTHING)) or not fits(
                kind, self.annotations.choices(one.annotation, place, one)
            ):
                text = ast.unparse(one.annotation) if one.annotation else "nothing"
                raise caller.refuse(
                    at, f"{one.arg} of {function.__name__} is {text}, and is given {kind.text}", "let them agree"
                )
            scope.kinds[one.arg] = kind
            self.note(kind)
        result = self.annotations.choices(tree.returns, place, tree)[0]
        self.note(result)
        statements = Statements(scope, result)
        statements.block(tree.body)
        if result != NOTHING and not ends(tree.body):
            raise place.refuse(tree.body[-1], f"{function.__name__} may end without a value", "return one")
        self.parts.append(written(function, name, arguments, kinds, result, scope))
        return name, result

    def note(self, kind: Kind) -> None:
        """A kind is used: it needs a definition."""
        if isinstance(kind, TupleOf):
            self.tuples.add(kind.count)
        if isinstance(kind, Group):
            for _, inner in kind.fields:
                self.note(inner)
            self.used_groups[kind.name] = kind

    def table(self, values: Sequence[int]) -> str:
        """See ``translator.scope.Unit``."""
        return self.tables.setdefault(tuple(values), f"table{len(self.tables) + 1}")

    def site(self, where: str) -> int:
        """See ``translator.scope.Unit``; numbers begin with 1."""
        self.sites.append(where)
        return len(self.sites)

    def lines_of(self, kind: Kind, line: int) -> int:
        """See ``translator.scope.Unit``."""
        element = kind.element if isinstance(kind, ArrayOf) else ""
        return -(-self.sizes.get(element, 8) // line)

    def text(self, behind: str) -> str:
        """The whole file; ``behind``: the entry points."""
        return "\n".join([PRELUDE.read_text(encoding="utf-8"), *self.definitions(), *self.parts, behind])

    def definitions(self) -> list[str]:
        """Records, arrays, tuples, tables."""
        found = [
            f"struct {name} {{ {' '.join(f'{kind} {field};' for field, kind in fields.items())} }};"
            for name, fields in self.records.items()
        ]
        found += [f"{ArrayOf(name).c} {{ {RecordOf(name).c}p; int64_t n; }};" for name in self.records]
        found += [f"{ArrayOf(name).c} {{ {c} *p; int64_t n; }};" for name, c in ELEMENTS.items()]
        found += [f"{TupleOf(n).c} {{ {' '.join(f'int64_t f{i};' for i in range(n))} }};" for n in sorted(self.tuples)]
        found += [
            f"{group.c} {{ {' '.join(f'{kind.c} {field};' for field, kind in group.fields)} }};"
            for group in self.used_groups.values()
        ]
        return found + [
            f"static const int64_t {name}[] = {{{', '.join(map(str, values))}}};"
            for values, name in self.tables.items()
        ]


def written(
    function: FunctionType, name: str, arguments: Sequence[ast.arg], kinds: Sequence[Kind], result: Kind, scope: Scope
) -> str:
    """The text of a function."""
    how = "INLINED" if getattr(function, "inlined", False) else "static inline"
    taken = ", ".join(f"{kind.c} v_{one.arg}" for one, kind in zip(arguments, kinds, strict=True))
    mine = {f"v_{one.arg}" for one in arguments}
    declared = [
        f"    {kind.c} {variable}{' = 0' if kind.c == 'int64_t' or kind.c.endswith('*') else ' = {0}'};"
        for variable, kind in scope.declared.items()
        if variable not in mine
    ]
    return "\n".join([f"{how} {result.c} {name}({taken or 'void'})", "{", *declared, *scope.lines, "}", ""])
