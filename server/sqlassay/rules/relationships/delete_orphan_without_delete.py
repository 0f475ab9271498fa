from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import given_in, tokens
from sqlassay.semantics.events import ModelDeclared


@rule("ALC421", "delete-orphan-without-delete", severity=Severity.WARNING, fix="unsafe")
class DeleteOrphanWithoutDelete(Rule):
    """A cascade has `delete-orphan` and not `delete`.

    ## Why
    Children that leave the collection are deleted; those that are in it when the parent is deleted are not. The ORM
    sets their foreign keys to NULL instead, which fails where the column is NOT NULL. SQLAlchemy warns when the module
    is imported: "The 'delete-orphan' cascade option requires 'delete'."

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="save-update, merge, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="save-update, merge, delete, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe: deleting a parent then deletes its children. The fix adds `delete` before `delete-orphan`.

    ## What it cannot see
    Cascades that are not plain strings.

    ## References
    - [delete-orphan](https://docs.sqlalchemy.org/en/20/orm/cascades.html#delete-orphan)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of the class's own body."""
        for given in given_in(declared):
            words = tokens(given.text("cascade") or "")
            if "delete-orphan" not in words or not {"delete", "all", "none"}.isdisjoint(words):
                continue
            place = given.place_of("cascade")
            at = words.index("delete-orphan")
            whole = ", ".join((*words[:at], "delete", *words[at:]))
            yield Hit(
                place,
                f"`{given.name}` deletes children that leave it, but not those of a deleted parent: their foreign keys "
                'are set to NULL, and SQLAlchemy warns. Add `delete`, or write `"all, delete-orphan"`.',
                fix=Fix(f'Write `"{whole}"`', False, (Replace(place, f'"{whole}"'),)),
            )
