"""Where an expression needs parentheses: how tightly each kind binds, and how tightly each place asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

import libcst as cst

LOOSE = 0
"""A yield, a tuple or a generator without parentheses of its own."""
NAMED = 1
LAMBDA = 2
CONDITIONAL = 3
OR = 4
AND = 5
NOT = 6
COMPARISON = 7
BIT_OR = 8
BIT_XOR = 9
BIT_AND = 10
SHIFT = 11
SUM = 12
PRODUCT = 13
SIGN = 14
POWER = 15
AWAIT = 16
TRAILER = 17
ATOM = 18

_OPERATORS: dict[type[cst.CSTNode], int] = {
    cst.Or: OR,
    cst.And: AND,
    cst.Not: NOT,
    cst.BitOr: BIT_OR,
    cst.BitXor: BIT_XOR,
    cst.BitAnd: BIT_AND,
    cst.LeftShift: SHIFT,
    cst.RightShift: SHIFT,
    cst.Add: SUM,
    cst.Subtract: SUM,
    cst.Multiply: PRODUCT,
    cst.MatrixMultiply: PRODUCT,
    cst.Divide: PRODUCT,
    cst.FloorDivide: PRODUCT,
    cst.Modulo: PRODUCT,
    cst.Plus: SIGN,
    cst.Minus: SIGN,
    cst.BitInvert: SIGN,
    cst.Power: POWER,
}

_KINDS: dict[type[cst.CSTNode], int] = {
    cst.Yield: LOOSE,
    cst.Tuple: LOOSE,
    cst.GeneratorExp: LOOSE,
    cst.NamedExpr: NAMED,
    cst.Lambda: LAMBDA,
    cst.IfExp: CONDITIONAL,
    cst.Comparison: COMPARISON,
    cst.Await: AWAIT,
    # `1.real` is no attribute of 1
    cst.Integer: AWAIT,
}


def binds(node: cst.BaseExpression) -> int:
    """How tightly the expression holds together, without its own parentheses."""
    if isinstance(node, (cst.BinaryOperation, cst.BooleanOperation, cst.UnaryOperation)):
        return _OPERATORS[type(node.operator)]
    return _KINDS.get(type(node), ATOM)


def _binary(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    assert isinstance(parent, (cst.BinaryOperation, cst.BooleanOperation))
    level = _OPERATORS[type(parent.operator)]
    if isinstance(parent.operator, cst.Power):
        return AWAIT if child is parent.left else SIGN
    return level if child is parent.left else level + 1


def _unary(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    del child
    assert isinstance(parent, cst.UnaryOperation)
    return _OPERATORS[type(parent.operator)]


def _condition(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    assert isinstance(parent, cst.IfExp)
    return LAMBDA if child is parent.orelse else OR


def _argument(parent: cst.CSTNode, child: cst.CSTNode) -> int:
    del child
    assert isinstance(parent, cst.Arg)
    return LAMBDA if parent.keyword or parent.star else NAMED


_PLACES: dict[type[cst.CSTNode], Union[int, Callable[[cst.CSTNode, cst.CSTNode], int]]] = {
    cst.Attribute: TRAILER,
    cst.Call: TRAILER,
    cst.Subscript: TRAILER,
    cst.Await: TRAILER,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.Comparison: BIT_OR,
    cst.ComparisonTarget: BIT_OR,
    cst.IfExp: _condition,
    cst.CompFor: OR,
    cst.CompIf: OR,
    cst.StarredElement: BIT_OR,
    cst.StarredDictElement: BIT_OR,
    cst.Element: NAMED,
    cst.Arg: _argument,
    cst.If: NAMED,
    cst.While: NAMED,
}


_STATEMENTS = (cst.Expr, cst.Assign, cst.AugAssign, cst.AnnAssign, cst.Return)


def fits(node: cst.BaseExpression, parent: cst.CSTNode | None, child: cst.CSTNode) -> bool:
    """Whether an expression, without parentheses of its own, can stand where `child` of `parent` stands.

    Places that are not known ask for what an argument does.
    """
    if isinstance(node, (cst.Tuple, cst.Yield)) and isinstance(parent, _STATEMENTS):
        return True
    if parent is None:
        return binds(node) >= LAMBDA
    asked = _PLACES.get(type(parent), LAMBDA)
    return binds(node) >= (asked if isinstance(asked, int) else asked(parent, child))
