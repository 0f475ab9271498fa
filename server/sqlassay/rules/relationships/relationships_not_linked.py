from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.joins import written
from sqlassay.rules.relationships.overlaps import are_linked
from sqlassay.rules.relationships.sides import configured, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo


@rule("ALC404", "relationships-not-linked", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class RelationshipsNotLinked(Rule):
    """Two relationships are the two sides of one foreign key, and neither names the other.

    ## Why
    Each writes the foreign key by itself: an append to `Order.lines` does not set `Line.order`, and where the two
    disagree, the one that is flushed last wins. SQLAlchemy warns when the mappers are configured: "relationship ...
    will copy column orders.id to column lines.order_id, which conflicts with relationship(s) ...".

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship()


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
    Unsafe: the two sides change together from then on. Offered where the two stand in one file.

    ## What it cannot see
    Relationships whose columns are not all known, and those that a backref makes.

    ## References
    - [relationship X will copy column Q to column P](https://docs.sqlalchemy.org/en/20/errors.html#error-qzyx)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """One-to-many relationships of a mapped class's own, with the many-to-one over the same keys."""
        for here in configured(declared):
            target = target_of(declared.world, here)
            if here.direction != "one-to-many" or target is None or not written(here) or not here.certain:
                continue
            there = [each for each in target.relationships.values() if _is_other_side(declared, here, each, target)]
            if len(there) == 1 and not there[0].back_populates and not here.back_populates:
                yield _hit(declared, here, there[0])


def _is_other_side(declared: ModelDeclared, here: RelationshipInfo, there: RelationshipInfo, target: ModelInfo) -> bool:
    if there.direction != "many-to-one" or there.made_by_backref or not there.certain:
        return False
    if there.owner != target.ref or there.target != declared.model.ref:
        return False
    return written(here) == written(there) and not are_linked(here, there)


def _hit(declared: ModelDeclared, here: RelationshipInfo, there: RelationshipInfo) -> Hit:
    columns = ", ".join(f"`{table}.{name}`" for table, name in sorted(written(here)))
    fix = None
    if here.call is not None and there.call is not None and here.place.path == there.place.path:
        ops = (
            AddKeyword(here.call, "back_populates", f'"{there.name}"'),
            AddKeyword(there.call, "back_populates", f'"{here.name}"'),
        )
        fix = Fix("Let the two name each other", False, ops)
    return Hit(
        here.call or here.place,
        f"`{full_name(here)}` and `{full_name(there)}` both write {columns} and know nothing of each other: SQLAlchemy "
        f'warns. Add `back_populates="{there.name}"` here and `back_populates="{here.name}"` there.',
        (Note(there.place, "The other side."),),
        fix,
    )
