from __future__ import annotations

import re
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.syntax import nodes as n

_FLOATS = frozenset("Float FLOAT Double DOUBLE DOUBLE_PRECISION REAL".split())
_MONEY = frozenset(
    "price prices amount balance cost costs fee fees salary wage payment refund revenue subtotal invoice debit".split()
)
_NOT_MONEY = frozenset(
    "rate ratio factor percent percentage pct score weight time seconds ms hours count estimate estimated".split()
)


@rule("ALC341", "float-for-money", severity=Severity.WARNING, presets=())
class FloatForMoney(Rule):
    """A column that by its name holds money is a float: sums come out wrong by fractions of a cent.

    ## Why
    A float has no 0.10: it keeps the nearest binary fraction. Ten payments of 0.10 add up to 0.9999999999999999, and
    `balance == 0` is false where it should hold. `Numeric(12, 2)` keeps decimals as they are, and comes back as
    `Decimal`. The rule goes by names, so it is off by default.

    ## Example
    ```python
    from sqlalchemy import Float
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[float] = mapped_column(Float)
    ```

    ## Use instead
    ```python
    from decimal import Decimal

    from sqlalchemy import Numeric
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    ```

    ## Fix safety
    There is no fix: how many digits there are to be is not in the code.

    ## What it cannot see
    What the column really holds.

    ## References
    - [Numeric](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Numeric)
    - [Python: floating-point arithmetic, issues and limitations](https://docs.python.org/3/tutorial/floatingpoint.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A float column of the class's own by such a name."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            words = set(re.findall(r"[a-z]+", column.name.lower()))
            if words & _MONEY and not words & _NOT_MONEY and _is_float(column):
                yield Hit(
                    column.call or column.place,
                    f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` is a float, which has no 0.10: sums "
                    "are off by fractions. Use `Numeric(precision, scale)`.",
                )


def _is_float(column: ColumnInfo) -> bool:
    known = column.sql_type
    if known is None or known.decorator is not None or known.name not in _FLOATS:
        return False
    # `Float(asdecimal=True)` gives Decimals, but is a float in the database all the same.
    return known.certain or isinstance(column.type, n.Name | n.Attribute)
