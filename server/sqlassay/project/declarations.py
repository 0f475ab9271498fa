"""What an assignment in a class body declares: a column, a relationship, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlassay.facts.model import VariableFact
from sqlassay.semantics import calls, names
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.project.mapper import Graph

_COLUMNS = {"sa:Column": "column", "sa:mapped_column": "mapped", "sa:Field": "field"}
_RELATIONSHIPS = frozenset({"sa:relationship", "sa:Relationship", "sa:relation", "sa:dynamic_loader"})
_MAPPED = frozenset({"sa:Mapped", "sa:WriteOnlyMapped", "sa:DynamicMapped"})
_NOT_TYPES = frozenset(
    ["ForeignKey", "Sequence", "Identity", "Computed", "CheckConstraint", "FetchedValue", "DefaultClause"]
)
_LISTS = frozenset("list List set Set Sequence Collection Iterable MutableSequence InstrumentedList".split())


def attribute(world: Graph, owner: Ref, fact: VariableFact, flavour: str) -> ColumnInfo | RelationshipInfo | None:
    """What one attribute of a class body declares."""
    value = fact.value
    if isinstance(value, n.Call):
        name = callee(world, owner, fact.anchor, value)
        if name == "sa:deferred" and value.args and isinstance(value.args[0], n.Call):
            value = value.args[0]
            name = callee(world, owner, fact.anchor, value)
        if name in _COLUMNS:
            return _column(world, owner, fact, value, _COLUMNS[name])
        if name in _RELATIONSHIPS:
            return _relationship(world, owner, fact, value)
        return None
    if value is None and fact.annotation is not None:
        inner = mapped_inner(world, owner.path, fact.annotation)
        if inner is not None or (flavour == "sqlmodel" and not fact.name.startswith("_")):
            return _bare(world, owner, fact, "annotation" if inner is not None else "field")
    if value is not None and flavour == "sqlmodel" and fact.annotation is not None and not fact.name.startswith("_"):
        if _class_var(fact.annotation):
            return None
        return _bare(world, owner, fact, "field")
    return None


def _class_var(node: n.Expr) -> bool:
    match node:
        case n.Subscript(value=n.Name(id="ClassVar") | n.Attribute(attr="ClassVar")) | n.Name(id="ClassVar"):
            return True
        case _:
            return False


def callee(world: Graph, owner: Ref, anchor: str, call: n.Call) -> str:
    """The canonical name of what a call calls; '' where it is not a library's."""
    binding = names.resolve_expression(world, owner.path, call.func)
    if isinstance(binding, names.Outside):
        return canonical(binding.name)
    if isinstance(call.func, n.Attribute) and not isinstance(binding, names.InProject):
        # `db.Column`: an attribute of an object.
        value = calls.in_module(world.evaluator, owner.path, anchor, call.func, lambda ev, each: ev.expr(each))
        return value.name if isinstance(value, v.External) else ""
    return ""


def mapped_inner(world: Graph, path: str, node: n.Expr) -> n.Expr | None:
    """X of `Mapped[X]`; None where the annotation is something else."""
    if isinstance(node, n.Constant) and isinstance(node.value, str):
        parsed = expression_from(node.value)
        return mapped_inner(world, path, parsed) if parsed is not None else None
    if not isinstance(node, n.Subscript):
        return None
    binding = names.resolve_expression(world, path, node.value)
    known = canonical(binding.name) if isinstance(binding, names.Outside) else ""
    if known in _MAPPED:
        return node.index
    match node.value:
        case n.Attribute(attr="Mapped"):
            return node.index
        case _:
            return None


def is_optional(node: n.Expr) -> bool:
    """Whether an annotation admits None."""
    match node:
        case n.Constant(kind="none"):
            return True
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return inner is not None and is_optional(inner)
        case n.BinOp(op="|"):
            return is_optional(node.left) or is_optional(node.right)
        case n.Subscript(value=n.Name(id="Optional") | n.Attribute(attr="Optional")):
            return True
        case n.Subscript(value=n.Name(id="Union") | n.Attribute(attr="Union"), index=n.TupleExpr(elts=elts)):
            return any(is_optional(each) for each in elts)
        case n.Subscript(value=n.Name(id="Annotated") | n.Attribute(attr="Annotated"), index=n.TupleExpr(elts=elts)):
            return bool(elts) and is_optional(elts[0])
        case _:
            return False


