from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import annotated_kind
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.rules.models.sql_types import SqlType, type_argument, type_made, type_of
from sqlassay.semantics.events import ColumnMade, ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_NEED_LENGTH = {"mysql": "MySQL", "mariadb": "MariaDB"}
_STRINGS = frozenset(("String", "Unicode", "VARCHAR", "NVARCHAR"))


@rule("ALC338", "string-without-length", severity=Severity.ERROR)
class StringWithoutLength(Rule):
    """A `String` column has no length, and the database needs one: the table cannot be made.

    ## Why
    PostgreSQL and SQLite take VARCHAR without a length. For MySQL and MariaDB SQLAlchemy raises a `CompileError` when
    the table is made (*VARCHAR requires a length on dialect mysql*). `Mapped[str]` is such a column too. The rule
    speaks only where the project is known to run on one of these databases.

    ## Example
    `sqlassay.toml`:

    ```toml
    dialect = ["mysql"]
    ```

    `models.py`:

    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
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
        name: Mapped[str] = mapped_column(String(100))
    ```

    ## Fix safety
    There is no fix: how long a string may be is not in the code.

    ## What it cannot see
    Which of several databases a table is made on, and types that a registry has for `str`, where it cannot read them.
    Types of the project's own are not judged, nor types with a variant.

    ## References
    - [String.length](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.String.params.length)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of the class's own that is a string without a length."""
        dialect = _dialect(declared.world, declared.path)
        if dialect is None or not declared.model.mapped:
            return
        for column in own_columns(declared):
            if _is_bare(declared, column):
                name = f"{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}"
                yield Hit(column.call or column.place, _message(f"`{name}`", dialect))

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """The same of a `Table(...)`."""
        dialect = _dialect(made.world, made.path)
        if dialect is None or made.frame.cls is not None or made.function != "Column" or not _in_table(made):
            return
        node = type_argument(made.call)
        found = type_made(made) if node is not None else None
        if found is not None and _lacks_length(found, node):
            yield Hit(made.at(made.call), _message("This column", dialect))


def _dialect(world: World, path: str) -> str | None:
    """A database of the project's that needs a length, as people write it."""
    if is_migration(world, path) or world.is_test(path):
        return None
    return next((name for each, name in _NEED_LENGTH.items() if world.runs_on(each) is not False), None)


def _in_table(made: ColumnMade) -> bool:
    match next(iter(made.enclosing(made.call)), None):
        case n.Call(func=n.Name(id="Table") | n.Attribute(attr="Table")):
            return True
        case _:
            return False


def _lacks_length(found: SqlType, written: n.Expr | None) -> bool:
    if found.decorated or found.name not in _STRINGS:
        return False
    if isinstance(written, n.Call) and isinstance(written.func, n.Attribute) and written.func.attr == "with_variant":
        return False
    call = found.call
    return call is None or not (call.args or any(each.name in ("length", None) for each in call.keywords))


def _is_bare(declared: ModelDeclared, column: ColumnInfo) -> bool:
    known = column.sql_type
    if known is None or not known.certain or known.decorator is not None or column.has_star:
        return False
    if column.type is not None:
        found = type_of(declared.world, column)
        return found is not None and _lacks_length(found, column.type)
    if known.origin != "annotation" or column.annotation is None:
        return False
    plain = annotated_kind(declared.world, column.owner.path, column.annotation) == "text"
    return plain and known.name in _STRINGS and known.sql in ("VARCHAR", "NVARCHAR")


def _message(what: str, dialect: str) -> str:
    return f"{what} is a VARCHAR without a length: {dialect} needs one, and making the table raises. Write `String(n)`."
