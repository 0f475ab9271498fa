"""What the standard library's `ast` says a text means, in the shape of `syntax.nodes`: the reference for lowering.

Both sides become nested tuples. Positions stay where both sides have them; inside f-strings they are left out, since
`ast` gets them right from Python 3.12 only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlassay.syntax import nodes
from sqlassay.syntax.parser import ParsedModule

Shape = Any

_WITHOUT_POSITION = (nodes.Generator, nodes.WithItem, nodes.Case, nodes.Param, nodes.Formatted)
_FIELDS_APART = {"start", "end", "name_start"}

_OPERATORS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def lowered_shapes(module: ParsedModule) -> list[Shape]:
    """The module as our parser lowered it."""
    return [_shape(statement.node, statement.start, True) for statement in module.statements]


def ast_shapes(data: bytes) -> list[Shape]:
    """The module as `ast` sees it. Raises SyntaxError."""
    return _FromAst(data).body(ast.parse(data).body)


def _shape(value: Any, base: int, placed: bool) -> Shape:
    if isinstance(value, tuple):
        return tuple(_shape(item, base, placed) for item in value)
    if not isinstance(value, Struct):
        return value
    inside = placed and not isinstance(value, nodes.FString)
    fields = [
        _shape(getattr(value, name), base, inside) for name in value.__struct_fields__ if name not in _FIELDS_APART
    ]
    if isinstance(value, nodes.Formatted):
        fields[-1] = bool(value.spec)
    if isinstance(value, nodes.Case):
        fields[0] = tuple(sorted(value.captures))
    span: tuple[int, int] | None = (value.start + base, value.end + base) if placed else None
    if isinstance(value, _WITHOUT_POSITION):
        span = None
    if isinstance(value, (nodes.FunctionDef, nodes.ClassDef)) and value.decorators:
        span = (0, value.end + base) if placed else None
    return (type(value).__name__, span, *fields)


class _FromAst:
    def __init__(self, data: bytes) -> None:
        self.starts = [0]
        for line in data.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.placed = True

    def body(self, statements: Iterable[ast.stmt]) -> list[Shape]:
        return [self.of(statement) for statement in statements]

    def many(self, found: Iterable[ast.AST | None]) -> tuple[Shape, ...]:
        return tuple(self.of(each) for each in found)

    def of(self, node: ast.AST | None) -> Shape:
        if node is None:
            return None
        name, *fields = getattr(self, type(node).__name__)(node)
        return (name, self.span(node) if name not in _UNPLACED else None, *fields)

    def span(self, node: Any) -> tuple[int, int] | None:
        if not self.placed:
            return None
        start = self.starts[node.lineno - 1] + node.col_offset
        if getattr(node, "decorator_list", None):
            start = 0
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    # ---- expressions

    def Name(self, node: ast.Name) -> Shape:
        return "Name", node.id

    def Attribute(self, node: ast.Attribute) -> Shape:
        return "Attribute", self.of(node.value), node.attr

    def keyword(self, node: ast.keyword) -> Shape:
        return "Keyword", node.arg, self.of(node.value)

    def Call(self, node: ast.Call) -> Shape:
        return "Call", self.of(node.func), self.many(node.args), self.many(node.keywords)

    def Constant(self, node: ast.Constant) -> Shape:
        value = node.value
        kind = {type(None): "none", type(...): "ellipsis"}.get(type(value), type(value).__name__)
        if kind in ("bytes", "complex", "ellipsis") or (kind == "int" and value >= 2**63):
            value = None
        if kind == "str":
            value = re.sub("[\ud800-\udfff]", "\ufffd", value)
        return "Constant", value, kind

    def JoinedStr(self, node: ast.JoinedStr) -> Shape:
        placed, self.placed = self.placed, False
        parts = []
        for value in node.values:
            if isinstance(value, ast.Constant):
                parts.append(self.of(value))
            else:
                assert isinstance(value, ast.FormattedValue)
                conversion = "" if value.conversion < 0 else chr(value.conversion)
                parts.append(
                    (
                        "Formatted",
                        None,
                        self.of(value.value),
                        conversion,
                        bool(value.format_spec and value.format_spec.values),
                    )
                )
        self.placed = placed
        return "FString", tuple(parts), False

    def BinOp(self, node: ast.BinOp) -> Shape:
        return "BinOp", self.of(node.left), _OPERATORS[type(node.op)], self.of(node.right)

    def UnaryOp(self, node: ast.UnaryOp) -> Shape:
        return "UnaryOp", _OPERATORS[type(node.op)], self.of(node.operand)

    def BoolOp(self, node: ast.BoolOp) -> Shape:
        return "BoolOp", _OPERATORS[type(node.op)], self.many(node.values)

    def Compare(self, node: ast.Compare) -> Shape:
        ops = tuple(_OPERATORS[type(op)] for op in node.ops)
        return "Compare", self.of(node.left), ops, self.many(node.comparators)

    def IfExp(self, node: ast.IfExp) -> Shape:
        return "IfExp", self.of(node.test), self.of(node.body), self.of(node.orelse)

    def NamedExpr(self, node: ast.NamedExpr) -> Shape:
        return "NamedExpr", self.of(node.target), self.of(node.value)

    def Lambda(self, node: ast.Lambda) -> Shape:
        return "Lambda", self.params(node.args), self.of(node.body)

    def Starred(self, node: ast.Starred) -> Shape:
        return "Starred", self.of(node.value)

    def List(self, node: ast.List) -> Shape:
        return "ListExpr", self.many(node.elts)

    def Tuple(self, node: ast.Tuple) -> Shape:
        return "TupleExpr", self.many(node.elts)

    def Set(self, node: ast.Set) -> Shape:
        return "SetExpr", self.many(node.elts)

    def Dict(self, node: ast.Dict) -> Shape:
        return "DictExpr", self.many(node.keys), self.many(node.values)

    def Subscript(self, node: ast.Subscript) -> Shape:
        return "Subscript", self.of(node.value), self.of(node.slice)

    def Slice(self, node: ast.Slice) -> Shape:
        return "Slice", self.of(node.lower), self.of(node.upper), self.of(node.step)

    def comprehension(self, node: ast.comprehension) -> Shape:
        return "Generator", self.of(node.target), self.of(node.iter), self.many(node.ifs), bool(node.is_async)

    def ListComp(self, node: ast.ListComp) -> Shape:
        return "Comprehension", "list", self.of(node.elt), None, self.many(node.generators)

    def SetComp(self, node: ast.SetComp) -> Shape:
        return "Comprehension", "set", self.of(node.elt), None, self.many(node.generators)

    def GeneratorExp(self, node: ast.GeneratorExp) -> Shape:
        return "Comprehension", "generator", self.of(node.elt), None, self.many(node.generators)

    def DictComp(self, node: ast.DictComp) -> Shape:
        return "Comprehension", "dict", self.of(node.key), self.of(node.value), self.many(node.generators)

    def Await(self, node: ast.Await) -> Shape:
        return "Await", self.of(node.value)

    def Yield(self, node: ast.Yield) -> Shape:
        return "Yield", self.of(node.value), False

    def YieldFrom(self, node: ast.YieldFrom) -> Shape:
        return "Yield", self.of(node.value), True

    def params(self, args: ast.arguments) -> tuple[Shape, ...]:
        found: list[Shape] = []
        plain = [*args.posonlyargs, *args.args]
        defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
        for i, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
            found.append(self.param(arg, "positional-only" if i < len(args.posonlyargs) else "positional", default))
        if args.vararg:
            found.append(self.param(args.vararg, "vararg", None))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            found.append(self.param(arg, "keyword-only", default))
        if args.kwarg:
            found.append(self.param(args.kwarg, "kwarg", None))
        return tuple(found)

    def param(self, arg: ast.arg, kind: str, default: ast.expr | None) -> Shape:
        return "Param", None, arg.arg, kind, self.of(arg.annotation), self.of(default)

    # ---- statements

    def Expr(self, node: ast.Expr) -> Shape:
        return "ExprStmt", self.of(node.value)

    def Assign(self, node: ast.Assign) -> Shape:
        return "Assign", self.many(node.targets), self.of(node.value)

    def AnnAssign(self, node: ast.AnnAssign) -> Shape:
        return "AnnAssign", self.of(node.target), self.of(node.annotation), self.of(node.value)

    def AugAssign(self, node: ast.AugAssign) -> Shape:
        return "AugAssign", self.of(node.target), _OPERATORS[type(node.op)], self.of(node.value)

    def Return(self, node: ast.Return) -> Shape:
        return "Return", self.of(node.value)

    def Raise(self, node: ast.Raise) -> Shape:
        return "Raise", self.of(node.exc), self.of(node.cause)

    def Assert(self, node: ast.Assert) -> Shape:
        return "Assert", self.of(node.test), self.of(node.msg)

    def Delete(self, node: ast.Delete) -> Shape:
        return "Delete", self.many(node.targets)

    def Pass(self, _: ast.Pass) -> Shape:
        return "Simple", "pass"

    def Break(self, _: ast.Break) -> Shape:
        return "Simple", "break"

    def Continue(self, _: ast.Continue) -> Shape:
        return "Simple", "continue"

    def Global(self, node: ast.Global) -> Shape:
        return "Scope", "global", tuple(node.names)

    def Nonlocal(self, node: ast.Nonlocal) -> Shape:
        return "Scope", "nonlocal", tuple(node.names)

    def TypeAlias(self, node: Any) -> Shape:
        return "TypeAlias", node.name.id, self.of(node.value)

    def Import(self, node: ast.Import) -> Shape:
        return "Import", tuple((alias.name, alias.asname) for alias in node.names)

    def ImportFrom(self, node: ast.ImportFrom) -> Shape:
        return "ImportFrom", node.module or "", node.level, tuple((alias.name, alias.asname) for alias in node.names)

    def If(self, node: ast.If) -> Shape:
        return "If", self.of(node.test), self.many(node.body), self.many(node.orelse)

    def For(self, node: ast.For) -> Shape:
        return self.loop(node, False)

    def AsyncFor(self, node: ast.AsyncFor) -> Shape:
        return self.loop(node, True)

    def loop(self, node: Any, is_async: bool) -> Shape:
        parts = self.of(node.target), self.of(node.iter), self.many(node.body), self.many(node.orelse)
        return "For", *parts, is_async

    def While(self, node: ast.While) -> Shape:
        return "While", self.of(node.test), self.many(node.body), self.many(node.orelse)

    def With(self, node: ast.With) -> Shape:
        return "With", self.many(node.items), self.many(node.body), False

    def AsyncWith(self, node: ast.AsyncWith) -> Shape:
        return "With", self.many(node.items), self.many(node.body), True

    def withitem(self, node: ast.withitem) -> Shape:
        return "WithItem", self.of(node.context_expr), self.of(node.optional_vars)

    def Try(self, node: Any, is_star: bool = False) -> Shape:
        parts = self.many(node.body), self.many(node.handlers), self.many(node.orelse), self.many(node.finalbody)
        return "Try", *parts, is_star

    def TryStar(self, node: Any) -> Shape:
        return self.Try(node, True)

    def ExceptHandler(self, node: ast.ExceptHandler) -> Shape:
        return "Handler", self.of(node.type), node.name, self.many(node.body)

    def Match(self, node: ast.Match) -> Shape:
        return "Match", self.of(node.subject), self.many(node.cases)

    def match_case(self, node: ast.match_case) -> Shape:
        captures = [
            name
            for part in ast.walk(node.pattern)
            for name in (getattr(part, "rest", None), getattr(part, "name", None))
            if name
        ]
        return "Case", tuple(sorted(captures)), self.of(node.guard), self.many(node.body)

    def FunctionDef(self, node: Any, is_async: bool = False) -> Shape:
        return (
            "FunctionDef",
            node.name,
            self.params(node.args),
            self.of(node.returns),
            self.many(node.body),
            self.many(node.decorator_list),
            is_async,
            ast.get_docstring(node, clean=False),
        )

    def AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Shape:
        return self.FunctionDef(node, True)

    def ClassDef(self, node: ast.ClassDef) -> Shape:
        bases, keywords = self.many(node.bases), self.many(node.keywords)
        return "ClassDef", node.name, bases, keywords, self.many(node.body), self.many(node.decorator_list)


_UNPLACED = {kind.__name__ for kind in _WITHOUT_POSITION}


def first_difference(ours: Shape, theirs: Shape, path: str = "") -> str | None:
    """Where two shapes part, for a person to read; None where they are equal."""
    if isinstance(ours, (tuple, list)) and isinstance(theirs, (tuple, list)):
        if len(ours) == len(theirs):
            name = ours[0] if ours and isinstance(ours[0], str) else ""
            for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                found = first_difference(one, other, f"{path}/{name}[{i}]")
                if found:
                    return found
            return None
        return f"{path}: {len(ours)} items, not {len(theirs)}: {str(ours)[:300]} | {str(theirs)[:300]}"
    return None if ours == theirs else f"{path}: {str(ours)[:300]} | {str(theirs)[:300]}"
