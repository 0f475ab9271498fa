"""Strings with holes: which parts of a piece of text are constant, and where the others come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter
from typing import TYPE_CHECKING

from sqlassay.facts.collect import walk
from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.semantics import handlers, names, typehints
from sqlassay.semantics import values as v
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator
    from sqlassay.semantics.frame import Frame

_QUOTERS = frozenset(["quote", "quote_identifier", "quote_ident", "quoted_name", "format_table", "escape_identifier"])


BIND_NAME = re.compile(r"(?<![:\w])[:@]\w*\Z|%\(\w*\Z")
"""Text after which a hole is (the rest of) the name of a parameter, `:name`, `%(name)s`: a place for a value."""


def from_fstring(self: Evaluator, node: n.FString) -> v.Value:
    """The text an f-string makes."""
    out: v.Value = v.Const("")
    for part in node.parts:
        if isinstance(part, n.Constant):
            out = _append(out, str(part.value))
        else:
            value = self.expr(part.value)
            if isinstance(value, v.Entity):
                shown(self, value, part.value, "__repr__" if part.conversion == "r" else "__str__")
            plain = part.conversion in ("", "s") and not part.spec
            if part.spec and part.spec.rstrip("}").endswith(_NUMBER_FORMATS):
                out = _with_hole(out, v.Hole("number", code_of(part.value), self.place(part.value)))
            elif plain and _literal(value) is not None:
                out = _append(out, _literal(value) or "")
            elif plain and isinstance(value, v.Text):
                out = _merge(out, value)
            else:
                out = _with_hole(out, hole(self, part.value, value))
    return out


def shown(self: Evaluator, value: v.Value, node: n.Expr, method: str = "__str__") -> None:
    """An instance is shown as text: `__str__`, else `__repr__`, of its class is called."""
    from sqlassay.semantics import calls

    for each in v.members(value):
        if isinstance(each, v.Entity):
            found = _shows(self, each.model, method)
            if found is not None:
                calls.follow(self, v.FunctionValue(found, each), (), {}, node)


def _shows(self: Evaluator, model: Ref, method: str) -> Ref | None:
    """The method of the project that shows instances of a class; whatever else its class has is of no concern."""

    def find() -> Ref | None:
        for name in dict.fromkeys((method, "__repr__")):
            found = names.find_attribute(self.world, model, name)
            if found is not None and isinstance(found[1], FunctionFact):
                return Ref(found[0].path, found[1].qualname)
        return None

    shows: Ref | None = self.world.memo.cut(("shows", model, method), find)
    return shows


def concatenate(self: Evaluator, left: v.Value, right: v.Value, right_node: n.Expr) -> v.Value | None:
    """`left + right` where left is text."""
    literal = _literal(right)
    if literal is not None:
        return _append(left, literal)
    if isinstance(right, v.Text):
        return _merge(left, right)
    return _with_hole(left, hole(self, right_node, right))


def prepend(self: Evaluator, left: v.Value, left_node: n.Expr, right: v.Value) -> v.Value:
    """`left + right` where only right is known to be text."""
    start = _with_hole(v.Const(""), hole(self, left_node, left))
    literal = _literal(right)
    return _append(start, literal) if literal is not None else _merge(start, right)


def percent(self: Evaluator, left: v.Value, right: n.Expr) -> v.Value | None:
    """`left % right`: a hole for each operand, its own literal text left as it is."""
    if isinstance(right, n.TupleExpr):
        nodes: tuple[n.Expr, ...] = right.elts
    elif isinstance(right, n.DictExpr):
        nodes = right.values
    else:
        nodes = (right,)
    literal = _literal(left)
    if literal is None:
        return _scatter(self, left, nodes)
    numbers = literal.count("%d") + literal.count("%i") + literal.count("%f")
    if numbers and numbers == len(nodes):
        return v.Text(
            (literal, *("" for _ in nodes)), tuple(v.Hole("number", code_of(e), self.place(e)) for e in nodes)
        )
    return _spread(self, literal, nodes)


def interpolated(self: Evaluator, right: v.Value, node: n.Expr) -> None:
    """What `%` sets into a text is shown as text."""
    if not isinstance(right, v.TupleValue):
        shown(self, right, node)
    elif isinstance(node, n.TupleExpr):
        for value, each in zip(right.items, node.elts, strict=False):
            shown(self, value, each)


def formatted(self: Evaluator, receiver: v.Value, call: n.Call) -> v.Value:
    """`receiver.format(...)`."""
    literal = _literal(receiver)
    if literal is None:
        return _scatter(self, receiver, (*call.args, *(each.value for each in call.keywords)))
    given: dict[str, n.Expr] = {str(index): each for index, each in enumerate(call.args)}
    given.update((each.name, each.value) for each in call.keywords if each.name is not None)
    out: v.Value = v.Const("")
    try:
        fields = list(Formatter().parse(literal))
    except ValueError:
        return v.Text((literal, ""), (v.Hole("unknown", "", self.place(call)),))
    for number, (before, field, spec, _conversion) in enumerate(fields):
        out = _append(out, before)
        if field is None:
            continue
        name = re.split(r"[.\[]", field, maxsplit=1)[0]
        node = given.get(name or str(number))
        if node is None or name != field:
            out = _with_hole(out, v.Hole("unknown", name, self.place(call)))
        elif spec and spec.endswith(_NUMBER_FORMATS):
            out = _with_hole(out, v.Hole("number", code_of(node), self.place(node)))
        else:
            out = _with_value(self, out, node)
    return out


def _with_value(self: Evaluator, out: v.Value, node: n.Expr) -> v.Value:
    """`out` with an expression's value after it: its text where that is known, a hole elsewhere."""
    value = self.expr(node)
    literal = _literal(value)
    if literal is not None:
        return _append(out, literal)
    return _merge(out, value) if isinstance(value, v.Text) else _with_hole(out, hole(self, node, value))


