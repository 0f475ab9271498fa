from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, RemoveKeyword, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import Given, effective, given_in, tokens
from sqlassay.rules.relationships.joins import is_unique, keys
from sqlassay.rules.relationships.sides import target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo


@rule("ALC414", "cascade-delete-on-many-side", severity=Severity.WARNING, fix="unsafe")
class CascadeDeleteOnManySide(Rule):
    """A many-to-one or many-to-many relationship deletes with its own row what other rows share.

    ## Why
    `delete` (and `all`) on the side of the children deletes the parent when one child is deleted, while its other
    children still point to it: the database refuses that, sets their keys to NULL, or deletes them too. On a
    many-to-many, deleting one post deletes the tags that other posts have.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(back_populates="order")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship(back_populates="lines", cascade="all")
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
        lines: Mapped[list["Line"]] = relationship(back_populates="order")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship(back_populates="lines")
    ```

    ## Fix safety
    Unsafe: deleting a row no longer deletes what it points to. The fix takes `delete` out; what `all` stands for
    besides (`refresh-expire`, `expunge`) is listed instead.

    ## What it cannot see
    Keys that only the program keeps unique. Where the foreign key is unique, or `single_parent=True` is given, the
    parent has one child and nothing is said.

    ## References
    - [delete](https://docs.sqlalchemy.org/en/20/orm/cascades.html#delete)
    - [Using delete cascade with many-to-many relationships](https://docs.sqlalchemy.org/en/20/orm/cascades.html#using-delete-cascade-with-many-to-many-relationships)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own, and those their backrefs make."""
        for given in given_in(declared) if declared.model.mapped else ():
            relationship = effective(declared, given)
            words = tokens(given.text("cascade") or "")
            if relationship is None or relationship.viewonly or "none" in words or "single_parent" in given.keywords:
                continue
            if {"all", "delete"}.isdisjoint(words) or "delete-orphan" in words or not relationship.certain:
                continue
            target = target_of(declared.world, relationship)
            if target is not None and _is_shared(declared, relationship):
                name = target.ref.name.rsplit(".", 1)[-1]
                own = given.name.split(".", 1)[0]
                yield Hit(
                    given.place_of("cascade"),
                    f"Deleting one `{own}` deletes the `{name}` it shares with others: `{given.name}` is "
                    f"{relationship.direction}. Take `delete` out of its cascade.",
                    (Note(target.place, f"`{name}` is shared."),),
                    _fix(given, words),
                )


def _is_shared(declared: ModelDeclared, relationship: RelationshipInfo) -> bool:
    """Whether several rows may lead to the same one."""
    if relationship.direction == "many-to-many":
        return True
    if relationship.direction != "many-to-one":
        return False
    model = declared.model if not relationship.made_by_backref else declared.world.model(relationship.owner)
    over = keys(declared.world, model, relationship) if model is not None else []
    if model is None or not over:
        return False
    table = over[0][0].table or model.table_key or ""
    return is_unique(declared.world, model, frozenset(column.name for column, _ in over), table) is False


def _fix(given: Given, words: list[str]) -> Fix | None:
    if "all" in words:
        words = ["save-update", "merge", "refresh-expire", "expunge"]
    left = ", ".join(each for each in words if each != "delete")
    if left == "save-update, merge, refresh-expire, expunge" or not left:
        if given.call is None:
            return None
        return Fix("Remove `cascade`", False, (RemoveKeyword(given.call, "cascade"),))
    return Fix(f'Write `"{left}"`', False, (Replace(given.place_of("cascade"), f'"{left}"'),))
