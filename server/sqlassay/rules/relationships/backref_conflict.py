from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, RemoveKeyword
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import own_relationships
from sqlassay.rules.relationships.arguments import Given, full_name, given_to
from sqlassay.rules.relationships.sides import configured, stands_in_class, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


@rule("ALC418", "backref-conflict", severity=Severity.ERROR, fix="unsafe")
class BackrefConflict(Rule):
    """A `backref` makes an attribute that the other class has already, or stands beside `back_populates`.

    ## Why
    When the mappers are configured, SQLAlchemy raises `ArgumentError: Error creating backref ...: property of that
    name exists on mapper ...`, and no model of the program can be used. `backref` together with `back_populates`
    raises when the module is imported.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(backref="order")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship()
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(back_populates="order")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship(back_populates="lines")
    ```

    ## Fix safety
    Unsafe, and offered only beside `back_populates`: `backref` is removed, which is right if the other side names this
    one.

    ## What it cannot see
    Backrefs whose name is not a plain string, targets that are not found, and classes that inherit from the target.

    ## References
    - [Using the legacy backref parameter](https://docs.sqlalchemy.org/en/20/orm/backref.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of the class's own with a backref."""
        for relationship in own_relationships(declared):
            given = given_to(relationship)
            if given.text("back_populates") and _is_given(given.keywords.get("backref")):
                yield _both(given)
        for relationship in configured(declared):
            given = given_to(relationship)
            if not relationship.backref or "backref" not in given.keywords or "back_populates" in given.keywords:
                continue
            target = target_of(declared.world, relationship)
            taken = _taken(declared.world, target, relationship) if target is not None else None
            if taken is not None and target is not None:
                name = f"{target.ref.name.rsplit('.', 1)[-1]}.{relationship.backref}"
                yield Hit(
                    given.place_of("backref"),
                    f"Configuring the mappers raises `ArgumentError`: the backref of `{full_name(relationship)}` makes "
                    f"`{name}`, which exists already. Let the two name each other with `back_populates`.",
                    (Note(taken, f"`{name}` stands here."),),
                )


def _both(given: Given) -> Hit:
    fix = Fix("Remove `backref`", False, (RemoveKeyword(given.call, "backref"),)) if given.call is not None else None
    return Hit(
        given.place_of("backref"),
        f"Importing this raises `ArgumentError`: `{given.name}` has both `backref` and `back_populates`. Keep one.",
        fix=fix,
    )


def _is_given(node: n.Expr | None) -> bool:
    """Whether a `backref` certainly is one."""
    match node:
        case n.Constant(value=str(name)):
            return bool(name)
        case n.Call(func=n.Name(id="backref") | n.Attribute(attr="backref")):
            return True
        case _:
            return False


def _taken(world: World, target: ModelInfo, here: RelationshipInfo) -> Place | None:
    """Where the target has a column or a relationship with the name of a backref, other than by that backref."""
    if target.inheritance == "concrete" or here.backref is None:
        return None
    column = target.columns.get(here.backref)
    if column is not None:
        return column.place
    there = target.relationships.get(here.backref)
    if there is None or there.place == here.place or not stands_in_class(there):
        return None
    # What a backref in a mixin makes is made of each class that has the mixin.
    return there.place if not there.made_by_backref or target_of(world, there) is not None else None
