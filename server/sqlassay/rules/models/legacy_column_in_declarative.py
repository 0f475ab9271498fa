from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.rules.models.mapped_form import column_fix, local_name, mapped_type
from sqlassay.semantics.events import ModelDeclared


@rule(
    "ALC301",
    "legacy-column-in-declarative",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
    fix="either",
)
class LegacyColumnInDeclarative(Rule):
    """A mapped class declares an attribute with `Column`, which no type checker can read.

    ## Why
    `name = Column(String(100))` makes the right table, and is supported in 2.1 as it was. But mypy and pyright see a
    `Column` where an instance has a `str | None`. `name: Mapped[str | None] = mapped_column(String(100))` says what
    the attribute holds; SQLAlchemy takes the column's nullability from it, and its type too where none is given. This
    is about style and tooling: both forms emit the same DDL.

    ## Example
    ```python
    from sqlalchemy import Column, Integer, String
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id = Column(Integer, primary_key=True)
        name = Column(String(100))
        code = Column(String(10), nullable=False, unique=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None] = mapped_column(String(100))
        code: Mapped[str] = mapped_column(String(10), unique=True)
    ```

    ## Fix safety
    Safe in a mapped class: the DDL stays the same. `| None` is written for every column that may be NULL
    (`Optional[...]` in files that import it), `nullable=` goes where the annotation says it, and the SQL type stays
    unless it is the one that SQLAlchemy takes for the annotation. Imports are merged. It is unsafe in mixins, and in
    Flask-SQLAlchemy models without a `__tablename__`, which older versions name by looking for a `Column`.

    No fix is offered for types whose values are not of one Python type (JSON, ARRAY, PickleType, types of your own),
    for columns whose type comes from their foreign key, in dataclasses, and where the class body asks a column for
    what a `mapped_column` does not have there (`name.type`).

    ## What it cannot see
    Columns of `Table(...)` are right as they are. Columns inside `@declared_attr` methods are not reported.

    ## References
    - [Migrating an existing mapping](https://docs.sqlalchemy.org/en/20/changelog/whatsnew_20.html#migrating-an-existing-mapping)
    - [mapped_column derives the datatype and nullability from the Mapped annotation](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Each `Column(...)` that the class body assigns."""
        if is_migration(declared.world, declared.path):
            return
        values = {each.name: each for each in declared.fact.attributes}
        for column in own_columns(declared):
            fact = values.get(column.attribute)
            if column.style != "column" or column.call is None or fact is None or fact.start != column.place.start:
                continue
            found = mapped_type(declared, column)
            inner = found[1] if found is not None else "..."
            name = f"{declared.fact.qualname.rsplit('.', 1)[-1]}.{column.attribute}"
            constructor = local_name(declared.world, declared.path, "mapped_column")
            title = f"Write `{column.attribute}: Mapped[{inner}] = {constructor}(...)`"
            yield Hit(
                column.call,
                f"`Column` tells SQLAlchemy what `{name}` holds, and type checkers nothing. "
                f"Write `{column.attribute}: Mapped[{inner}] = {constructor}(...)`, which makes the same column.",
                fix=column_fix(declared, column, constructor, title),
            )
