from __future__ import annotations

import re
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Insert, ReplaceStatement
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.migrations.inverses import downgrade_of, undone_by
from sqlassay.semantics.events import MigrationDeclared, MigrationOperation
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_REFUSED = re.compile(r"\b(no|not|never|cannot|nothing|nor|irreversible|unsupported|no-?op)\b|n't\b", re.IGNORECASE)
"""What a docstring says that explains why there is nothing below it."""

_NO_REMARK = re.compile(
    r"commands auto generated|end alembic commands|todo|fixme|op\.|pass\b|noqa|type:|pragma|pylint|sqlassay",
    re.IGNORECASE,
)
"""Comments that explain nothing: Alembic's own, promises, code, and words to tools."""


@rule("ALC908", "migration-empty-downgrade", severity=Severity.WARNING, fix="unsafe")
class MigrationEmptyDowngrade(Rule):
    """A revision changes the schema, and its downgrade does nothing.

    ## Why
    `alembic downgrade` runs the empty function, succeeds, and writes down that the database is at the revision
    before. The columns and tables that the upgrade made are still there. The next upgrade makes them again and fails
    ("duplicate column", "table already exists"), at the worst time: after somebody rolled a release back. A downgrade
    that takes the operations back is a few lines; one that raises, or says in a comment why there is no way back, does
    not pretend.

    ## Example
    ```python
    import sqlalchemy as sa
    from alembic import op

    revision = "b2"
    down_revision = "a1"


    def upgrade() -> None:
        op.add_column("users", sa.Column("role", sa.String(50)))


    def downgrade() -> None:
        pass
    ```

    ## Use instead
    ```python
    import sqlalchemy as sa
    from alembic import op

    revision = "b2"
    down_revision = "a1"


    def upgrade() -> None:
        op.add_column("users", sa.Column("role", sa.String(50)))


    def downgrade() -> None:
        op.drop_column("users", "role")
    ```

    ## Fix safety
    Unsafe: the fix writes the inverse operations, and a downgrade that drops columns and tables loses what is in them.
    It is there where the upgrade is a plain list of operations that can be taken back for sure: columns, tables,
    indexes and named constraints that it makes.

    ## What it cannot see
    Operations in functions that the upgrade calls, and SQL that it executes. Nothing is said of upgrades that change
    data only, or only alter columns (altering twice does no harm), or whose operations all stand under a condition.
    Neither is anything said of a downgrade that raises, that has a comment, or whose docstring says that there is no
    way back.

    ## References
    - [Alembic: running downgrades](https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading)
    - [Operation reference](https://alembic.sqlalchemy.org/en/latest/ops.html)
    - [Schema migrations, in SQLAlchemy's documentation](https://docs.sqlalchemy.org/en/20/core/metadata.html#altering-database-objects-through-migrations)
    """

    def migration_declared(self, event: MigrationDeclared) -> Iterator[Hit]:
        """An upgrade with operations that cannot be done twice, and nothing that takes them back."""
        downgrade = event.downgrade
        if downgrade is None and ("downgrade" in event.facts.variables or "downgrade" in event.facts.imports):
            return
        if downgrade is not None and (not _does_nothing(downgrade) or _is_explained(downgrade, event.remarks)):
            return
        done = [pair for pair in undone_by(event.operations) if _is_sure(event, pair[0])]
        if not done:
            return
        first, inverse = done[0]
        note = Note(first.at(first.call), "this stays when the revision is taken back")
        if downgrade is None:
            start = event.upgrade.name_start
            yield Hit(
                Place(event.path, event.frame.anchor, start, start + len("upgrade")),
                "There is no `downgrade()`: `alembic downgrade` stops with an AttributeError at this revision. Write "
                f"one that takes the upgrade back ({_listed(inverse)}), or that raises and says why there is no way.",
                (note,),
            )
            return
        place = _name_of(event, "downgrade")
        yield Hit(
            place,
            f"`downgrade()` does nothing: Alembic then writes that the revision is gone, while `{first.operation}` "
            f"stays done, and the next upgrade fails there. Take it back ({_listed(inverse)}), or raise, or say in a "
            "comment why there is no way back.",
            (note,),
            _fix(event, downgrade),
        )


def _listed(inverse: str) -> str:
    return inverse if " " in inverse else f"`{inverse}`"


def _does_nothing(function: n.FunctionDef) -> bool:
    return all(_is_idle(each) for each in function.body)


def _is_idle(statement: n.Stmt) -> bool:
    match statement:
        case n.Simple(kind="pass") | n.ExprStmt(value=n.Constant()) | n.Return(value=None):
            return True
        case n.Return(value=n.Constant(kind="none")):
            return True
        case _:
            return False


def _is_explained(function: n.FunctionDef, remarks: tuple[str, ...]) -> bool:
    if function.docstring is not None and _REFUSED.search(function.docstring):
        return True
    return any(each and not _NO_REMARK.match(each) for each in remarks)


def _is_sure(event: MigrationDeclared, operation: MigrationOperation) -> bool:
    """Whether the operation is done in every upgrade. One under a condition mends what only some databases have."""
    for each in operation.enclosing(operation.call):
        if isinstance(each, n.If | n.Try | n.While | n.Match | n.IfExp | n.BoolOp):
            return False
        if isinstance(each, n.FunctionDef) and each is not event.upgrade:
            return False
    return True


def _name_of(event: MigrationDeclared, function: str) -> Place:
    fact = event.facts.functions[function]
    return Place(event.path, fact.anchor, fact.name_start, fact.name_start + len(function))


def _fix(event: MigrationDeclared, downgrade: n.FunctionDef) -> Fix | None:
    code = downgrade_of(event.upgrade, event.operations)
    body = [each for each in downgrade.body if not isinstance(each, n.ExprStmt)]
    if code is None or len(body) > 1 or not all(isinstance(each, n.Simple) for each in body):
        return None
    anchor = event.facts.functions["downgrade"].anchor
    if body:
        at = Place(event.path, anchor, body[0].start, body[0].end)
        return Fix("Take the operations back", False, (ReplaceStatement(at, code),))
    at = Place(event.path, anchor, downgrade.start, downgrade.end)
    return Fix("Take the operations back", False, (Insert(at, code, "last"),))
