from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name, given_to
from sqlassay.rules.relationships.back_populates_missing_attribute import candidates
from sqlassay.rules.relationships.sides import configured, is_related, stands_in_class, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo
from sqlassay.syntax.place import Place

_DECIDED = frozenset({"back_populates", "backref", "sync_backref", "sa_relationship", "sa_relationship_kwargs"})


@rule("ALC403", "back-populates-mismatch", severity=Severity.WARNING, fix="either")
class BackPopulatesMismatch(Rule):
    """Of two relationships, one names the other with `back_populates` and is not named back.

    ## Why
    `back_populates` works in one direction: an append to `Order.lines` sets `Line.order`. If `Line.order` does not
    name `Order.lines`, setting it leaves the collection as it was, until it is loaded again: code in the same
    transaction sees a line that has an order which does not list it. Where the named relationship leads to another
    class altogether, configuring the mappers raises `ArgumentError`, and this is an error.

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
        order: Mapped["Order"] = relationship()
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
    Safe where the relationship leads to another class and one that leads back names this: the code did not run before.
    Else unsafe: the two sides change together from then on.

    ## What it cannot see
    Relationships that a backref makes, and viewonly ones, which nothing has to keep in step.

    ## References
    - [relationship.back_populates](https://docs.sqlalchemy.org/en/20/orm/relationship_api.html#sqlalchemy.orm.relationship.params.back_populates)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own that name another."""
        for here in configured(declared):
            target = target_of(declared.world, here)
            given = given_to(here)
            if target is None or not here.back_populates or "back_populates" not in given.keywords:
                continue
            there = target.relationships.get(here.back_populates)
            if there is None or there.made_by_backref or there.target is None or not stands_in_class(there):
                continue
            yield from _compare(declared, here, there, target, given.place_of("back_populates"))


def _compare(
    declared: ModelDeclared, here: RelationshipInfo, there: RelationshipInfo, target: ModelInfo, place: Place
) -> Iterator[Hit]:
    other = full_name(there)
    named = [each for each in candidates(declared.world, here, target) if each.back_populates == here.name]
    if not is_related(declared.world, there.target or here.owner, here.owner):
        fix = _rename(place, named[0], safe=True) if len(named) == 1 else None
        yield Hit(
            place,
            f"Configuring the mappers raises `ArgumentError`: `{other}` leads to `{there.target_text}`, not back to "
            f"`{here.owner.plain}`. Name a relationship that does.",
            (Note(there.place, "It is named here."),),
            fix,
            severity=Severity.ERROR,
        )
        return
    if here.viewonly or there.viewonly or there.call is None:
        return
    if there.back_populates and there.back_populates != here.name:
        named_there = declared.model.relationships.get(there.back_populates)
        if named_there is None:
            return  # It names nothing: that is an error of its own, too.
        elsewhere = named_there.target
        if elsewhere is not None and not is_related(declared.world, elsewhere, there.owner):
            return  # That is an error of its own.
        yield Hit(
            place,
            f"`{other}` names `{there.back_populates}` and not `{here.name}`: setting it leaves `{full_name(here)}` as "
            "it was. Let the two name each other, or make this one viewonly.",
            (Note(there.place, f"It names `{there.back_populates}`."),),
            _rename(place, named[0], safe=False) if len(named) == 1 else None,
        )
    elif _DECIDED.isdisjoint(there.keywords):
        yield Hit(
            place,
            f"`{other}` does not name `{here.name}`: setting it leaves `{full_name(here)}` as it was. Add "
            f'`back_populates="{here.name}"` there.',
            (Note(there.place, "It names nothing."),),
            Fix(
                f'Add `back_populates="{here.name}"` to `{other}`',
                False,
                (AddKeyword(there.call, "back_populates", f'"{here.name}"'),),
            ),
        )


def _rename(place: Place, found: RelationshipInfo, *, safe: bool) -> Fix:
    return Fix(f'Write `"{found.name}"`', safe, (Replace(place, f'"{found.name}"'),))