# -------------------------------------------------------------------- columns


def _keywords(call: n.Call) -> tuple[dict[str, n.Expr], bool]:
    out: dict[str, n.Expr] = {}
    star = any(isinstance(each, n.Starred) for each in call.args)
    for keyword in call.keywords:
        if keyword.name is None:
            star = True
        else:
            out[keyword.name] = keyword.value
    return out, star


def constant(node: n.Expr | None) -> str | int | float | bool | None:
    """The value of a literal; None for anything else."""
    return node.value if isinstance(node, n.Constant) else None


def _foreign_keys(world: Graph, owner: Ref, anchor: str, nodes: Iterator[n.Expr]) -> Iterator[ForeignKeyInfo]:
    for node in nodes:
        if not isinstance(node, n.Call):
            continue
        match node.func:
            case n.Name(id="ForeignKey") | n.Attribute(attr="ForeignKey"):
                pass
            case n.Name() if callee(world, owner, anchor, node) == "sa:ForeignKey":
                pass
            case _:
                continue
        target = constant(node.args[0]) if node.args else None
        keywords, star = _keywords(node)
        yield ForeignKeyInfo(
            target if isinstance(target, str) else None,
            "ondelete" in keywords or star,
            Place(owner.path, anchor, node.start, node.end),
            node,
        )


def _column(world: Graph, owner: Ref, fact: VariableFact, call: n.Call, style: str) -> ColumnInfo:
    keywords, star = _keywords(call)
    inner = mapped_inner(world, owner.path, fact.annotation) if fact.annotation is not None else None
    args = list(call.args)
    name = fact.name
    if args and isinstance(args[0], n.Constant) and isinstance(args[0].value, str) and style != "field":
        name = args[0].value
        args = args[1:]
    elif isinstance(constant(keywords.get("name")), str):
        name = str(constant(keywords["name"]))
    sql_type: n.Expr | None = keywords.get("type_") or keywords.get("sa_type")
    for each in args:
        if sql_type is None and style != "field" and not _is_schema_item(each) and not isinstance(each, n.Starred):
            sql_type = each
    foreign = tuple(_foreign_keys(world, owner, fact.anchor, iter(args)))
    if style == "field":
        star = star or "sa_column" in keywords or "sa_column_kwargs" in keywords or "sa_column_args" in keywords
        target = constant(keywords.get("foreign_key"))
        if isinstance(target, str):
            place = Place(owner.path, fact.anchor, call.start, call.end)
            foreign = (ForeignKeyInfo(target, "ondelete" in keywords, place, call),)
        inner = fact.annotation
    primary = constant(keywords.get("primary_key")) is True
    nullable: bool | None
    if "nullable" in keywords:
        given = constant(keywords["nullable"])
        nullable = given if isinstance(given, bool) else None
    elif primary:
        nullable = False
    elif star:
        nullable = None
    elif style == "column":
        nullable = True
    else:
        nullable = is_optional(inner) if inner is not None else (True if style == "mapped" else None)
    return ColumnInfo(
        fact.name,
        name,
        owner,
        style,
        fact.annotation,
        sql_type,
        _type_name(world, owner, fact.anchor, sql_type),
        primary,
        nullable,
        constant(keywords.get("unique")) is True,
        constant(keywords.get("index")) is True,
        foreign,
        keywords,
        star,
        Place(owner.path, fact.anchor, fact.start, fact.end),
        Place(owner.path, fact.anchor, call.start, call.end),
    )


def _is_schema_item(node: n.Expr) -> bool:
    match node:
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)) if name in _NOT_TYPES:
            return True
        case _:
            return False


def _type_name(world: Graph, owner: Ref, anchor: str, node: n.Expr | None) -> str | None:
    """The name of a SQL type of SQLAlchemy itself."""
    func = node.func if isinstance(node, n.Call) else node
    if func is None:
        return None
    binding = names.resolve_expression(world, owner.path, func)
    if isinstance(binding, names.Outside):
        name = canonical(binding.name)
        return name.split(":", 1)[1] if name.startswith(("sa:", "dialect:")) else None
    if isinstance(func, n.Attribute) and binding is None:
        value = calls.in_module(world.evaluator, owner.path, anchor, func, lambda ev, each: ev.expr(each))
        if isinstance(value, v.External) and value.name.startswith("sa:"):
            return value.name[3:]
    return None


