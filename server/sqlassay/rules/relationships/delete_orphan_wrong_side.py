from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import effective, given_in, tokens
from sqlassay.rules.relationships.sides import is_sure, target_of
from sqlassay.semantics.events import ModelDeclared


@rule("ALC412", "delete-orphan-wrong-side", severity=Severity.ERROR, fix="unsafe")
class DeleteOrphanWrongSide(Rule):
    """`delete-orphan` stands on the many side: on a many-to-one or many-to-many without `single_parent=True`.

    ## Why
    An orphan is a child without its one parent. On the side of the children there may be many to a parent, so what
    leaves one may still be another's: SQLAlchemy raises `ArgumentError` when the mappers are configured, and no model
    of the program can be used.

    ## Example
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
        order: Mapped["Order"] = relationship(back_populates="lines", cascade="all, delete-orphan")
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
        lines: Mapped[list["Line"]] = relationship(back_populates="order", cascade="all, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship(back_populates="lines")
    ```

    ## Fix safety
    Unsafe: the fix adds `single_parent=True`, which makes the code run and lets each parent have one child only,
    checked in memory. More often the cascade belongs on the other side.

    ## What it cannot see
    Relationships whose direction the foreign keys do not show, and cascades that are not plain strings.

    ## References
    - [For relationship, delete-orphan cascade is normally configured only on the "one" side](https://docs.sqlalchemy.org/en/20/errors.html#error-bbf0)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own, and those their backrefs make."""
        for given in given_in(declared) if declared.model.mapped else ():
            relationship = effective(declared, given)
            if relationship is None or relationship.direction not in ("many-to-one", "many-to-many"):
                continue
            words = tokens(given.text("cascade") or "")
            # `none` takes away what stands beside it.
            if "delete-orphan" not in words or "none" in words or relationship.viewonly:
                continue
            if "single_parent" in given.keywords or not relationship.certain:
                continue
            target = target_of(declared.world, relationship)
            if target is None or not is_sure(declared.model, target):
                continue
            fix = None
            if given.call is not None:
                fix = Fix("Add `single_parent=True`", False, (AddKeyword(given.call, "single_parent", "True"),))
            yield Hit(
                given.place_of("cascade"),
                f"Configuring the mappers raises `ArgumentError`: `{given.name}` is {relationship.direction}, and "
                "`delete-orphan` belongs on the one side. Move it there, or add `single_parent=True`.",
                (Note(target.place, "What it leads to."),),
                fix,
            )
