"""What annotations say: `Mapped[...]`, optional or not, `Annotated` aliases, and the Python type inside."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from sqlassay.project.mapping import reading
from sqlassay.project.mapping.things import Made, Scope
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

CONTAINERS = {
    "sa:Mapped": "Mapped",
    "sa:WriteOnlyMapped": "WriteOnlyMapped",
    "sa:DynamicMapped": "DynamicMapped",
}

_MAX_DEPTH = 12


class Held(Struct):
    """X of `Mapped[X]`, and which container it is in ('' where the annotation is X itself)."""

    container: str
    inner: n.Expr
    scope: Scope


class PythonType(Struct):
    """A Python type, unfolded through aliases, unions with None, and `Annotated`."""

    node: n.Expr
    """What is left: a name, or a subscript of a generic."""
    scope: Scope
    optional: bool = False
    keys: list[str] = field(default_factory=list)
    """What a `type_annotation_map` may know it by, outermost first."""
    extras: list[tuple[n.Expr, Scope]] = field(default_factory=list)
    """What stands beside it in `Annotated[...]`."""
    certain: bool = True


def held(world: World, annotation: n.Expr | None, scope: Scope) -> Held | None:
    """What a class attribute's annotation holds; None where there is none, or it is a string nobody can parse."""
    if annotation is None:
        return None
    if isinstance(annotation, n.Constant) and annotation.kind == "str":
        parsed = expression_from(str(annotation.value))
        return held(world, parsed, scope) if parsed is not None else None
    if isinstance(annotation, n.Subscript):
        container = _container(world, annotation.value, scope)
        if container:
            return Held(container, annotation.index, scope)
    return Held("", annotation, scope)


def _container(world: World, node: n.Expr, scope: Scope) -> str:
    binding = names.resolve_expression(world, scope.path, node, within=scope.function)
    if isinstance(binding, names.Outside):
        return CONTAINERS.get(canonical(binding.name), "")
    match node:
        case n.Attribute(attr="Mapped") | n.Name(id="Mapped"):
            return "Mapped"
        case _:
            return ""


def unfold(world: World, node: n.Expr, scope: Scope) -> PythonType:
    """The Python type that an annotation's inside is."""
    out = PythonType(node, scope)
    _unfold(world, node, scope, out, 0)
    return out


def _unfold(world: World, node: n.Expr, scope: Scope, out: PythonType, depth: int) -> None:
    if depth > _MAX_DEPTH:
        out.certain = False
        return
    match node:
        case n.Constant(kind="str"):
            parsed = expression_from(str(node.value))
            if parsed is None:
                out.certain = False
            else:
                _unfold(world, parsed, scope, out, depth + 1)
            return
        case n.Constant(kind="none"):
            out.optional = True
            return
        case n.BinOp(op="|"):
            _union(world, list(_members(node)), scope, out, depth)
            return
        case n.Subscript():
            name = _generic(world, node.value, scope)
            items: list[n.Expr] = list(node.index.elts) if isinstance(node.index, n.TupleExpr) else [node.index]
            if name == "Optional":
                out.optional = True
                _union(world, items, scope, out, depth)
                return
            if name == "Union":
                _union(world, items, scope, out, depth)
                return
            if name == "Annotated" and items:
                out.keys.append(type_key(world, node, scope))
                out.extras.extend((each, scope) for each in items[1:])
                _unfold(world, items[0], scope, out, depth + 1)
                return
            if name in ("Final", "Required", "ReadOnly") and items:
                _unfold(world, items[0], scope, out, depth + 1)
                return
        case n.Name() | n.Attribute():
            alias = _alias(world, node, scope)
            if alias is not None:
                out.keys.append(type_key(world, node, scope))
                _unfold(world, alias[0], alias[1], out, depth + 1)
                return
        case _:
            pass
    out.node, out.scope = node, scope
    out.keys.append(type_key(world, node, scope))


def _union(world: World, items: list[n.Expr], scope: Scope, out: PythonType, depth: int) -> None:
    rest = [each for each in items if not (isinstance(each, n.Constant) and each.kind == "none")]
    if len(rest) < len(items):
        out.optional = True
    if len(rest) == 1:
        _unfold(world, rest[0], scope, out, depth + 1)
        return
    for each in rest:
        inner = PythonType(each, scope)
        _unfold(world, each, scope, inner, depth + 1)
        out.optional = out.optional or inner.optional
    out.certain = False
    out.keys.append("|".join(sorted(type_key(world, each, scope) for each in rest)))


def _members(node: n.Expr) -> Iterator[n.Expr]:
    if isinstance(node, n.BinOp) and node.op == "|":
        yield from _members(node.left)
        yield from _members(node.right)
    else:
        yield node


def _generic(world: World, node: n.Expr, scope: Scope) -> str:
    """The last name of a generic of `typing`; '' for others."""
    binding = names.resolve_expression(world, scope.path, node, within=scope.function)
    if isinstance(binding, names.Outside) and binding.name.split(".")[0] in ("typing", "typing_extensions"):
        return binding.name.rsplit(".", 1)[-1]
    if binding is None and isinstance(node, n.Name) and node.id in ("Optional", "Union", "Annotated"):
        return node.id
    return ""


def _alias(world: World, node: n.Expr, scope: Scope) -> tuple[n.Expr, Scope] | None:
    """The type that a module variable stands for: `intpk = Annotated[int, ...]`, `UserId = NewType("UserId", int)`."""
    binding = names.resolve_expression(world, scope.path, node, within=scope.function)
    if not (isinstance(binding, names.InProject) and binding.kind == "variable"):
        return None
    fact = names.variable_fact(world, binding.ref)
    if fact is None or fact.value is None:
        return None
    where = reading.outer_scope(world, binding.ref, fact.anchor)
    value = fact.value
    if isinstance(value, n.Call):
        last = names.dotted_name(value.func) or ""
        if last.rsplit(".", 1)[-1] in ("NewType", "TypeAliasType") and len(value.args) >= 2:
            return value.args[1], where
        return None
    return value, where