def _bare(world: Graph, owner: Ref, fact: VariableFact, style: str) -> ColumnInfo:
    """`name: Mapped[str]` with nothing assigned, or a plain SQLModel field."""
    assert fact.annotation is not None
    inner = mapped_inner(world, owner.path, fact.annotation) if style == "annotation" else fact.annotation
    return ColumnInfo(
        fact.name,
        fact.name,
        owner,
        style,
        fact.annotation,
        None,
        None,
        False,
        is_optional(inner) if inner is not None else None,
        False,
        False,
        (),
        {},
        # An `Annotated` alias may carry a whole mapped_column.
        True,
        Place(owner.path, fact.anchor, fact.start, fact.end),
        None,
    )


# -------------------------------------------------------------- relationships


def _relationship(world: Graph, owner: Ref, fact: VariableFact, call: n.Call) -> RelationshipInfo:
    keywords, star = _keywords(call)
    inner = mapped_inner(world, owner.path, fact.annotation) if fact.annotation is not None else None
    if inner is None and fact.annotation is not None:
        inner = fact.annotation  # SQLModel: `team: Team | None = Relationship(...)`
    first = call.args[0] if call.args else keywords.get("argument")
    text, many = "", None
    if first is not None:
        text = _target_text(first)
    if inner is not None:
        from_annotation, many = _annotated_target(inner)
        text = text or from_annotation
    lazy = keywords.get("lazy")
    strategy: str | None
    if lazy is None:
        strategy = None if star else _annotated_strategy(fact.annotation)
    elif isinstance(lazy, n.Constant):
        strategy = "select" if lazy.value is True else ("joined" if lazy.value is False else str(lazy.value))
    else:
        strategy = None
    if isinstance(keywords.get("sa_relationship_kwargs"), n.DictExpr):
        strategy = _sqlmodel_lazy(keywords["sa_relationship_kwargs"])
    elif "sa_relationship_kwargs" in keywords or "sa_relationship" in keywords:
        strategy = None
    given = constant(keywords.get("uselist"))
    secondary = "secondary" in keywords or "link_model" in keywords
    uselist = given if isinstance(given, bool) else (True if secondary else many)
    return RelationshipInfo(
        fact.name,
        owner,
        find_class(world, owner.path, text) if text else None,
        text,
        strategy,
        uselist,
        "many-to-many" if secondary else None,
        _string(keywords.get("back_populates")),
        _backref_name(keywords.get("backref")),
        secondary,
        _string(keywords.get("cascade")),
        constant(keywords.get("viewonly")) is True,
        keywords,
        fact.annotation,
        Place(owner.path, fact.anchor, fact.start, fact.end),
        Place(owner.path, fact.anchor, call.start, call.end),
    )


_STRATEGIES = {"DynamicMapped": "dynamic", "WriteOnlyMapped": "write_only"}
"""What an annotation says of how a relationship loads."""


def _annotated_strategy(annotation: n.Expr | None) -> str:
    name = names.dotted_name(annotation.value) if isinstance(annotation, n.Subscript) else None
    return _STRATEGIES.get((name or "").rsplit(".", 1)[-1], "select")


def _sqlmodel_lazy(node: n.Expr) -> str | None:
    assert isinstance(node, n.DictExpr)
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            return None
        if constant(key) == "lazy":
            found = constant(value)
            return str(found) if isinstance(found, str) else None
    return "select"


def _string(node: n.Expr | None) -> str | None:
    found = constant(node)
    return found if isinstance(found, str) else None


def _backref_name(node: n.Expr | None) -> str | None:
    if isinstance(node, n.Call) and node.args:
        return _string(node.args[0])
    return _string(node)


def _target_text(node: n.Expr) -> str:
    match node:
        case n.Constant(kind="str"):
            return str(node.value)
        case n.Name(id=name):
            return name
        case n.Attribute():
            owner = _target_text(node.value)
            return f"{owner}.{node.attr}" if owner else node.attr
        case n.Lambda():
            return _target_text(node.body)
        case _:
            return ""


