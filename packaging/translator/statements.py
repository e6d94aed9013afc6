"""Statements of one function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from translator.expressions import Expressions
from translator.kinds import INT, NOTHING, ArrayOf, Constant, RecordOf, TupleOf, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.kinds import Kind
    from translator.scope import Scope


class Statements(Expressions):
    """Translates the statements of one function, whose result is of kind ``result``."""

    def __init__(self, scope: Scope, result: Kind) -> None:
        self.scope, self.result = scope, result

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Statements, one after the other."""
        for one in statements:
            self.scope.lines.append(f'#line {self.scope.place.line(one)} "{self.scope.place.file}"')
            self.statement(one)

    def inner(self, statements: Sequence[ast.stmt]) -> None:
        """A block within another."""
        self.scope.depth += 1
        self.block(statements)
        self.scope.depth -= 1

    def statement(self, node: ast.stmt) -> None:
        """One statement."""
        write = self.scope.write
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                self.unpack(targets, value, node)
            case ast.Assign(targets=targets, value=value):
                self.assign(targets, value, node)
            case ast.AugAssign(target=target, op=op, value=value):
                self.put(target, self.value(ast.copy_location(ast.BinOp(loaded(target), op, value), node)), node)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign([target], value, node)
            case ast.If(test=test, body=body, orelse=orelse):
                write(f"if ({self.condition(test).code}) {{")
                self.inner(body)
                if orelse:
                    write("} else {")
                    self.inner(orelse)
                write("}")
            case ast.While(test=test, body=body, orelse=[]):
                write(f"while ({self.condition(test).code}) {{")
                self.inner(body)
                write("}")
            case ast.For(
                target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=bounds), body=body, orelse=[]
            ):
                self.loop(name, bounds, body, node)
            case ast.Return(value=value):
                self.give(value, node)
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.Expr(value=ast.Call() as call):
                write(f"{self.value(call).code};")
            case ast.Break():
                write("break;")
            case ast.Continue():
                write("continue;")
            case _:
                raise self.refuse(
                    node, f"{type(node).__name__} is not of the language",
                    "write assignments, if, while, for over a range, return, and calls",
                )  # fmt: skip

    def loop(self, name: str, bounds: list[ast.expr], body: list[ast.stmt], node: ast.For) -> None:
        """``for`` over a range; its bounds are found once, and the variable keeps its last value."""
        step = 1 if len(bounds) < 3 else self.known(bounds[2])
        if not step:
            raise self.refuse(node, "the step of a range is not known here", "write a number other than 0")
        first = Value(INT, "INT64_C(0)", fixed=True) if len(bounds) == 1 else self.integer(bounds[0])
        last = self.integer(bounds[0] if len(bounds) == 1 else bounds[1])
        variable, place, end = self.scope.local(name, INT, node), self.scope.temporary(INT), self.scope.temporary(INT)
        sign = "<" if step > 0 else ">"
        self.scope.write(
            f"for ({place} = {first.code}, {end} = {last.code}; {place} {sign} {end}; {place} += {step}) {{"
        )
        self.scope.write(f"    {variable} = {place};")
        self.inner(body)
        self.scope.write("}")

    def assign(self, targets: list[ast.expr], value: ast.expr, node: ast.stmt) -> None:
        """One value, to one target or several."""
        found = self.value(value)
        simple = len(targets) == 1 and (isinstance(targets[0], ast.Name) or not found.calls)
        if not simple:
            found = self.kept(found)
        for target in targets:
            self.put(target, found, node)

    def unpack(self, targets: list[ast.expr], value: ast.expr, node: ast.stmt) -> None:
        """Several values to as many targets: all of them are found before any is put anywhere."""
        if isinstance(value, ast.Tuple):
            found = [self.kept(self.value(one)) for one in value.elts]
        else:
            whole = self.value(value)
            if not isinstance(whole.kind, TupleOf):
                raise self.refuse(node, f"{ast.unparse(value)} is no tuple", "unpack what a function returns")
            whole = self.kept(whole)
            found = [Value(INT, f"{whole.code}.f{place}", fixed=True) for place in range(whole.kind.count)]  # type: ignore[attr-defined]
        if len(found) != len(targets):
            raise self.refuse(node, f"{len(found)} values for {len(targets)} targets", "name each, or use _")
        for target, one in zip(targets, found, strict=True):
            if not (isinstance(target, ast.Name) and target.id == "_"):
                self.put(target, one, node)

    def kept(self, value: Value) -> Value:
        """A value in a variable of its own."""
        name = self.scope.temporary(value.kind)
        self.scope.write(f"{name} = {value.code};")
        return Value(value.kind, name, fixed=True)

    def put(self, target: ast.expr, value: Value, node: ast.stmt) -> None:
        """Put a value somewhere."""
        write = self.scope.write
        match target:
            case ast.Name(id=name):
                variable = self.scope.local(name, value.kind, node)
                write(f"{variable} = {value.code};")
            case ast.Attribute(value=of, attr=name):
                record = self.value(of)
                if not isinstance(record.kind, RecordOf) or value.kind != INT:
                    raise self.refuse(
                        node, f"{ast.unparse(target)} takes no such value", "put integers into fields of records"
                    )
                field = self.scope.unit.records[record.kind.name].get(name)
                if field is None:
                    raise self.refuse(node, f"{record.kind.name} has no field {name}", "declare it with the record")
                write(f"{record.code}->{name} = ({field}){value.code};")
            case ast.Subscript(value=of, slice=ast.expr() as index):
                self.put_element(self.value(of), self.integer(index), value, node)
            case _:
                raise self.refuse(
                    node, f"nothing can be put into {ast.unparse(target)}", "name a variable, a field or an element"
                )

    def put_element(self, array: Value, index: Value, value: Value, node: ast.stmt) -> None:
        """Put a value, or a copy of a record, into an array."""
        if not isinstance(array.kind, ArrayOf) or index.calls:
            raise self.refuse(node, "this is no place in an array", "find the index first, and put into arrays")
        element = array.kind.element
        if element in self.scope.unit.records:
            if value.kind != RecordOf(element):
                raise self.refuse(node, f"an array of {element} is given something else", f"give it a {element}")
            self.scope.write(f"AT({array.code}, {index.code}) = *{value.code};")
        elif value.kind == INT:
            self.scope.write(f"AT({array.code}, {index.code}) = {value.code};")
        else:
            raise self.refuse(node, f"an array of {element} is given something else", "give it an integer")

    def give(self, value: ast.expr | None, node: ast.stmt) -> None:
        """``return``."""
        if value is None:
            if self.result != NOTHING:
                raise self.refuse(node, f"{self.result.text} is to be returned, and nothing is", "return a value")
            self.scope.write("return;")
        elif isinstance(value, ast.Tuple):
            kept = [self.kept(self.integer(one)).code for one in value.elts]
            if self.result != TupleOf(len(kept)):
                raise self.refuse(node, f"{self.result.text} is to be returned", "correct the annotation")
            self.scope.write(f"return ({self.result.c}){{{', '.join(kept)}}};")
        else:
            found = self.value(value)
            if found.kind != self.result or isinstance(found.kind, Constant):
                raise self.refuse(
                    node, f"{self.result.text} is to be returned, and {found.kind.text} is", "correct the annotation"
                )
            self.scope.write(f"return {found.code};")


def loaded(target: ast.expr) -> ast.expr:
    """A target as what it holds."""
    found = ast.parse(ast.unparse(target), mode="eval").body
    for node in ast.walk(found):
        ast.copy_location(node, target)
    return found


def ends(statements: Sequence[ast.stmt]) -> bool:
    """Whether a block never goes on behind its end."""
    match statements[-1]:
        case ast.Return() | ast.Continue() | ast.Break():
            return isinstance(statements[-1], ast.Return)
        case ast.If(body=body, orelse=[_, *_] as orelse):
            return ends(body) and ends(orelse)
        case ast.While(test=ast.Constant(value=True)):
            return True
    return False
