"""What the annotation of a mapped attribute says: the type inside `Mapped[...]`, and whether it admits None."""

from __future__ import annotations

from sqlassay.fixes.ops import AddImport, AnyOp, Replace
from sqlassay.rules.models.columns import within
from sqlassay.rules.models.python_types import optional
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.place import Place

_MAPPED = frozenset(("sa:Mapped", "sa:MappedColumn"))
_BUILTINS = frozenset("int str float bool bytes dict list set tuple".split())
_OPEN = frozenset(("typing.Any", "typing.Optional", "typing.Union", "typing.Annotated", "typing.TypeVar"))
_STANDARD = frozenset(("datetime", "uuid", "decimal", "enum", "typing", "collections", "pathlib", "ipaddress"))
_KIND_OF_PYTHON: dict[str, str] = {
    "datetime.datetime": "datetime",
    "datetime.date": "date",
    "datetime.time": "time",
    "datetime.timedelta": "interval",
    "uuid.UUID": "uuid",
    "decimal.Decimal": "decimal",
}

_KIND_OF_BUILTIN = {each: each for each in ("int", "float", "bool", "bytes")} | {"str": "text"}


def mapped_inner(world: World, path: str, node: n.Expr) -> n.Expr | None:
    """X of `Mapped[X]`, also where it is all a string; None where the annotation is something else."""
    match node:
        case n.Constant(kind="str"):
            parsed = expression_from(str(node.value))
            return mapped_inner(world, path, parsed) if parsed is not None else None
        case n.Subscript(value=value, index=index):
            binding = names.resolve_expression(world, path, value)
            return index if isinstance(binding, names.Outside) and canonical(binding.name) in _MAPPED else None
        case _:
            return None


def admits_none(node: n.Expr) -> bool:
    """Whether a type plainly admits None."""
    match node:
        case n.Constant(kind="none"):
            return True
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return inner is not None and admits_none(inner)
        case n.BinOp(op="|", left=left, right=right):
            return admits_none(left) or admits_none(right)
        case n.Subscript(value=n.Name(id="Optional") | n.Attribute(attr="Optional")):
            return True
        case n.Subscript(value=n.Name(id="Union") | n.Attribute(attr="Union"), index=n.TupleExpr(elts=elts)):
            return any(admits_none(each) for each in elts)
        case n.Subscript(value=n.Name(id="Annotated") | n.Attribute(attr="Annotated"), index=n.TupleExpr(elts=elts)):
            return bool(elts) and admits_none(elts[0])
        case _:
            return False


def without_none(node: n.Expr) -> n.Expr | None:
    """What is left of `X | None` or `Optional[X]`; None where it is written otherwise."""
    match node:
        case n.BinOp(op="|", left=left, right=n.Constant(kind="none")):
            return left
        case n.BinOp(op="|", left=n.Constant(kind="none"), right=right):
            return right
        case n.Subscript(value=n.Name(id="Optional") | n.Attribute(attr="Optional"), index=index):
            return index
        case _:
            return None


def annotated_kind(world: World, path: str, node: n.Expr) -> str | None:
    """What SQLAlchemy's own table makes of an annotation: `Mapped[datetime | None]` holds a datetime."""
    inner = core_of(node)
    if inner is None:
        return None
    if isinstance(inner, n.Name) and names.resolve(world, path, inner.id) is None:
        return _KIND_OF_BUILTIN.get(inner.id)
    binding = names.resolve_expression(world, path, inner)
    return _KIND_OF_PYTHON.get(binding.name) if isinstance(binding, names.Outside) else None


def core_of(node: n.Expr) -> n.Expr | None:
    """The one type that is left of an annotation when `Mapped`, `Optional` and None are taken off; None where several
    are, or where it says more (`Annotated`, a collection)."""
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return core_of(inner) if inner is not None else None
        case n.BinOp(op="|", left=left, right=right):
            parts = [each for each in (left, right) if not _is_none(each)]
            return core_of(parts[0]) if len(parts) == 1 else None
        case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name), index=index):
            if name in ("Mapped", "Optional", "Union"):
                items = index.elts if isinstance(index, n.TupleExpr) else (index,)
                parts = [each for each in items if not _is_none(each)]
                return core_of(parts[0]) if len(parts) == 1 else None
            return None
        case n.Name() | n.Attribute():
            return node
        case _:
            return None


def _is_none(node: n.Expr) -> bool:
    return isinstance(node, n.Constant) and node.kind == "none"


def never_none(world: World, path: str, node: n.Expr) -> bool:
    """Whether a type certainly does not admit None: no `Any`, no alias, nothing that is not known."""
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return inner is not None and never_none(world, path, inner)
        case n.Subscript(value=value):
            return never_none(world, path, value)
        case n.BinOp(op="|", left=left, right=right):
            return never_none(world, path, left) and never_none(world, path, right)
        case n.Name(id=name) if names.resolve(world, path, name) is None:
            return name in _BUILTINS
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.Outside):
                return binding.name not in _OPEN and binding.name.split(".", 1)[0] in _STANDARD
            return isinstance(binding, names.InProject) and binding.kind == "class"
        case _:
            return False


def admit_none(world: World, statement: Place, annotation: n.Expr, inner: n.Expr) -> tuple[AnyOp, ...] | None:
    """What makes an annotation admit None; None where it is a string. `statement` is the place of the assignment."""
    if isinstance(annotation, n.Constant) or isinstance(inner, n.Constant):
        return None
    place = within(statement, inner)
    code, needs = optional(world, statement.path, "{0}")
    imports = (AddImport(place, *needs),) if needs is not None else ()
    return (Replace(place, code, (place,)), *imports)


def take_none_off(statement: Place, annotation: n.Expr, inner: n.Expr) -> tuple[AnyOp, ...] | None:
    """What takes None off an annotation; None where it is a string, or written in another way."""
    left = without_none(inner)
    if isinstance(annotation, n.Constant) or left is None:
        return None
    return (Replace(within(statement, inner), "{0}", (within(statement, left),)),)