def _annotated_target(node: n.Expr) -> tuple[str, bool | None]:
    """The class that a relationship's annotation names, and whether it is a collection."""
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return _annotated_target(inner) if inner is not None else ("", None)
        case n.Constant(kind="none"):
            return "", None
        case n.Name() | n.Attribute():
            return _target_text(node), False
        case n.BinOp(op="|"):
            left, right = _annotated_target(node.left), _annotated_target(node.right)
            return left if left[0] else right
        case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)):
            items = node.index.elts if isinstance(node.index, n.TupleExpr) else (node.index,)
            if name in ("Optional", "Union", "Annotated", "Mapped"):
                found = [_annotated_target(each) for each in items]
                return next((each for each in found if each[0]), ("", None))
            if name in _LISTS:
                return _annotated_target(items[0])[0], True
            if name in ("dict", "Dict", "Mapping") and len(items) == 2:
                return _annotated_target(items[1])[0], True
            return "", True
        case _:
            return "", None


def find_class(world: Graph, path: str, text: str) -> Ref | None:
    """The class that a relationship's target names: as the file sees it, else by the registry's names."""
    node = expression_from(text)
    if node is not None:
        binding = names.resolve_expression(world, path, node)
        if isinstance(binding, names.InProject) and binding.kind == "class":
            return binding.ref
        if isinstance(binding, names.Outside):
            return None
    last = text.rsplit(".", 1)[-1]
    found = world.classes_named(last)
    if len(found) > 1:
        found = tuple(each for each in found if _could_be_mapped(world, each))
    if len(found) > 1:
        # A revision declares models of its own, as they were then.
        found = tuple(each for each in found if not _is_revision(world, each.path))
    if len(found) > 1 and "." in text:
        module = text.rsplit(".", 1)[0].replace(".", "/")
        found = tuple(each for each in found if module in each.path.replace("\\", "/"))
    return found[0] if len(found) == 1 else None


def _is_revision(world: Graph, path: str) -> bool:
    facts = world.facts(path)
    return facts is not None and "revision" in facts.variables and "upgrade" in facts.functions


def _could_be_mapped(world: Graph, ref: Ref) -> bool:
    from sqlassay.project.mapper import role_of

    role = role_of(world, ref)
    return role.descends


def directed(world: Graph, model: ModelInfo, relationship: RelationshipInfo) -> RelationshipInfo:
    """A relationship with the direction and `uselist` that the foreign keys give it."""
    if relationship.direction is None:
        target = world.model(relationship.target) if relationship.target is not None else None
        if target is not None:
            relationship.direction = _direction(model, target, relationship)
        elif _says_own_key(model, relationship):
            relationship.direction = "many-to-one"
    if relationship.uselist is None and relationship.direction is not None:
        relationship.uselist = relationship.direction != "many-to-one"
    if relationship.lazy in _STRATEGIES.values():
        relationship.uselist = True
    return relationship


def _direction(model: ModelInfo, target: ModelInfo, relationship: RelationshipInfo) -> str | None:
    if model.ref == target.ref or model.table == target.table:
        return "many-to-one" if "remote_side" in relationship.keywords else "one-to-many"
    here = _points_at(model, target)
    there = _points_at(target, model)
    if here and not there:
        return "many-to-one"
    if there and not here:
        return "one-to-many"
    if _says_own_key(model, relationship):
        return "many-to-one"
    return "one-to-many" if relationship.uselist else None


def _says_own_key(model: ModelInfo, relationship: RelationshipInfo) -> bool:
    """Whether `foreign_keys` or `foreign(...)` in the join's text says that the key is a column of this side."""
    foreign = relationship.keywords.get("foreign_keys")
    for node in foreign.elts if isinstance(foreign, n.ListExpr | n.TupleExpr) else (foreign,):
        if isinstance(node, n.Name) and node.id in model.columns:
            return True
    own = model.ref.name.rsplit(".", 1)[-1]
    if (_string(foreign) or "").strip("[] ").startswith(f"{own}."):
        return True
    annotated = re.findall(r"foreign\(\s*(\w+)\.", _string(relationship.keywords.get("primaryjoin")) or "")
    return bool(annotated) and all(each == own for each in annotated)


def _points_at(model: ModelInfo, target: ModelInfo) -> bool:
    for column in model.columns.values():
        for key in column.foreign_keys:
            if key.target is not None:
                table = key.target.rsplit(".", 1)[0].rsplit(".", 1)[-1]
                if table == target.table:
                    return True
            else:
                owner = key.node.args[0] if key.node.args else None
                if isinstance(owner, n.Attribute) and _target_text(owner.value).rsplit(".", 1)[-1] == target.ref.name:
                    return True
    return False
