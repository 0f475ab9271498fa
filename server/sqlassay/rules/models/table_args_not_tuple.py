from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import library_name, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_SCHEMA_ITEMS = frozenset(
    (
        "Index UniqueConstraint CheckConstraint PrimaryKeyConstraint ForeignKeyConstraint ExcludeConstraint "
        "Column Computed Identity"
    ).split()
)


@rule("ALC319", "table-args-not-tuple", severity=Severity.ERROR, fix="safe")
class TableArgsNotTuple(Rule):
    """`__table_args__` is no tuple, or its dict does not come last: SQLAlchemy raises an `ArgumentError`.

    ## Why
    `__table_args__` must be a tuple of constraints and indexes, which may end with a dict of the table's options, or
    such a dict alone. Parentheses make no tuple: `(UniqueConstraint("a"))` is the constraint itself, and the comma is
    missing. SQLAlchemy refuses it, and a list, when the class is made, so the module cannot be imported.

    ## Example
    ```python
    from sqlalchemy import UniqueConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"
        __table_args__ = (UniqueConstraint("code"))

        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[int]
    ```

    ## Use instead
    ```python
    from sqlalchemy import UniqueConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"
        __table_args__ = (UniqueConstraint("code"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[int]
    ```

    ## Fix safety
    Safe: a tuple of the same things, in the order that SQLAlchemy asks for.

    ## What it cannot see
    A `__table_args__` that a function makes, and one of a mixin or an abstract class, which some class may be made of
    only after it is changed.

    ## References
    - [Declarative table configuration](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#declarative-table-configuration)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A mapped class whose own `__table_args__` is of another form."""
        if not declared.model.mapped:
            return
        for attribute in declared.fact.attributes:
            value = attribute.value
            if attribute.name != "__table_args__" or value is None:
                continue
            whole = Place(declared.path, attribute.anchor, attribute.start, attribute.end)
            yield from _judged(declared, value, whole)


def _judged(declared: ModelDeclared, value: n.Expr, whole: Place) -> Iterator[Hit]:
    place = within(whole, value)
    match value:
        case n.TupleExpr(elts=elts):
            at = next((index for index, each in enumerate(elts) if isinstance(each, n.DictExpr)), len(elts))
            if at < len(elts) - 1:
                yield Hit(
                    within(whole, elts[at]),
                    "SQLAlchemy raises an `ArgumentError`: in `__table_args__` the dict of options must come last.",
                    fix=_reordered(elts, at, whole, place),
                )
        case n.ListExpr(elts=elts):
            yield Hit(
                place,
                "SQLAlchemy raises an `ArgumentError`: `__table_args__` must be a tuple, and this is a list.",
                fix=_tuple(elts, whole, place),
            )
        case n.Call(func=func) if library_name(declared.world, declared.path, func) in _SCHEMA_ITEMS:
            yield Hit(
                place,
                "SQLAlchemy raises an `ArgumentError`: `__table_args__` must be a tuple, and this is one item without "
                "its comma. Write `(..., )`.",
                fix=Fix("Make it a tuple", True, (Replace(place, "({0},)", (place,)),)),
            )
        case _:
            pass


def _tuple(elts: tuple[n.Expr, ...], whole: Place, place: Place) -> Fix | None:
    parts = tuple(within(whole, each) for each in elts)
    code = ", ".join(f"{{{index}}}" for index in range(len(parts)))
    return Fix("Make it a tuple", True, (Replace(place, f"({code},)" if len(parts) == 1 else f"({code})", parts),))


def _reordered(elts: tuple[n.Expr, ...], at: int, whole: Place, place: Place) -> Fix | None:
    if sum(isinstance(each, n.DictExpr) for each in elts) > 1:
        return None
    ordered = (*elts[:at], *elts[at + 1 :], elts[at])
    fix = _tuple(ordered, whole, place)
    return Fix("Put the dict last", True, fix.ops) if fix is not None else None
