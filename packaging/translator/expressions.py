"""Expressions: what they give, and how C says it so that it gives the same."""

from __future__ import annotations

import ast

from translator.conditions import Conditions
from translator.kinds import INT, Constant, Int, RecordOf, TupleOf, Value
from translator.scope import literal

SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}
MODULAR = (ast.Add, ast.Sub, ast.Mult, ast.BitOr, ast.BitXor, ast.BitAnd)
"""Of the results of these, the low 64 bits depend on the low 64 bits of their operands alone."""
NAMED: dict[type[ast.operator], str] = {ast.LShift: "shifted_left", ast.RShift: "shifted_right"}
ROUNDED: dict[type[ast.operator], str] = {ast.FloorDiv: "divided", ast.Mod: "modulo"}


class Expressions(Conditions):
    """Translates expressions of one function."""

    def value(self, node: ast.expr) -> Value:
        """What an expression gives."""
        match node:
            case ast.Constant(value=int() as number):
                return self.number(int(number), node)
            case ast.Name(id=name):
                return self.name(name, node)
            case ast.Attribute(value=of, attr=name):
                return self.scope.field(self.value(of), name, node)
            case ast.Subscript(value=of, slice=ast.expr() as index):
                return self.scope.element(self.value(of), self.value(index), node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(left, op, right, node)
            case ast.UnaryOp(op=op, operand=operand):
                return self.unary(op, operand, node)
            case ast.BoolOp(op=op, values=values):
                return self.either(op, values)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.chosen(test, body, orelse, node)
            case ast.Compare():
                found = self.compared(node)
                return Value(INT, f"((int64_t){found.code})", calls=found.calls)
            case ast.Call():
                return self.call(node)
        raise self.refuse(
            node,
            f"{type(node).__name__} is not of the language",
            "use integers, records, arrays and calls of hot functions",
        )

    def number(self, number: int, node: ast.AST) -> Value:
        """An integer constant."""
        try:
            return Value(INT, literal(number), fixed=True)
        except OverflowError:
            raise self.refuse(node, f"{number} has more than 64 bits", "keep to -2**63 ... 2**63 - 1") from None

    def name(self, name: str, node: ast.AST) -> Value:
        """A variable or a global."""
        if name in self.scope.kinds:
            return Value(self.scope.kinds[name], f"v_{name}", fixed=True)
        if name in self.scope.globals:
            return self.scope.constant(self.scope.globals[name])
        raise self.refuse(node, f"{name} is known to nobody", "give it a value first")

    def integer(self, node: ast.expr) -> Value:
        """An expression that must be an integer."""
        found = self.value(node)
        if not isinstance(found.kind, Int):
            what = "a constant that is no integer of 64 bits" if isinstance(found.kind, Constant) else found.kind.text
            raise self.refuse(node, f"{ast.unparse(node)} is {what}, and counted with", "use a field of it")
        return found

    def binary(self, left: ast.expr, op: ast.operator, right: ast.expr, node: ast.expr) -> Value:
        """Two operands."""
        if isinstance(op, ast.BitAnd):
            masked = self.masked(left, right)
            if masked:
                return masked
        before, (one, other) = self.scope.in_order([self.integer(left), self.integer(right)])
        calls = one.calls or other.calls
        if type(op) in SIGNS:
            return Value(INT, f"({before}{one.code} {SIGNS[type(op)]} {other.code})", calls=calls)
        if type(op) in NAMED:
            return Value(INT, f"({before}{NAMED[type(op)]}({one.code}, {other.code}))", calls=calls)
        if type(op) in ROUNDED:
            site = self.scope.unit.site(f"{self.scope.place.file}:{self.scope.place.line(node)}")
            return Value(INT, f"({before}{ROUNDED[type(op)]}({one.code}, {other.code}, {site}))", calls=calls)
        raise self.refuse(
            node,
            f"{ast.unparse(node)} may give something else than an integer",
            "use // instead of /, a product instead of **",
        )

    def masked(self, left: ast.expr, right: ast.expr) -> Value | None:
        """Sums and products of which a mask keeps less than 64 bits: C computes them modulo 2**64, which gives the same bits."""
        for mask, of in ((right, left), (left, right)):
            if (
                isinstance(of, ast.BinOp)
                and isinstance(of.op, MODULAR)
                and (bits := self.known(mask)) is not None
                and bits >= 0
            ):
                found = self.modular(of)
                return found and Value(INT, f"((int64_t)({found} & UINT64_C({bits})))")
        return None

    def modular(self, node: ast.expr) -> str | None:
        """An expression modulo 2**64; None if a part of it may write."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, MODULAR):
            left, right = self.modular(node.left), self.modular(node.right)
            return left and right and f"({left} {SIGNS[type(node.op)]} {right})"
        known = self.known(node)
        if known is not None:
            return f"UINT64_C({known & (1 << 64) - 1})"
        found = self.integer(node)
        return None if found.calls else f"(uint64_t){found.code}"

    def known(self, node: ast.expr) -> int | None:
        """The number that a node is, whoever calls; None if that depends."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return int(node.value)
        if isinstance(node, ast.Name) and node.id not in self.scope.kinds:
            found = self.scope.globals.get(node.id)
            return int(found) if isinstance(found, int) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.known(node.operand)
            return None if inner is None else -inner
        return None

    def unary(self, op: ast.unaryop, operand: ast.expr, node: ast.AST) -> Value:
        """One operand."""
        if isinstance(op, ast.Not):
            found = self.condition(operand)
            return Value(INT, f"((int64_t)!{found.code})", calls=found.calls)
        if isinstance(op, ast.USub) and (known := self.known(operand)) is not None:
            return self.number(-known, node)
        value = self.integer(operand)
        sign = {ast.USub: "-", ast.Invert: "~", ast.UAdd: "+"}[type(op)]
        return Value(INT, f"({sign}{value.code})", calls=value.calls)

    def either(self, op: ast.boolop, values: list[ast.expr]) -> Value:
        """``and``, ``or`` where the value counts: the operand that decides."""
        found = self.integer(values[-1])
        for node in reversed(values[:-1]):
            one = self.integer(node)
            before, one = self.scope.held(one)
            first = f"({before})" if before else one.code
            code = (
                f"({first} ? {one.code} : {found.code})"
                if isinstance(op, ast.Or)
                else f"({first} ? {found.code} : INT64_C(0))"
            )
            found = Value(INT, code, calls=one.calls or found.calls)
        return found

    def chosen(self, test: ast.expr, body: ast.expr, orelse: ast.expr, node: ast.AST) -> Value:
        """One of two values."""
        condition, one, other = self.condition(test), self.value(body), self.value(orelse)
        if one.kind != other.kind or not isinstance(one.kind, Int | RecordOf | TupleOf):
            raise self.refuse(node, "the two values are not of one kind", "write if and else")
        calls = condition.calls or one.calls or other.calls
        return Value(one.kind, f"({condition.code} ? {one.code} : {other.code})", calls=calls)
