from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.foreign import is_known, targets
from sqlassay.semantics.events import ModelDeclared


@rule("ALC312", "unknown-fk-column", severity=Severity.ERROR, fix="unsafe")
class UnknownFkColumn(Rule):
    """A foreign key names a column that its table does not have.

    ## Why
    `create_all()`, and every relationship over the key, raise `NoReferencedColumnError`. What is named is the column's
    name in the database, not the attribute.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.order_id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe: the nearest column, or the primary key where it is one, is a guess.

    ## What it cannot see
    Tables that are not all read (reflected, with a base that is not in the project): nothing is said of those. Models
    of migrations are not judged.

    ## References
    - [Defining foreign keys](https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Foreign keys of a mapped class's own columns whose table is there, and not the column."""
        for each in targets(declared):
            table = declared.world.table(each.table, declared.model.metadata)
            if table is None or not is_known(declared.world, table) or each.column in table.columns:
                continue
            close = difflib.get_close_matches(each.column, list(table.columns), n=1, cutoff=0.75)
            attribute = next((name for name, found in table.columns.items() if found.attribute == each.column), None)
            key = table.primary_key[0] if len(table.primary_key) == 1 else None
            meant = attribute or (close[0] if close else key)
            text = f'"{table.key}.{meant}"'
            yield Hit(
                each.place,
                f"`create_all()` and every relationship over this key raise `NoReferencedColumnError`: `{table.key}` "
                f"has no column `{each.column}`." + (f" Did you mean `{meant}`?" if meant is not None else ""),
                (Note(table.place, f"`{table.key}` is this table."),),
                Fix(f"Write `{text}`", False, (Replace(each.place, text),)) if meant is not None else None,
            )