_NUMBER_FORMATS = ("d", "f", "x", "e", "%")
"""What a format spec ends with that takes numbers only."""


def joined(self: Evaluator, receiver: v.Value, node: n.Expr, argument: v.Value) -> v.Value:
    """`", ".join(argument)`."""
    if isinstance(argument, v.TupleValue) and all(_literal(each) is not None for each in argument.items):
        return v.Const((_literal(receiver) or "").join(_literal(each) or "" for each in argument.items))
    parts: tuple[v.Value, ...] = (v.UNKNOWN,)
    if isinstance(argument, v.TupleValue):
        parts = argument.items
    elif isinstance(argument, v.Collection | v.Scalar):
        parts = v.members(argument.element if isinstance(argument, v.Collection) else argument)
    found = worst(_of_part(self, each) for each in parts)
    return v.Text(("", ""), (v.Hole(found, code_of(node), self.place(node)),))


def _of_part(self: Evaluator, part: v.Value) -> str:
    if isinstance(part, v.Text):
        holes = [each for before, each in zip(part.literals, part.holes, strict=False) if not BIND_NAME.search(before)]
        return worst(each.origin for each in holes)
    return _of_value(self, part) or "unknown"


def _spread(self: Evaluator, literal: str, nodes: tuple[n.Expr, ...]) -> v.Value:
    """Holes set where the marks of a %-format stand, as far as they can be told apart."""
    holes = [hole(self, node, self.expr(node)) for node in nodes]
    pieces = literal.split("%s")
    if len(pieces) != len(holes) + 1:
        pieces = [literal, *("" for _ in holes)]
    return v.Text(tuple(pieces), tuple(holes)) if holes else v.Const(literal)


def _scatter(self: Evaluator, text: v.Value, nodes: tuple[n.Expr, ...]) -> v.Value:
    out = text
    for node in nodes:
        out = _with_hole(out, hole(self, node, self.expr(node)))
    return out


def hole(self: Evaluator, node: n.Expr, value: v.Value) -> v.Hole:
    """The hole that an expression makes in a text: where its content comes from."""
    return v.Hole(_origin(self, node, value), code_of(node), self.place(node))


ORIGINS = ("constant", "number", "unknown", "parameter", "request")
"""Where a hole's content may come from, from the harmless to what a client sends."""


def worst(origins: Iterable[str]) -> str:
    """The least harmless of some origins; constant where there are none."""
    return max(origins, key=ORIGINS.index, default="constant")


def _origin(self: Evaluator, node: n.Expr, value: v.Value) -> str:
    return "constant" if _is_name(node) else _of_value(self, value) or _of_node(self, node)


def _is_name(node: n.Expr) -> bool:
    """Whether an expression is written as one that gives a name of the schema, or quotes what it is given."""
    match node:
        case n.Call(func=n.Attribute(attr=name)):
            return name in _QUOTERS
        case n.Attribute(attr=name):
            return name in ("__tablename__", "__name__", "key")
        case _:
            return False


def _of_value(self: Evaluator, value: v.Value) -> str:
    """The origin of a value; empty where the value says nothing."""
    while isinstance(value, v.Method):
        value = value.receiver
    match value:
        case v.Const():
            return "constant"
        case v.Text():
            return worst(each.origin for each in value.holes)
        case v.Scalar():
            return value.origin
        case v.Union():
            found = [_of_value(self, each) for each in value.values]
            return worst(found) if all(found) else ""
        case v.Mapped() | v.Clause() | v.Model() | v.ClassValue() | v.External() | v.Statement() | v.TextClause():
            # A mapped name or a compiled statement: SQLAlchemy's own text.
            return "constant"
        case v.Instance() if names.is_enum(self.world, value.ref):
            return "constant"
        case v.Param():
            return _of_parameter(self.frame, value)
        case _:
            return ""


