from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.expressions.conditions import identity_method, is_relationship, spelled
from sqlassay.semantics.events import Comparison
from sqlassay.semantics.values import NONE, Clause, is_sql
from sqlassay.syntax import nodes as n

_METHODS = {"==": "is", "!=": "is not"}


@rule("ALC565", "eq-none-comparison", severity=Severity.HINT, presets=(), fix="safe")
class EqNoneComparison(Rule):
    """A column is compared with `== None`: right, and one automatic fix of a linter away from wrong.

    ## Why
    `User.name == None` is good SQLAlchemy and gives `IS NULL`. But pycodestyle and Ruff (E711) and Pylint call it a
    slip, and their fix, `User.name is None`, gives `WHERE false`. `User.name.is_(None)` gives the same SQL and nobody
    mends it. This is style, and off by default.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None]


    statement = select(User).where(User.name == None)
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None]


    statement = select(User).where(User.name.is_(None))
    ```

    ## Fix safety
    Safe: `.is_(None)` and `.is_not(None)` (`.isnot(None)` before SQLAlchemy 1.4) give the same SQL.

    ## What it cannot see
    Relationships are left alone: `Post.author == None` is the way to say it, and they have no `is_()`. So are
    attributes that are hybrids, whose comparison may be one of their own.

    ## References
    - [ColumnOperators.is_()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.ColumnOperators.is_)
    - [Identity comparisons](https://docs.sqlalchemy.org/en/20/core/operators.html#identity-comparisons)
    """

    def comparison(self, event: Comparison) -> Iterator[Hit]:
        """`column == None` or `column != None`, either way around."""
        node = event.node
        if event.op not in _METHODS or len(node.ops) != 1 or NONE not in (event.left, event.right):
            return
        column, value = (node.left, event.left) if is_sql(event.left) else (node.comparators[0], event.right)
        other = node.comparators[0] if column is node.left else node.left
        if not isinstance(other, n.Constant) or is_relationship(event.world, value):
            return
        if isinstance(value, Clause) and isinstance(column, n.Attribute | n.Name) and not _of_table(column):
            return
        method = identity_method(event.world, _METHODS[event.op])
        place = event.at(node)
        yield Hit(
            place,
            f"`{event.op} None` on a column is `{'IS' if event.op == '==' else 'IS NOT'} NULL`, as it should be, "
            "but linters' automatic fix makes it a constant of Python's. "
            f"Write `{spelled(column)}.{method}(None)`.",
            fix=Fix(f"Write `.{method}(None)`", True, (Replace(place, f"{{0}}.{method}(None)", (event.at(column),)),)),
        )


def _of_table(node: n.Expr) -> bool:
    """`users.c.name`: a plain column, and no hybrid."""
    match node:
        case n.Attribute(value=n.Attribute(attr="c" | "columns")):
            return True
        case _:
            return False
