from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.constraints import has_no_convention, own_table
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n

_APART = frozenset({"UniqueConstraint", "CheckConstraint", "ForeignKeyConstraint", "ExcludeConstraint"})


@rule("ALC344", "unnamed-constraint", severity=Severity.HINT, presets=())
class UnnamedConstraint(Rule):
    """A constraint has no name, and the MetaData has no naming convention.

    ## Why
    The database makes a name up, and each database another. A migration that is to change or drop the constraint then
    has to look it up; Alembic's autogenerate does not see that an unnamed CHECK or UNIQUE constraint was added or
    removed, and SQLite cannot drop one at all.

    ## Example
    ```python
    from sqlalchemy import CheckConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (CheckConstraint("total >= 0"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        total: Mapped[int]
    ```

    ## Use instead
    ```python
    from sqlalchemy import CheckConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (CheckConstraint("total >= 0", name="ck_orders_total"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        total: Mapped[int]
    ```

    ## Fix safety
    No fix: the constraint of an existing database has a name already, which should be this.

    ## What it cannot see
    Constraints that columns declare themselves (`unique=True`, `ForeignKey`): a naming convention is the way to name
    those. Off by default, since it is a matter of migrations.

    ## References
    - [The importance of naming constraints](https://alembic.sqlalchemy.org/en/latest/naming.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The constraints in the `__table_args__` of the class's own table."""
        table = own_table(declared)
        if table is None or not has_no_convention(declared, table) or not declared.model.certain:
            return
        for each in table.constraints:
            if each.node is None or each.kind == "primary key" or each.name is not None or not each.certain:
                continue
            if _last(each.node.func) not in _APART:
                continue
            if each.place.path == declared.path and each.place.anchor == declared.model.place.anchor:
                yield Hit(
                    each.place,
                    f"This {each.kind} constraint of `{table.key}` has no name: each database makes up another, and "
                    "migrations cannot name it. Add `name=`, or give the MetaData a `naming_convention`.",
                )


def _last(node: n.Expr) -> str:
    return node.attr if isinstance(node, n.Attribute) else (node.id if isinstance(node, n.Name) else "")
