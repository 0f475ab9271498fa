from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.migrations.columns import brings_constraint, names_constraints
from sqlassay.semantics.events import MigrationOperation
from sqlassay.semantics.values import NONE
from sqlassay.syntax import nodes as n

_CONSTRAINT = "Alembic raises `NotImplementedError: No support for ALTER of constraints in SQLite dialect`"
_COLUMN = 'SQLite has no ALTER COLUMN, and the statement fails (`near "ALTER": syntax error`)'

_TABLE: dict[str, tuple[int, str]] = {
    "alter_column": (0, "table_name"),
    "add_column": (0, "table_name"),
    "drop_constraint": (1, "table_name"),
    "create_unique_constraint": (1, "table_name"),
    "create_check_constraint": (1, "table_name"),
    "create_exclude_constraint": (1, "table_name"),
    "create_primary_key": (1, "table_name"),
    "create_foreign_key": (1, "source_table"),
}
"""Operations that change a table in a way that SQLite may not have, and where they name the table."""

_ALTERING = frozenset(["nullable", "type_", "server_default"])
"""What alter_column changes with ALTER COLUMN. A new name alone is within SQLite's power."""

_CONDITIONAL = (n.If, n.Try, n.While, n.Match, n.IfExp, n.BoolOp)

_GUARDS = ("dialect", "sqlite", "postgres", "mysql", "batch")
"""Parts of names and strings by which a function tells databases apart."""


@rule("ALC904", "migration-sqlite-needs-batch", severity=Severity.ERROR, sqlalchemy="", fix="unsafe")
class MigrationSqliteNeedsBatch(Rule):
    """A migration on SQLite alters a table outside of `batch_alter_table`: it raises.

    ## Why
    SQLite adds, renames and drops columns, and no more: it cannot change a column's type, default or nullability, nor
    add or drop a constraint of a table that is there. `op.alter_column()` fails there with a syntax error, operations
    on constraints raise `NotImplementedError`. In a batch, Alembic makes a new table with the change, copies the rows
    and takes the old table's place; on other databases the batch is an ordinary ALTER.

    The rule speaks where configuration says that the project runs on SQLite (`dialect = ["sqlite"]`). Where it says
    nothing, and every database URL in the project's code (tests aside) and in alembic.ini is one of SQLite, the finding
    is a warning: another database may be chosen elsewhere.

    ## Example
    `sqlassay.toml`:

    ```toml
    dialect = ["sqlite"]
    ```

    `versions/b2_unique_names.py`:

    ```python
    from alembic import op

    revision = "b2"
    down_revision = "a1"


    def upgrade() -> None:
        op.create_unique_constraint("uq_users_name", "users", ["name"])


    def downgrade() -> None:
        with op.batch_alter_table("users") as batch_op:
            batch_op.drop_constraint("uq_users_name", type_="unique")
    ```

    ## Use instead
    `sqlassay.toml`:

    ```toml
    dialect = ["sqlite"]
    ```

    `versions/b2_unique_names.py`:

    ```python
    from alembic import op

    revision = "b2"
    down_revision = "a1"


    def upgrade() -> None:
        with op.batch_alter_table("users") as batch_op:
            batch_op.create_unique_constraint("uq_users_name", ["name"])


    def downgrade() -> None:
        with op.batch_alter_table("users") as batch_op:
            batch_op.drop_constraint("uq_users_name", type_="unique")
    ```

    ## Fix safety
    Unsafe: the fix puts the operation into a batch of its own. A batch copies the whole table, and what reflection does
    not see of it (unnamed constraints, some CHECKs) is lost unless the batch is told. There is no fix for a constraint
    without a name, which a batch cannot do.

    ## What it cannot see
    Databases whose URL comes from the environment. Functions that look at the dialect, whatever they then do;
    operations under a condition or in a `try`; helper functions, which may be called for other databases only. SQL
    given to `op.execute()`.

    ## References
    - [Running "batch" migrations for SQLite](https://alembic.sqlalchemy.org/en/latest/batch.html)
    - [SQLite: what ALTER TABLE can do](https://www.sqlite.org/lang_altertable.html)
    - [SQLite dialect of SQLAlchemy](https://docs.sqlalchemy.org/en/20/dialects/sqlite.html)
    """

    def migration_operation(self, event: MigrationOperation) -> Iterator[Hit]:
        """An operation of an upgrade or downgrade that SQLite has no statement for."""
        table = _TABLE.get(event.operation)
        if table is None or event.batch or event.function not in ("upgrade", "downgrade"):
            return
        certain = event.world.runs_on("sqlite")
        harm = _harm(event)
        if certain is False or not harm or not _is_sure(event):
            return
        place = event.at(event.call)
        named = _has_name(event)
        fix = None
        if named and not event.starred and "schema" not in event.keywords and "source_schema" not in event.keywords:
            transform = Transform(place, "alembic-batch", {"index": str(table[0]), "keyword": table[1]})
            fix = Fix("Put it into a batch", False, (transform,))
        yield Hit(
            place,
            f"On SQLite, `{event.operation}` stops the migration here: {harm}. "
            "Put it into `with op.batch_alter_table(...) as batch_op:`"
            f"{'' if named else ', and give the constraint a name, which a batch asks for'}.",
            fix=fix,
            severity=None if certain else Severity.WARNING,
        )


def _has_name(event: MigrationOperation) -> bool:
    """Whether the constraint has a name, if one is made or dropped: a batch knows constraints by their names."""
    if event.operation == "add_column":
        return names_constraints(_column(event))
    if event.operation == "alter_column":
        return True
    return (event.args[0] if event.args else event.keywords.get("constraint_name", NONE)) != NONE


def _column(event: MigrationOperation) -> n.Expr | None:
    return event.call.args[1] if len(event.call.args) > 1 else None


def _harm(event: MigrationOperation) -> str:
    if event.operation == "alter_column":
        return _COLUMN if _ALTERING & event.keywords.keys() else ""
    if event.operation == "add_column":
        return _CONSTRAINT if brings_constraint(_column(event)) and "inline_references" not in event.keywords else ""
    return _CONSTRAINT


def _is_sure(event: MigrationOperation) -> bool:
    """Whether the operation is done on every database: no condition around it, and the dialect is not looked at."""
    around = event.enclosing(event.call)
    functions = [each for each in around if isinstance(each, n.FunctionDef | n.Lambda)]
    if len(functions) != 1 or any(isinstance(each, _CONDITIONAL) for each in around):
        return False
    return not any(_tells_apart(each) for each in walk(functions[0]))


def _tells_apart(node: n.Node) -> bool:
    match node:
        case n.If() | n.IfExp() | n.While() | n.Match():
            test = node.subject if isinstance(node, n.Match) else node.test
            return any(_is_guard(each) for each in walk(test))
        case n.Assign():
            return any(_is_guard(each) for each in walk(node.value))
        case _:
            return False


def _is_guard(node: n.Node) -> bool:
    match node:
        case n.Name(id=text) | n.Attribute(attr=text) | n.Constant(value=str(text)):
            return any(each in text.lower() for each in _GUARDS)
        case _:
            return False
