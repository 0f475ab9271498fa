"""The tree that everything above this floor reads: Python code as plain data.

tree-sitter's tree is lowered to these nodes once, one top-level statement at a time, and then let go.
Every node has `start` and `end`: offsets in UTF-8 bytes, counted from the first byte of the top-level statement
that holds it, so that a line typed above a statement moves nothing inside it.
Nodes are immutable by convention, serialisable with msgspec (facts carry expressions), and never hold cycles.

What could not be parsed is an `Opaque` expression or a `Broken` statement: readers treat both as unknown.
"""

from __future__ import annotations

from typing import Union

from msgspec import Struct


class Node(Struct, gc=False, tag=True, tag_field="node", array_like=True):
    """A piece of code. `start` and `end` are bytes from the start of the enclosing top-level statement."""

    start: int
    end: int


# ---------------------------------------------------------------- expressions


class Name(Node):
    id: str


class Attribute(Node):
    value: Expr
    attr: str


class Keyword(Node):
    """`name=value` in a call or a class header; `name` is None for `**value`."""

    name: str | None
    value: Expr


class Call(Node):
    func: Expr
    args: tuple[Expr, ...]
    """Positional arguments; `*x` is a Starred. A bare generator argument is a Comprehension."""
    keywords: tuple[Keyword, ...]


class Constant(Node):
    """A literal. `value` is the Python value of a string (implicit concatenation joined), int, float, bool or None.

    Bytes, complex numbers and Ellipsis have value None and say so in `kind`.
    """

    value: str | int | float | bool | None
    kind: str
    """str, bytes, int, float, complex, bool, none or ellipsis."""


class Formatted(Node):
    """One hole of an f-string: `{value!conversion:spec}`. `spec` is the source text of the format spec, or ''."""

    value: Expr
    conversion: str
    spec: str


class FString(Node):
    """An f-string (or a concatenation that holds one). Parts are str constants and Formatted holes, in order.

    `template` is True for a t-string (PEP 750), whose holes are values, not text.
    """

    parts: tuple[Union[Constant, Formatted], ...]
    template: bool = False


class BinOp(Node):
    left: Expr
    op: str
    """As written: + - * @ / // % ** << >> & | ^"""
    right: Expr


class UnaryOp(Node):
    op: str
    """not, -, + or ~"""
    operand: Expr


class BoolOp(Node):
    op: str
    """and, or"""
    values: tuple[Expr, ...]


class Compare(Node):
    left: Expr
    ops: tuple[str, ...]
    """As written, inner space folded: < == is, is not, in, not in ..."""
    comparators: tuple[Expr, ...]


class IfExp(Node):
    test: Expr
    body: Expr
    orelse: Expr


class NamedExpr(Node):
    target: Name
    value: Expr


class Param(Node):
    name: str
    kind: str
    """positional-only, positional, vararg, keyword-only or kwarg"""
    annotation: Expr | None
    default: Expr | None


class Lambda(Node):
    params: tuple[Param, ...]
    body: Expr


class Starred(Node):
    value: Expr


class ListExpr(Node):
    elts: tuple[Expr, ...]


class TupleExpr(Node):
    elts: tuple[Expr, ...]


class SetExpr(Node):
    elts: tuple[Expr, ...]


class DictExpr(Node):
    keys: tuple[Expr | None, ...]
    """None where the item is `**value`."""
    values: tuple[Expr, ...]


class Subscript(Node):
    value: Expr
    index: Expr
    """A TupleExpr where several indices are written."""


class Slice(Node):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class Generator(Node):
    """One `for target in iter if ...` of a comprehension."""

    target: Expr
    iter: Expr
    ifs: tuple[Expr, ...]
    is_async: bool


class Comprehension(Node):
    kind: str
    """list, set, dict or generator"""
    element: Expr
    """For a dict comprehension, the key."""
    value: Expr | None
    """For a dict comprehension, the value."""
    generators: tuple[Generator, ...]


class Await(Node):
    value: Expr


class Yield(Node):
    value: Expr | None
    is_from: bool


class Opaque(Node):
    """An expression that is broken or of a kind no reader needs."""


Expr = Union[
    Name,
    Attribute,
    Call,
    Constant,
    FString,
    BinOp,
    UnaryOp,
    BoolOp,
    Compare,
    IfExp,
    NamedExpr,
    Lambda,
    Starred,
    ListExpr,
    TupleExpr,
    SetExpr,
    DictExpr,
    Subscript,
    Slice,
    Comprehension,
    Await,
    Yield,
    Opaque,
]


# ----------------------------------------------------------------- statements


class ExprStmt(Node):
    value: Expr


class Assign(Node):
    """`a = b = value`: targets are left to right."""

    targets: tuple[Expr, ...]
    value: Expr


class AnnAssign(Node):
    target: Expr
    annotation: Expr
    value: Expr | None


class AugAssign(Node):
    target: Expr
    op: str
    """Without the `=`: + - | ..."""
    value: Expr


class Return(Node):
    value: Expr | None


class Raise(Node):
    exc: Expr | None
    cause: Expr | None


class Assert(Node):
    test: Expr
    msg: Expr | None


class Delete(Node):
    targets: tuple[Expr, ...]


class Simple(Node):
    """pass, break or continue"""

    kind: str


class Scope(Node):
    """global or nonlocal"""

    kind: str
    names: tuple[str, ...]


class Import(Node):
    names: tuple[tuple[str, str | None], ...]
    """(dotted module, name after `as`)"""


class ImportFrom(Node):
    module: str
    """Dotted, '' for `from . import x`."""
    level: int
    names: tuple[tuple[str, str | None], ...]
    """(name, name after `as`); ('*', None) for a star import."""


class If(Node):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    """An elif is an If alone in here."""


class For(Node):
    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    is_async: bool


class While(Node):
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


class WithItem(Node):
    context: Expr
    target: Expr | None


class With(Node):
    items: tuple[WithItem, ...]
    body: tuple[Stmt, ...]
    is_async: bool


class Handler(Node):
    type: Expr | None
    """None for a bare except; a TupleExpr for several."""
    name: str | None
    body: tuple[Stmt, ...]


class Try(Node):
    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    finalbody: tuple[Stmt, ...]
    is_star: bool


class Case(Node):
    captures: tuple[str, ...]
    """Names that the pattern binds."""
    guard: Expr | None
    body: tuple[Stmt, ...]


class Match(Node):
    subject: Expr
    cases: tuple[Case, ...]


class FunctionDef(Node):
    """`start` is at the first decorator where there is one; `name_start` at the name."""

    name: str
    name_start: int
    params: tuple[Param, ...]
    returns: Expr | None
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]
    is_async: bool
    docstring: str | None


class ClassDef(Node):
    """`start` is at the first decorator where there is one; `name_start` at the name."""

    name: str
    name_start: int
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]


class TypeAlias(Node):
    name: str
    value: Expr


class Broken(Node):
    """A statement that does not parse. Its neighbours are whole."""


Stmt = Union[
    ExprStmt,
    Assign,
    AnnAssign,
    AugAssign,
    Return,
    Raise,
    Assert,
    Delete,
    Simple,
    Scope,
    Import,
    ImportFrom,
    If,
    For,
    While,
    With,
    Try,
    Match,
    FunctionDef,
    ClassDef,
    TypeAlias,
    Broken,
]
