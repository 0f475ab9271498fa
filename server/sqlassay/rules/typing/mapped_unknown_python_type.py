from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import mapped_inner, without_none
from sqlassay.rules.models.columns import is_migration, own_columns, within
from sqlassay.rules.models.lineage import lineage
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_CONTAINERS = frozenset("dict list set frozenset tuple object complex bytearray".split())
_TYPING = frozenset(f"typing.{each}" for each in "Any Dict List Set FrozenSet Tuple Mapping Sequence".split())
_JSON = frozenset(("dict", "list", "typing.Dict", "typing.List", "typing.Any", "typing.Mapping", "typing.Sequence"))
_MAPS = frozenset(("type_annotation_map", "registry"))


@rule("ALC381", "mapped-unknown-python-type", severity=Severity.ERROR, sqlalchemy=">=2.0", fix="unsafe")
class MappedUnknownPythonType(Rule):
    """A column is annotated with a Python type for which SQLAlchemy has no SQL type, and is given none.

    ## Why
    For `Mapped[int]` SQLAlchemy takes Integer. For a dict, a list, `Any`, a union or a class of the project it has
    nothing to take: where neither `mapped_column(...)` nor the registry's `type_annotation_map` names a type, it raises
    a `MappedAnnotationError` when the class is made, and the module cannot be imported. For another model, a
    `relationship()` is meant.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict] = mapped_column()
    ```

    ## Use instead
    ```python
    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict] = mapped_column(JSON)
    ```

    ## Fix safety
    Unsafe: JSON is a guess; PostgreSQL has JSONB and ARRAY too.

    ## What it cannot see
    Bases with a registry or a `type_annotation_map` of their own, classes that are mapped as dataclasses, and types
    that it does not know. Attributes of mixins, which a class may give another type.

    ## References
    - [Customizing the type map](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#customizing-the-type-map)
    - [mapped_column derives the datatype from the Mapped annotation](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Such a column of a class whose types are all SQLAlchemy's own."""
        if not _is_plain(declared):
            return
        for column in own_columns(declared):
            annotation = column.annotation
            if annotation is None or not _asks_annotation(declared, column):
                continue
            inner = mapped_inner(declared.world, declared.path, annotation)
            what = _unknown(declared.world, declared.path, inner) if inner is not None else None
            if what is not None:
                name, is_model = what
                repair = "Write `relationship()`." if is_model else "Give `mapped_column` a type, such as `JSON`."
                yield Hit(
                    within(column.place, annotation),
                    f"SQLAlchemy has no SQL type for `{name}`: it raises a `MappedAnnotationError`. {repair}",
                    fix=_fix(column) if name in _JSON else None,
                )


def _is_plain(declared: ModelDeclared) -> bool:
    """Whether a mapped class's annotations are certainly read by SQLAlchemy's own table of types."""
    model = declared.model
    if not model.mapped or model.flavour != "declarative" or "__table__" in model.others:
        return False
    line = lineage(declared.world, model)
    if line is None or is_migration(declared.world, declared.path):
        return False
    if any(attribute.name in _MAPS for fact in line for attribute in fact.attributes):
        return False
    return not any(_updates_map(declared.world, path) for path in {declared.path, *(e.path for e in model.bases)})


def _updates_map(world: World, path: str) -> bool:
    facts = world.facts(path)
    return facts is not None and any(
        isinstance(each.call.func, n.Attribute) and each.call.func.attr == "update_type_annotation_map"
        for each in facts.calls
    )


def _asks_annotation(declared: ModelDeclared, column: ColumnInfo) -> bool:
    """Whether the SQL type can only come from the annotation."""
    if column.style not in ("mapped", "annotation") or column.type is not None or column.foreign_keys:
        return False
    if column.sql_type is not None and column.sql_type.certain:
        return False
    if column.style == "mapped" and column.has_star:
        return False
    for base in declared.model.bases:
        if names.find_attribute(declared.world, base, column.attribute) is not None:
            return False
    for each in declared.node.body:
        if isinstance(each, n.AnnAssign) and isinstance(each.target, n.Name) and each.target.id == column.attribute:
            return each.value is None or declared.at(each.value) == column.call
    return False


def _unknown(world: World, path: str, node: n.Expr) -> tuple[str, bool] | None:
    """The type that SQLAlchemy knows nothing of, and whether it is a model; None where it may know it."""
    if isinstance(node, n.Constant) and node.kind == "str":
        inner = expression_from(str(node.value))
        return _unknown(world, path, inner) if inner is not None else None
    bare = without_none(node)
    if bare is not None:
        return _unknown(world, path, bare)
    match node:
        case n.Subscript(value=value):
            return _unknown(world, path, value)
        case n.Name(id=name) if names.resolve(world, path, name) is None:
            return (name, False) if name in _CONTAINERS else None
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.Outside):
                return (binding.name, False) if binding.name in _TYPING else None
            if isinstance(binding, names.InProject) and binding.kind == "class":
                model = world.model(binding.ref)
                return (binding.ref.plain, True) if model is not None and model.mapped else None
            return None
        case _:
            return None


def _fix(column: ColumnInfo) -> Fix | None:
    if column.call is None:
        return None
    ops = (AddKeyword(column.call, "type_", "JSON"), AddImport(column.call, "sqlalchemy", "JSON"))
    return Fix("Keep it as JSON", False, ops)
