from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.constraints import own_table
from sqlassay.semantics.events import ModelDeclared


@rule("ALC346", "ck-convention-needs-name", severity=Severity.ERROR)
class CkConventionNeedsName(Rule):
    """A check constraint has no name, and the naming convention makes its name of the one it is given.

    ## Why
    With `"ck": "ck_%(table_name)s_%(constraint_name)s"` a CheckConstraint without a name raises `InvalidRequestError:
    Naming convention including %(constraint_name)s token requires that constraint is explicitly named` when its DDL is
    made: in `create_all()`, and in a migration.

    ## Example
    ```python
    from sqlalchemy import CheckConstraint, MetaData
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (CheckConstraint("total >= 0"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        total: Mapped[int]
    ```

    ## Use instead
    ```python
    from sqlalchemy import CheckConstraint, MetaData
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (CheckConstraint("total >= 0", name="total"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        total: Mapped[int]
    ```

    ## Fix safety
    No fix: the name is a choice.

    ## What it cannot see
    Conventions that are not plain dictionaries, and the constraints that `Boolean` and `Enum` make with
    `create_constraint=True`.

    ## References
    - [Naming CHECK constraints](https://docs.sqlalchemy.org/en/20/core/constraints.html#naming-check-constraints)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The check constraints in the `__table_args__` of the class's own table."""
        table = own_table(declared)
        if table is None or not table.certain_naming or "%(constraint_name)s" not in (table.naming or {}).get("ck", ""):
            return
        for each in table.constraints:
            if each.kind != "check" or each.name is not None or not each.certain or each.node is None:
                continue
            if len(each.node.args) > 1 or any(keyword.name in (None, "name") for keyword in each.node.keywords):
                continue
            if each.place.path == declared.path:
                yield Hit(
                    each.place,
                    "Making the table raises `InvalidRequestError`: the naming convention needs the name of this check "
                    f"constraint of `{table.key}`. Add `name=`.",
                )
