from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import own_relationships
from sqlassay.semantics.events import ModelDeclared

_DECIDED = frozenset({"cascade", "passive_deletes", "viewonly", "sa_relationship_kwargs", "cascade_delete"})
"""Arguments by which the model says what becomes of the children, or that it does not write them."""


@rule("ALC407", "one-to-many-without-delete-cascade", severity=Severity.HINT, presets=(), opt_in=True, fix="unsafe")
class OneToManyWithoutDeleteCascade(Rule):
    """A one-to-many relationship does not say what becomes of the children when the parent is deleted.

    ## Why
    Without a cascade, deleting a parent through the session sets the children's foreign keys to NULL, one UPDATE for
    them all, and fails where the column is NOT NULL. Whether children belong to their parent is a decision about the
    data, which no tool can see: this rule is for teams that want it written down everywhere, and is off in every
    preset.

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
        order: Mapped[Order] = relationship(back_populates="lines")
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
        order: Mapped[Order] = relationship(back_populates="lines")
    ```

    ## Fix safety
    Unsafe: deleting a parent, or taking a child out of the collection, then deletes rows that stayed before. In asyncio
    code, `all` includes refresh-expire, which can load attributes when nothing may be awaited: write
    `"save-update, merge, delete, delete-orphan"` there. With `ondelete="CASCADE"` on the foreign key, say
    `passive_deletes=True` too, or the ORM still loads the children to delete them one by one.

    ## What it cannot see
    Whether the children belong to the parent. Events and triggers that delete them.

    ## References
    - [Cascades](https://docs.sqlalchemy.org/en/20/orm/cascades.html)
    - [Using foreign key ON DELETE cascade](https://docs.sqlalchemy.org/en/20/orm/cascades.html#passive-deletes)
    - [Avoiding implicit IO with asyncio](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads)
    """

    def model_declared(self, event: ModelDeclared) -> Iterator[Hit]:
        """A one-to-many of the class's own that decides nothing."""
        for relationship in own_relationships(event):
            if relationship.direction != "one-to-many" or relationship.uselist is not True or relationship.call is None:
                continue
            if relationship.viewonly or relationship.keywords.keys() & _DECIDED:
                continue
            name = f"{event.model.ref.plain}.{relationship.name}"
            # SQLModel's Relationship() has a word of its own, and takes no other.
            sqlmodel = event.model.flavour == "sqlmodel"
            argument, value = ("cascade_delete", "True") if sqlmodel else ("cascade", '"all, delete-orphan"')
            repair = f"`{argument}={value}`"
            fix = Fix(f"Add {repair}", False, (AddKeyword(relationship.call, argument, value),))
            yield Hit(
                relationship.call,
                f"Deleting the parent of `{name}` sets the children's foreign keys to NULL, or fails where they are "
                f"NOT NULL. If the children belong to it, add {repair}.",
                fix=fix,
            )
