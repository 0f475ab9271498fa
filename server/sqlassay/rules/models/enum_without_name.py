from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns, within
from sqlassay.rules.models.sql_types import type_argument, type_made, type_of
from sqlassay.semantics.events import ColumnMade, ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC339", "enum-without-name", severity=Severity.ERROR, fix="unsafe")
class EnumWithoutName(Rule):
    """An `Enum` of strings has no name, and PostgreSQL's enumerations must have one: the table cannot be made.

    ## Why
    On PostgreSQL an `Enum` is a type of the database, made by CREATE TYPE. `Enum(Color)` is named after the class;
    `Enum("red", "green")` has no name, and SQLAlchemy raises a `CompileError` when the table is made. The rule speaks
    only where the project is known to run on PostgreSQL.

    ## Example
    `sqlassay.toml`:

    ```toml
    dialect = ["postgresql"]
    ```

    `models.py`:

    ```python
    from sqlalchemy import Enum
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        color: Mapped[str] = mapped_column(Enum("red", "green"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import Enum
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        color: Mapped[str] = mapped_column(Enum("red", "green", name="color"))
    ```

    ## Fix safety
    Unsafe: the name is of our making, and the type is one of the schema's.

    ## What it cannot see
    Which of several databases a table is made on. `native_enum=False` needs no name, and types with a variant are
    left alone.

    ## References
    - [Enum.name](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum.params.name)
    - [PostgreSQL ENUM types](https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#enum-types)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of the class's own with such a type."""
        if not declared.model.mapped or not _on_postgresql(declared):
            return
        for column in own_columns(declared):
            found = type_of(declared.world, column)
            if found is not None and not found.decorated and found.node is column.type and _is_nameless(found.node):
                place = within(column.place, found.node)
                table = f"{declared.model.table}_" if declared.model.table else ""
                add = AddKeyword(place, "name", f'"{table}{column.name}"')
                yield Hit(place, _MESSAGE, fix=Fix("Give it a name", False, (add,)))

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """The same of a `Table(...)`."""
        if made.frame.cls is not None or made.function != "Column" or not _on_postgresql(made):
            return
        found = type_made(made)
        if found is None or found.decorated or found.node is not type_argument(made.call):
            return
        if _is_nameless(found.node):
            yield Hit(made.at(found.node), _MESSAGE)


_MESSAGE = (
    "PostgreSQL's enumerations are types with a name, and this one has none: making the table raises a `CompileError`. "
    "Add `name=`."
)


def _on_postgresql(event: ModelDeclared | ColumnMade) -> bool:
    world = event.world
    return world.runs_on("postgresql") is not False and not is_migration(world, event.path)


def _is_nameless(node: n.Expr) -> bool:
    """`Enum("a", "b")` without anything that names it or makes it a VARCHAR."""
    match node:
        case n.Call(func=n.Name(id="Enum") | n.Attribute(attr="Enum"), args=args, keywords=keywords) if args:
            plain = all(isinstance(each, n.Constant) and each.kind == "str" for each in args)
            given = {each.name for each in keywords}
            return plain and given.isdisjoint(("name", "native_enum", "inherit_schema", "metadata", None))
        case _:
            return False
