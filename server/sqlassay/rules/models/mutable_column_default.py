from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, AnyOp, Fix, RemoveKeyword, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import DEFAULTS, is_dataclass, made_once, uses_local
from sqlassay.rules.models.tracking import associated
from sqlassay.semantics import names
from sqlassay.semantics.canonical import SA_NAMESPACE
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n

_EMPTY: dict[type[n.Node], str] = {n.ListExpr: "list", n.DictExpr: "dict", n.SetExpr: "set"}
"""Literals that make a new object, and the builtin that makes an empty one."""

_BUILTINS = frozenset(_EMPTY.values())
_CONTAINERS = frozenset(f"collections.{name}" for name in ("defaultdict", "OrderedDict", "deque", "Counter"))


@rule("ALC304", "mutable-column-default", severity=Severity.WARNING, fix="safe")
class MutableColumnDefault(Rule):
    """A list, dict or set is the default of a column: one object, which all new instances share.

    ## Why
    `default={}` makes one dict, while the class is being made. Every instance that is saved without a value of its
    own gets that very dict: what one of them puts into it, the next row is inserted with. SQLAlchemy 2.0 refuses such a
    default in a class that is mapped as a dataclass; 2.1 takes it, and shares it too.

    Given a callable, SQLAlchemy makes a new object for each row.

    ## Example
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict[str, Any]] = mapped_column(JSON, default={})
    ```

    ## Use instead
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ```

    ## Fix safety
    Safe: new rows start with an equal object, which is their own. An empty literal becomes the builtin that makes
    one, anything else goes behind `lambda:`; in a dataclass an empty one becomes `default_factory=`.

    ## What it cannot see
    Whether anybody ever changes the object in place. Columns without a SQL type in the call are not judged, for the
    type may come from a `type_annotation_map`; nor are those of a `MutableDict.as_mutable(...)` or a type like it,
    which copies the default, tables that no class is mapped to, and SQLModel's fields, which copy it too.

    ## References
    - [Python-executed functions as defaults](https://docs.sqlalchemy.org/en/20/core/defaults.html#python-executed-functions)
    - [Mutation tracking](https://docs.sqlalchemy.org/en/20/orm/extensions/mutable.html)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A mapped column with such a default, of a type that does not copy it."""
        if made.function == "Field" or made.frame.cls is None or not made_once(made) or not _keeps_object(made):
            return
        for name in DEFAULTS:
            node = made.keyword_node(name)
            if node is not None and _is_mutable(made, node):
                yield Hit(made.at(node), _message(made, name, node), fix=_fix(made, name, node))


def _is_mutable(made: ColumnMade, node: n.Expr) -> bool:
    """Whether an expression makes a list, dict or set (or a container like one)."""
    match node:
        case n.ListExpr() | n.DictExpr() | n.SetExpr():
            return True
        case n.Comprehension(kind=kind):
            return kind != "generator"
        case n.Call(func=func):
            binding = names.resolve_expression(made.world, made.path, func)
            if isinstance(binding, names.Outside):
                return binding.name in _CONTAINERS
            return binding is None and isinstance(func, n.Name) and func.id in _BUILTINS and not uses_local(made, func)
        case _:
            return False


def _keeps_object(made: ColumnMade) -> bool:
    """Whether the column has a type that is known, and known to leave the default as it is."""
    node = next((each for each in made.call.args if _may_be_type(each)), made.keyword_node("type_"))
    while isinstance(node, n.Call) and isinstance(node.func, n.Attribute) and node.func.attr == "with_variant":
        node = node.func.value
    kind = node.func if isinstance(node, n.Call) else node
    if kind is None or associated(made.world, made.path):
        return False
    binding = names.resolve_expression(made.world, made.path, kind)
    match binding:
        case names.InProject(kind="class", ref=ref):
            return not associated(made.world, ref.path)
        case names.Outside(name=name):
            # `MutableDict.as_mutable(JSON)` is a name of SQLAlchemy's too.
            return name.rsplit(".", 1)[-1][:1].isupper()
        case _:
            # `db.JSON`
            return isinstance(kind, n.Attribute) and kind.attr in SA_NAMESPACE


def _may_be_type(node: n.Expr) -> bool:
    match node:
        case n.Constant() | n.Starred():
            return False
        case n.Call(func=n.Name(id=name) | n.Attribute(attr=name)):
            return name not in ("ForeignKey", "CheckConstraint", "Identity", "Computed", "Sequence")
        case _:
            return True


def _message(made: ColumnMade, keyword: str, node: n.Expr) -> str:
    what = _EMPTY.get(type(node)) or (node.kind if isinstance(node, n.Comprehension) else "object")
    factory = _factory(node)
    if is_dataclass(made) and keyword == "default":
        return (
            f"SQLAlchemy 2.0 refuses this {what} as the default of a dataclass's field, and 2.1 shares it between all "
            f"rows. Pass `default_factory={factory or 'lambda: ...'}`."
        )
    repair = f"Pass `{factory}` itself" if factory else "Put it behind `lambda:`"
    return (
        f"All rows share this one {what}: what one instance puts into it, later ones are inserted with. "
        f"{repair}, for SQLAlchemy to make a new one for each row."
    )


def _factory(node: n.Expr) -> str | None:
    """The builtin that makes the same empty object each time it is called."""
    match node:
        case n.ListExpr(elts=()) | n.DictExpr(keys=()):
            return _EMPTY[type(node)]
        case n.Call(func=n.Name(id=name), args=(), keywords=()) if name in _BUILTINS:
            return name
        case _:
            return None


def _fix(made: ColumnMade, keyword: str, node: n.Expr) -> Fix | None:
    factory = _factory(node)
    if is_dataclass(made) and keyword == "default":
        if factory is None:
            return None
        call = made.at(made.call)
        ops: tuple[AnyOp, ...] = (RemoveKeyword(call, keyword), AddKeyword(call, "default_factory", factory))
        return Fix(f"Write `default_factory={factory}`", True, ops)
    place = made.at(node)
    if factory is not None:
        return Fix(f"Pass `{factory}` itself", True, (Replace(place, factory),))
    if uses_local(made, node):
        return None
    return Fix("Put it behind `lambda:`", True, (Replace(place, "lambda: {0}", (place,)),))
