from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import Given, deletes_with, effective, given_in, tokens
from sqlassay.rules.relationships.joins import keys
from sqlassay.rules.relationships.sides import target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ForeignKeyInfo
from sqlassay.syntax import nodes as n


@rule("ALC422", "passive-deletes-without-ondelete", severity=Severity.WARNING, fix="unsafe")
class PassiveDeletesWithoutOndelete(Rule):
    """`passive_deletes` leaves the children to the database, whose foreign key has no `ON DELETE`.

    ## Why
    With `passive_deletes`, the ORM does not load children to delete them or to take their key away: it expects the
    database to. Without `ondelete` on the foreign key, the database refuses to delete a parent whose children are not
    loaded (`IntegrityError`), or, where it does not look (SQLite without `PRAGMA foreign_keys=ON`), leaves children
    that point to nothing. `passive_deletes="all"` beside a delete cascade raises `ArgumentError` when the mappers are
    configured.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


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
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    ```

    ## Fix safety
    Unsafe: the schema changes, and an existing database needs a migration. Offered where the key is in the same file.

    ## What it cannot see
    Triggers, and constraints that only a migration makes. Relationships whose foreign keys are not all known.

    ## References
    - [Using foreign key ON DELETE cascade with ORM relationships](https://docs.sqlalchemy.org/en/20/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own that leave their rows to the database, and such backrefs."""
        for given in given_in(declared) if declared.model.mapped else ():
            node = given.keywords.get("passive_deletes")
            if not isinstance(node, n.Constant) or not node.value or given.is_true("viewonly"):
                continue
            deletes = deletes_with(given) or "delete-orphan" in tokens(given.text("cascade") or "")
            if node.value == "all" and deletes:
                yield _both(given)
                continue
            relationship = effective(declared, given)
            if relationship is None or relationship.direction != "one-to-many" or not relationship.certain:
                continue
            model = declared.model if not given.mirrored else target_of(declared.world, given.relationship)
            over = keys(declared.world, model, relationship) if model is not None else []
            if over and not any(key.has_ondelete for _, key in over):
                column, key = over[0]
                yield Hit(
                    given.place_of("passive_deletes"),
                    f"Deleting the parent of `{given.name}` leaves its rows to the database, but "
                    f"`{column.name}` has no ON DELETE: the delete fails, or they point to nothing. Add `ondelete=` to "
                    "the foreign key.",
                    (Note(key.place, "This key has no `ondelete`."),),
                    _fix(declared, key, deletes),
                )


def _both(given: Given) -> Hit:
    return Hit(
        given.place_of("passive_deletes"),
        f'Configuring the mappers raises `ArgumentError`: `{given.name}` has `passive_deletes="all"` and a delete '
        "cascade. Write `passive_deletes=True`.",
        severity=Severity.ERROR,
    )


def _fix(declared: ModelDeclared, key: ForeignKeyInfo, deletes: bool) -> Fix | None:
    if key.place.path != declared.path or key.constraint is not None or not deletes:
        return None
    return Fix('Add `ondelete="CASCADE"`', False, (AddKeyword(key.place, "ondelete", '"CASCADE"'),))
