"""Conditions: comparisons, and what is only asked for its truth."""

from __future__ import annotations

import ast

from translator.calls import Calls
from translator.kinds import INT, Constant, Value
from translator.scope import literal

COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


class Conditions(Calls):
    """Translates conditions of one function."""

    def condition(self, node: ast.expr) -> Value:
        """An expression of which only the truth counts."""
        match node:
            case ast.BoolOp(op=op, values=values):
                found = [self.condition(one) for one in values]
                sign = " && " if isinstance(op, ast.And) else " || "
                return Value(INT, f"({sign.join(one.code for one in found)})", calls=any(one.calls for one in found))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                one = self.condition(operand)
                return Value(INT, f"(!{one.code})", calls=one.calls)
            case ast.Compare():
                return self.compared(node)
        value = self.integer(node)
        return Value(INT, f"({value.code} != 0)", calls=value.calls)

    def compared(self, node: ast.Compare) -> Value:
        """A comparison, or a chain of them."""
        parts, calls, left = [], False, self.integer(node.left)
        for op, following in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                parts.append(self.among(left, following, wanted=isinstance(op, ast.In)))
                continue
            if type(op) not in COMPARED:
                raise self.refuse(node, f"{ast.unparse(node)} compares what objects are", "compare integers")
            right = self.integer(following)
            calls |= left.calls or right.calls
            before, (left, right) = self.scope.in_order([left, right])
            code = right.code
            if following is not node.comparators[-1]:
                kept, right = self.scope.held(right)
                code = f"({kept})" if kept else right.code
            parts.append(f"({before}{left.code} {COMPARED[type(op)]} {code})")
            left = right
        return Value(INT, f"({' && '.join(parts)})" if len(parts) > 1 else parts[0], calls=calls)

    def among(self, left: Value, of: ast.expr, *, wanted: bool) -> str:
        """Whether a value is one of some."""
        if isinstance(of, ast.Tuple):
            options = [self.integer(one).code for one in of.elts]
        else:
            found = self.value(of)
            if not isinstance(found.kind, Constant) or not found.kind.name:
                raise self.refuse(of, f"{ast.unparse(of)} is no tuple of integers", "write the tuple")
            options = [literal(int(one)) for one in found.kind.value]  # type: ignore[attr-defined]
        before, left = self.scope.held(left)
        first = f"{before}, " if before else ""
        code = f"({first}{' || '.join(f'{left.code} == {one}' for one in options)})"
        return code if wanted else f"(!{code})"
