from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import Given, deletes_with, effective, given_in, tokens
from sqlassay.rules.relationships.joins import keys
from sqlassay.rules.relationships.sides import target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo
from sqlassay.semantics.world import Ref, World

_LOADED_LATER = frozenset(("select", "raise", "raise_on_sql", "dynamic"))
"""Strategies with which a parent comes without its children, and a flush loads them to delete it. With the others they
are there already, or (noload, write_only) are never loaded."""


@rule("ALC415", "ondelete-without-passive-deletes", severity=Severity.INFO, presets=(), fix="unsafe")
class OndeleteWithoutPassiveDeletes(Rule):
    """The database deletes the children, and the ORM loads them all to delete them itself.

    ## Why
    With `ON DELETE CASCADE` on the foreign key and a delete cascade on the relationship, deleting a parent runs one
    SELECT of its children and one DELETE of each batch of them, before the database would have done it at one stroke.
    `passive_deletes=True` leaves to the database what is not loaded. The same holds for `SET NULL`.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
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
    Unsafe: events of the children's deletes are not fired, their own cascades are left to the database, and SQLite
    keeps foreign keys only with `PRAGMA foreign_keys=ON`.

    ## What it cannot see
    How many children there are. Off by default: what works is right, if slower. Nothing is said where the rows are
    loaded with the parent (`lazy="selectin"`, `"joined"` ...): there is nothing to save. Nor where the children have
    rows of their own to delete and the database would not do that.

    ## References
    - [Using foreign key ON DELETE cascade with ORM relationships](https://docs.sqlalchemy.org/en/20/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """One-to-many relationships of a mapped class's own, and those their backrefs make."""
        for given in given_in(declared) if declared.model.mapped else ():
            relationship = effective(declared, given)
            if relationship is None or relationship.direction != "one-to-many" or not relationship.certain:
                continue
            if (
                relationship.viewonly
                or relationship.uselist is False
                or not {"passive_deletes", "sa_relationship"}.isdisjoint(given.keywords)
            ):
                continue
            if "cascade" in given.keywords and given.text("cascade") is None:
                continue
            model = declared.model if not given.mirrored else target_of(declared.world, given.relationship)
            over = keys(declared.world, model, relationship) if model is not None else []
            actions = {(key.ondelete or "").upper() for _, key in over}
            deletes = deletes_with(given)
            if len(actions) != 1 or actions != ({"CASCADE"} if deletes else {"SET NULL"}):
                continue
            if relationship.lazy not in _LOADED_LATER or (deletes and not _goes_down(declared.world, relationship)):
                continue
            action = actions.pop()
            done = "deletes" if deletes else "UPDATEs"
            yield Hit(
                given.call or given.relationship.place,
                f"Deleting the parent of `{given.name}` loads all its rows and {done} them, which the database does "
                f"by itself (`ON DELETE {action}`). Add `passive_deletes=True`.",
                (Note(over[0][1].place, f"The database does {action} here."),),
                _fix(given),
            )


def _goes_down(world: World, relationship: RelationshipInfo) -> bool:
    """Whether the database, deleting a child, deletes all that the ORM would delete with it."""
    child = target_of(world, relationship)
    if child is None or len(child.tables) != 1:
        return False
    if child.polymorphic_on is not None and any(_is_joined_to(world, child, each) for each in world.models()):
        return False
    return all(_is_done(world, child, each) for each in child.relationships.values() if not each.viewonly)


def _is_joined_to(world: World, parent: ModelInfo, ref: Ref) -> bool:
    model = world.model(ref)
    return model is not None and parent.ref in model.bases and len(model.tables) > 1


def _is_done(world: World, child: ModelInfo, relationship: RelationshipInfo) -> bool:
    """Whether the database does what deleting a child does through one of its relationships."""
    if relationship.secondary:
        table = world.table(relationship.secondary_table or "", child.metadata)
        columns = table.columns.values() if table is not None else ()
        keys_ = [key for each in columns for key in each.foreign_keys if key.table in child.tables]
        return bool(keys_) and all((key.ondelete or "").upper() == "CASCADE" for key in keys_)
    if relationship.direction == "many-to-one":
        return True
    over = keys(world, child, relationship)
    enough = ("CASCADE",) if _may_delete(relationship) else ("CASCADE", "SET NULL")
    return bool(over) and all((key.ondelete or "").upper() in enough for _, key in over)


def _may_delete(relationship: RelationshipInfo) -> bool:
    """Whether deleting the parent deletes what a relationship leads to, or that cannot be read."""
    if relationship.cascade is None:
        return not {"cascade", "cascade_delete"}.isdisjoint(relationship.keywords)
    return not {"all", "delete"}.isdisjoint(tokens(relationship.cascade))


def _fix(given: Given) -> Fix | None:
    if given.call is None:
        return None
    return Fix("Add `passive_deletes=True`", False, (AddKeyword(given.call, "passive_deletes", "True"),))
