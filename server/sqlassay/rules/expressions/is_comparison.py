from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.expressions.conditions import identity_method, is_condition, is_relationship, spelled
from sqlassay.semantics.events import Comparison
from sqlassay.semantics.values import is_sql
from sqlassay.syntax import nodes as n

_ANSWERS = {
    "is": "always false, so that no row is found",
    "is not": "always true, so that it leaves no row out",
}


@rule("ALC552", "is-comparison", severity=Severity.ERROR, fix="safe")
class IsComparison(Rule):
    """`is` or `is not` stands in a SQL condition: Python decides it, and the database is never asked.

    ## Why
    `User.name is None` asks whether two Python objects are one. The attribute of a class is never `None`, `True` or a
    value, so the answer is always False: the query gets `WHERE false` and finds nothing. With `is not` the answer is
    always True: the condition is gone, and every row is found. Nothing raises. It often comes of a linter's automatic
    fix (E711, E712), which takes `== None` for a slip: on a column, `== None` was right.

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


    statement = select(User).where(User.name is None)
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
    Safe: the fix writes `.is_()` or `.is_not()` (`.isnot()` before SQLAlchemy 1.4) for `None`, `True` and `False`, and
    `== None` or `!= None` for a relationship, which has no `is_()`: the query then says what the code says. There is
    no fix for other values.

    ## What it cannot see
    Columns of which nobody knows that they are columns. Outside of a condition, `is` between columns is a question
    about Python objects, and in order.

    ## References
    - [ColumnOperators.is_()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.ColumnOperators.is_)
    - [Identity comparisons](https://docs.sqlalchemy.org/en/20/core/operators.html#identity-comparisons)
    - [E711 of pycodestyle on SQLAlchemy](https://docs.astral.sh/ruff/rules/none-comparison/)
    """

    def comparison(self, event: Comparison) -> Iterator[Hit]:
        """An identity test that is (a part of) a condition."""
        node = event.node
        if event.op not in _ANSWERS or len(node.ops) != 1 or not is_condition(event, node, event.clause):
            return
        column = node.left if is_sql(event.left) else node.comparators[0]
        other = node.comparators[0] if column is node.left else node.left
        place = event.at(node)
        template = _template(event, other)
        repair = f"Write `{template.format(spelled(column))}`" if template else ""
        fix = Fix(repair, True, (Replace(place, template, (event.at(column),)),)) if template else None
        yield Hit(
            place,
            f"Python decides `{event.op}` before there is SQL: the condition is {_ANSWERS[event.op]}."
            f"{' ' + repair + '.' if repair else ''}",
            fix=fix,
        )


def _template(event: Comparison, other: n.Expr) -> str:
    if not isinstance(other, n.Constant) or other.kind not in ("none", "bool"):
        return ""
    if is_relationship(event.world, event.left) or is_relationship(event.world, event.right):
        return f"{{0}} {'==' if event.op == 'is' else '!='} None" if other.value is None else ""
    return f"{{0}}.{identity_method(event.world, event.op)}({other.value})"