def origin_of(frame: Frame, value: v.Value) -> str:
    """The origin of a whole text that was not put together here, in the frame where it is used; empty if unknown."""
    if isinstance(value, v.Scalar):
        return value.origin
    return _of_parameter(frame, value) if isinstance(value, v.Param) else ""


def _of_parameter(inside: Frame, value: v.Param) -> str:
    frame: Frame | None = inside
    while frame is not None and (frame.qualname != value.function or frame.function is None):
        frame = frame.parent
    if frame is None or frame.function is None:
        return "parameter"
    param = next((each for each in frame.function.params if each.name == value.name), None)
    return handlers.origin(frame.function, param) if param is not None else "parameter"


def _of_node(self: Evaluator, node: n.Expr) -> str:
    """The origin of an expression whose value is not known, by the way it is written."""
    match node:
        case n.Call(func=n.Name(id="str"), args=(inner,)) | n.Await(value=inner):
            return _of_node(self, inner)
        case n.Call(func=n.Name(id="max" | "min"), args=args) if args:
            return worst(_of_part_node(self, each) for each in args)
        case n.BinOp(op="-" | "/" | "//" | "**"):
            return "number"
        case n.IfExp():
            return worst(_of_part_node(self, each) for each in (node.body, node.orelse))
        case n.BoolOp():
            return worst(_of_part_node(self, each) for each in node.values)
        case n.Name() if _is_module_level(self, node.id):
            return "constant"
        case n.Attribute() | n.Subscript():
            return _of_field(self, node)
        case _:
            return "unknown"


def _of_part_node(self: Evaluator, node: n.Expr) -> str:
    """The origin of a part of an expression. Parts with calls in them are not evaluated again."""
    if any(isinstance(each, n.Call) for each in walk(node)):
        return "number" if _is_conversion(node) else _of_node(self, node)
    quiet = self.frame.quiet
    self.frame.quiet = True
    try:
        return _origin(self, node, self.expr(node))
    finally:
        self.frame.quiet = quiet


def _is_conversion(node: n.Expr) -> bool:
    match node:
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)):
            return name in ("int", "float", "len", "round", "abs", "ceil", "floor")
        case _:
            return False


def _of_field(self: Evaluator, node: n.Expr) -> str:
    """`payload.name`, `data["name"]`: what a handler was given, where its owner is a parameter of one."""
    root = node
    while isinstance(root, n.Attribute | n.Subscript):
        root = root.value
    function = self.frame.function
    if not isinstance(root, n.Name) or function is None:
        return "unknown"
    param = next((each for each in function.params if each.name == root.id), None)
    if param is None or handlers.origin(function, param) != "request":
        return "unknown"
    owner = self.frame.env.get(root.id)
    if isinstance(owner, v.Param | v.DictValue):
        return "request"
    if isinstance(owner, v.Instance) and isinstance(node, n.Attribute):
        found = names.find_attribute(self.world, owner.ref, node.attr)
        # A field that is declared to be text; a method or property may have looked at it.
        declared = found[1].annotation if found is not None and isinstance(found[1], VariableFact) else None
        return "request" if typehints.is_text(declared) else "unknown"
    return "unknown"


def _is_module_level(self: Evaluator, name: str) -> bool:
    """Whether a name is a variable of this module or of another one of the project: nobody sends it."""
    frame: Frame | None = self.frame
    while frame is not None:
        if name in frame.env:
            return False
        frame = frame.parent
    binding = names.resolve(self.world, self.frame.path, name)
    return isinstance(binding, names.InProject) and binding.kind == "variable"


def code_of(node: n.Expr) -> str:
    """A short spelling of an expression that is a plain dotted name; '' for others."""
    match node:
        case n.Name(id=name):
            return name
        case n.Attribute():
            owner = code_of(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        case _:
            return ""


def _literal(value: v.Value) -> str | None:
    if isinstance(value, v.Const) and isinstance(value.value, str | int | float) and not isinstance(value.value, bool):
        return str(value.value)
    return None


def _append(left: v.Value, text: str) -> v.Value:
    if isinstance(left, v.Text):
        return v.Text((*left.literals[:-1], left.literals[-1] + text), left.holes)
    return v.Const((_literal(left) or "") + text)


def _merge(left: v.Value, right: v.Value) -> v.Value:
    if not isinstance(right, v.Text):
        return _append(left, _literal(right) or "")
    literals = left.literals if isinstance(left, v.Text) else (_literal(left) or "",)
    holes = left.holes if isinstance(left, v.Text) else ()
    return v.Text((*literals[:-1], literals[-1] + right.literals[0], *right.literals[1:]), holes + right.holes)


def _with_hole(left: v.Value, new: v.Hole) -> v.Value:
    return _merge(left, v.Text(("", ""), (new,)))
