from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import given_in
from sqlassay.semantics.events import ModelDeclared


@rule(
    "ALC416",
    "lazy-dynamic",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
)
class LazyDynamic(Rule):
    """A relationship is loaded with `lazy="dynamic"`, which is superseded by `write_only`.

    ## Why
    A dynamic relationship reads as a legacy `Query` that runs SQL whenever it is iterated, indexed or counted. Under
    asyncio that raises `MissingGreenlet`, and no loader option can load it beforehand. `WriteOnlyMapped`
    (`lazy="write_only"`) has the same use for large collections, gives a 2.0 style `select()` and never runs SQL by
    itself. SQLAlchemy calls "dynamic" legacy, not deprecated: this is advice.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: DynamicMapped["Line"] = relationship()


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, WriteOnlyMapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: WriteOnlyMapped["Line"] = relationship()


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    No fix: what is read off the attribute changes, and all code that reads it with it.

    ## What it cannot see
    Strategies that are not plain strings.

    ## References
    - [Dynamic relationship loaders](https://docs.sqlalchemy.org/en/20/orm/large_collections.html#dynamic-relationship-loaders)
    - [Write only relationships](https://docs.sqlalchemy.org/en/20/orm/large_collections.html#write-only-relationship)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of the class's own body, and those their backrefs make."""
        for given in given_in(declared):
            written = given.text("lazy") == "dynamic"
            annotated = not given.mirrored and given.relationship.lazy == "dynamic"
            if written or annotated:
                place = given.place_of("lazy") if written else given.relationship.call or given.relationship.place
                yield Hit(
                    place,
                    f"`{given.name}` reads as a legacy `Query`, which runs SQL where it is iterated and cannot be used "
                    'under asyncio. Use `WriteOnlyMapped` (`lazy="write_only"`).',
                )
