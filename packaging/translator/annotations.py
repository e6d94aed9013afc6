"""Annotations -> kinds. Names are looked up by what they say, as most of them are imported for type checkers only."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from translator.kinds import ABSENT, INT, NOTHING, ArrayOf, Group, Int, Kind, RecordOf, TupleOf

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from translator.refused import Place


class Annotations:
    """Reads annotations.

    Parameters
    ----------
    records
        Names of the records.
    groups
        The named tuples by their names, as classes.
    protocols
        The fields of each protocol by its name: it stands for every record that has them.
    """

    def __init__(
        self,
        records: Mapping[str, Mapping[str, str]],
        groups: Mapping[str, type],
        protocols: Mapping[str, Collection[str]],
    ) -> None:
        self.records, self.groups, self.protocols = records, groups, protocols

    def choices(self, node: ast.expr | None, place: Place, at: ast.AST) -> tuple[Kind, ...]:
        """The kinds that an annotation allows."""
        if node is None:
            raise place.refuse(at, "there is no annotation", "say what it is: int, Segment, Array[Segment], Bytes")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            both = (*self.choices(node.left, place, at), *self.choices(node.right, place, at))
            return (ABSENT,) if ABSENT in both else both
        found = self.single(node)
        if found is None:
            raise place.refuse(
                at, f"the annotation {ast.unparse(node)} is not of the language", "write int, bool, None, Bytes, a record, "
                "Array[...] of int or a record, tuple[int, ...] of a known length, or a named tuple"
            )  # fmt: skip
        return found

    def single(self, node: ast.expr) -> tuple[Kind, ...] | None:
        """The kinds that an annotation without ``|`` allows; None if it is not of the language."""
        text = ast.unparse(node)
        known: dict[str, Kind] = {
            "int": INT, "bool": INT, "None": NOTHING, "Bytes": ArrayOf("byte"), "Array[int]": ArrayOf("int"),
        }  # fmt: skip
        if text in known:
            return (known[text],)
        if text in self.records:
            return (RecordOf(text),)
        if text in self.groups:
            return (self.group(text),)
        if text in self.protocols:
            return tuple(
                RecordOf(name) for name, has in self.records.items() if has.keys() >= set(self.protocols[text])
            )
        if text.startswith("dict["):
            return (ABSENT,)
        if not isinstance(node, ast.Subscript):
            return None
        outer, inner = ast.unparse(node.value), node.slice
        if outer == "Array":
            of = [kind for part in alternatives(inner) for kind in self.single(part) or ()]
            return tuple(ArrayOf(kind.name) for kind in of if isinstance(kind, RecordOf)) or None
        if outer == "tuple":
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return (TupleOf(len(parts)),) if all(self.single(part) == (INT,) for part in parts) else None
        return None

    def group(self, name: str) -> Group:
        """A named tuple, with what its fields are."""
        fields = []
        for field, annotation in self.groups[name].__annotations__.items():
            text = getattr(annotation, "__forward_arg__", annotation)
            found = self.single(ast.parse(str(text), mode="eval").body)
            if not found:
                raise TypeError(f"{name}.{field}: {annotation} is not of the language")
            fields.append((field, found[0]))
        return Group(name, tuple(fields))


def alternatives(node: ast.expr) -> list[ast.expr]:
    """What stands between ``|``."""
    if isinstance(node, ast.BinOp):
        return [*alternatives(node.left), *alternatives(node.right)]
    return [node]


def is_integer(kind: Kind) -> bool:
    """Whether a value can be counted with."""
    return isinstance(kind, Int)
