from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.foreign import Target, targets
from sqlassay.semantics.events import ModelDeclared


@rule("ALC327", "unknown-fk-table", severity=Severity.ERROR, fix="unsafe")
class UnknownFkTable(Rule):
    """A foreign key names a table that the project does not have.

    ## Why
    SQLAlchemy looks the table up when it first needs it: `create_all()`, `sorted_tables` and every relationship over
    the key raise `NoReferencedTableError`. What is named is the table, not the class: `"users.id"`, not `"User.id"`,
    and with its schema where it has one.

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
        order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
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
    Unsafe: the nearest name is a guess.

    ## What it cannot see
    Tables that are reflected, made by functions, or declared by other packages on the same MetaData: where there may be
    any, nothing is said. Models of migrations and of tests are not judged.

    ## References
    - [Defining foreign keys](https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Foreign keys of a mapped class's own columns whose table is certainly nowhere."""
        for each in targets(declared):
            world, model = declared.world, declared.model
            if any(table.key == each.table for table in world.tables()):
                continue
            known = {table.key for table in world.tables() if table.metadata == model.metadata}
            classes = {
                ref.name.rsplit(".", 1)[-1]: found.table_key
                for ref in world.models()
                if (found := world.model(ref)) is not None and found.table_key in known
            }
            meant = classes.get(each.table) or next(
                iter(difflib.get_close_matches(each.table, sorted(known), n=1, cutoff=0.75)), None
            )
            # A MetaData that a library makes may hold tables of that library, and of others.
            if ":" in model.metadata or (meant is not None and model.flavour == "sqlmodel"):
                yield _hit(each, meant)


def _hit(each: Target, meant: str | None) -> Hit:
    fix = None
    if meant is not None:
        text = f'"{meant}.{each.column}"'
        fix = Fix(f"Write `{text}`", False, (Replace(each.place, text),))
    advice = f"Did you mean `{meant}`?" if meant is not None else "Declare it, or import it first."
    return Hit(
        each.place,
        f"`create_all()` and every relationship over this key raise `NoReferencedTableError`: no table is called "
        f"`{each.table}`. {advice}",
        fix=fix,
    )
