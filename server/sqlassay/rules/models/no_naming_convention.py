from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.constraints import has_no_convention
from sqlassay.semantics.events import ModelDeclared


@rule("ALC345", "no-naming-convention", severity=Severity.HINT, presets=())
class NoNamingConvention(Rule):
    """A declarative base has no naming convention for constraints and indexes.

    ## Why
    Without one, constraints that are not named one by one get a name that the database makes up: a migration has to
    look it up before it can change or drop them, Alembic's autogenerate does not see some of them, and SQLite cannot
    drop them. It is easily said at the beginning, and costs a migration of every constraint later.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import MetaData
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        metadata = MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        )


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    No fix: on a database that exists, every constraint would have to be renamed by a migration.

    ## What it cannot see
    Whether the project has migrations: off by default for that. Bases that are made by a call.

    ## References
    - [Integration of naming conventions into operations, autogenerate](https://alembic.sqlalchemy.org/en/latest/naming.html#integration-of-naming-conventions-into-operations-autogenerate)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A declarative base whose tables have no convention."""
        model, world = declared.model, declared.world
        if not model.is_base or not model.metadata or world.is_test(declared.path):
            return
        tables = [each for each in world.tables() if each.metadata == model.metadata]
        if tables and all(has_no_convention(declared, each) for each in tables):
            name = model.ref.name.rsplit(".", 1)[-1]
            yield Hit(
                model.place,
                f"Constraints in the tables of `{name}` ({len(tables)}) that have no name get one from the database, "
                "which migrations cannot know. Give its MetaData a `naming_convention`.",
            )
