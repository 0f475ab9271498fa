from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared


@rule("ALC317", "missing-primary-key", severity=Severity.ERROR)
class MissingPrimaryKey(Rule):
    """A mapped class has no primary key.

    ## Why
    The ORM knows a row by its primary key: when the class is defined, SQLAlchemy raises `ArgumentError: Mapper ...
    could not assemble any primary key columns`. The module cannot be imported. A table that has no key in the database
    can be mapped with `__mapper_args__ = {"primary_key": [...]}`.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column()
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    No fix: which columns identify a row is not known.

    ## What it cannot see
    Columns whose arguments cannot all be read, and classes with a base that is not in the project: nothing is said of
    those.

    ## References
    - [How do I map a table that has no primary key?](https://docs.sqlalchemy.org/en/20/faq/ormconfiguration.html#how-do-i-map-a-table-that-has-no-primary-key)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A mapped class with a table of its own, all of whose columns are known, and none a key."""
        model, world = declared.model, declared.world
        if not model.mapped or model.inherits is not None or model.primary_key or not is_whole(world, model):
            return
        table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
        if table is None or not table.certain or table.primary_key or table.owner != model.ref:
            return
        if any(each.primary_key or not each.certain for each in table.columns.values()):
            return
        if any(each.kind == "primary key" or not each.certain for each in table.constraints) or not table.columns:
            return
        if model.mapper_args or names.find_attribute(world, model.ref, "__mapper_args__") is not None:
            return
        yield Hit(
            model.place,
            f"Importing this raises `ArgumentError`: `{model.ref.name.rsplit('.', 1)[-1]}` has no primary key. Give a "
            "column `primary_key=True`.",
        )