def type_key(world: World, node: n.Expr, scope: Scope) -> str:
    """A type's name, such that two annotations that mean one type have one name."""
    match node:
        case n.Constant(kind="none"):
            return "None"
        case n.Constant(kind="str"):
            parsed = expression_from(str(node.value))
            return type_key(world, parsed, scope) if parsed is not None else "?"
        case n.Constant():
            return repr(node.value)
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, scope.path, node, within=scope.function)
            match binding:
                case names.Outside(name=name):
                    return _PLAIN_NAMES.get(name, name)
                case names.InProject(ref=ref):
                    alias = _alias(world, node, scope)
                    if alias is not None and isinstance(alias[0], n.Subscript | n.BinOp):
                        return type_key(world, *alias) if not _is_annotated(world, *alias) else f"{ref.path}:{ref.name}"
                    return f"{ref.path}:{ref.name}"
                case _:
                    return f"builtins.{names.dotted_name(node) or '?'}"
        case n.Subscript():
            name = _generic(world, node.value, scope)
            items = list(node.index.elts) if isinstance(node.index, n.TupleExpr) else [node.index]
            keys = [type_key(world, each, scope) for each in items]
            if name == "Optional":
                return "|".join(sorted([*keys, "None"]))
            if name == "Union":
                return "|".join(sorted(keys))
            if name == "Annotated":
                return f"Annotated[{scope.path}:{scope.anchor}:{node.start}]"
            return f"{type_key(world, node.value, scope)}[{', '.join(keys)}]"
        case n.BinOp(op="|"):
            return "|".join(sorted(type_key(world, each, scope) for each in _members(node)))
        case n.ListExpr():
            return f"[{', '.join(type_key(world, each, scope) for each in node.elts)}]"
        case _:
            return "?"


def _is_annotated(world: World, node: n.Expr, scope: Scope) -> bool:
    return isinstance(node, n.Subscript) and _generic(world, node.value, scope) == "Annotated"


_PLAIN_NAMES = {
    f"typing.{name}": f"builtins.{name.lower()}" for name in ("Dict", "List", "Set", "Tuple", "FrozenSet", "Type")
}


def mapped_column_in(world: World, found: PythonType) -> Made | None:
    """The `mapped_column(...)` that stands in an `Annotated`."""
    for node, scope in found.extras:
        if isinstance(node, n.Name | n.Call | n.Attribute):
            made = reading.read(world, node, scope)
            if isinstance(made, Made) and made.name == "sa:mapped_column":
                return made
    return None


_ABSTRACT = frozenset(
    (
        "list List set Set Sequence Collection Iterable MutableSequence MutableSet InstrumentedList frozenset deque "
        "Iterator KeyFuncDict MappedCollection OrderingList"
    ).split()
)
_DICTS = frozenset(("dict", "Dict", "Mapping", "MutableMapping", "KeyFuncDict", "MappedCollection", "defaultdict"))


class Target(Struct):
    """The class that a relationship's annotation names: its text, and whether it is in a collection."""

    text: str
    node: n.Expr | None
    many: bool | None


def target(world: World, node: n.Expr, scope: Scope, depth: int = 0) -> Target:
    """What the inside of a relationship's annotation names."""
    if depth > _MAX_DEPTH:
        return Target("", None, None)
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return target(world, inner, scope, depth + 1) if inner is not None else Target("", None, None)
        case n.Constant(kind="none"):
            return Target("", None, None)
        case n.Name() | n.Attribute():
            alias = _alias(world, node, scope)
            if alias is not None and isinstance(alias[0], n.Subscript | n.BinOp | n.Constant):
                return target(world, alias[0], alias[1], depth + 1)
            return Target(names.dotted_name(node) or "", node, False)
        case n.BinOp(op="|"):
            left, right = target(world, node.left, scope, depth + 1), target(world, node.right, scope, depth + 1)
            return left if left.text else right
        case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)):
            items = node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)
            if name in ("Optional", "Union", "Annotated", "Mapped", "DynamicMapped", "WriteOnlyMapped"):
                found = [target(world, each, scope, depth + 1) for each in items]
                one = next((each for each in found if each.text), Target("", None, None))
                return Target(one.text, one.node, one.many)
            if name in _DICTS:
                one = target(world, items[-1], scope, depth + 1)
                return Target(one.text, one.node, True)
            one = target(world, items[0], scope, depth + 1)
            known = name in _ABSTRACT or _is_collection(world, node.value, scope)
            return Target(one.text, one.node, True if known else None)
        case _:
            return Target("", None, None)


def _is_collection(world: World, node: n.Expr, scope: Scope) -> bool:
    binding = names.resolve_expression(world, scope.path, node, within=scope.function)
    if isinstance(binding, names.InProject) and binding.kind == "class":
        return world.graph.library_root(binding.ref) in ("builtins.list", "builtins.set", "builtins.dict")
    return False


def enum_members(world: World, ref: Ref) -> list[str] | None:
    """The names of an enumeration of the project; None for another class."""
    if not names.is_enum(world, ref):
        return None
    fact = names.class_fact(world, ref)
    if fact is None or fact.dynamic:
        return []
    return [each.name for each in fact.attributes if each.value is not None and not each.name.startswith("_")]
