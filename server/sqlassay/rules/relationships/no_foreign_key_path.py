from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.sides import configured, is_sure, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import World


@rule("ALC409", "no-foreign-key-path", severity=Severity.ERROR)
class NoForeignKeyPath(Rule):
    """A relationship stands between two tables that no foreign key joins.

    ## Why
    Without a `primaryjoin`, SQLAlchemy joins the two tables by their foreign keys. Where there is none, in either
    direction (nor through the `secondary` table), configuring the mappers raises `NoForeignKeysError`, and no model of
    the program can be used.

    ## Example
    ```python
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
        order_id: Mapped[int]
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
        lines: Mapped[list["Line"]] = relationship()


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    No fix: which column points where is not known, and the schema changes.

    ## What it cannot see
    Tables that are not all read: where a column or a constraint may be missing from the picture, nothing is said.

    ## References
    - [Configuring how relationship joins](https://docs.sqlalchemy.org/en/20/orm/join_conditions.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own that certainly have no join."""
        for relationship in configured(declared):
            target = target_of(declared.world, relationship)
            if relationship.join != "none" or not relationship.certain:
                continue
            if target is None or not is_sure(declared.model, target):
                continue
            if _has_loose_key(declared.world, declared.model, target):
                continue
            if relationship.secondary:
                through = f" through `{relationship.secondary_table or 'its secondary table'}`"
            else:
                through = ""
            yield Hit(
                relationship.call or relationship.place,
                f"Configuring the mappers raises `NoForeignKeysError`: no foreign key joins `{declared.model.table}` "
                f"and `{target.table}`{through}, over which `{full_name(relationship)}` would go. Add a `ForeignKey`, "
                "or say `primaryjoin=`.",
                (Note(target.place, "The other table."),),
            )


def _has_loose_key(world: World, *models: ModelInfo) -> bool:
    """Whether a table has a key that leads nowhere, or nobody knows where: that is an error of its own."""
    for model in models:
        table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
        keys = (key for column in table.columns.values() for key in column.foreign_keys) if table is not None else ()
        if table is None or any(key.found is not True for key in keys):
            return True
    return False
