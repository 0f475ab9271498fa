from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name, given_to
from sqlassay.rules.relationships.sides import configured, has, is_related, is_whole, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo
from sqlassay.semantics.world import World
from sqlassay.syntax.place import Place


@rule("ALC402", "back-populates-missing-attribute", severity=Severity.ERROR, fix="either")
class BackPopulatesMissingAttribute(Rule):
    """`back_populates` names an attribute that the other class does not have, or that is no relationship.

    ## Why
    When the mappers are configured, at the first query of any model or the first instance made, SQLAlchemy looks the
    name up on the other class and raises `InvalidRequestError: Mapper 'Mapper[Line(lines)]' has no property ...`.
    Every mapper fails from then on, not only these two.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(back_populates="parent")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship(back_populates="lines")
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
    Safe where one relationship of the other class leads back and names this one: the code did not run before. Unsafe
    where it only leads back.

    ## What it cannot see
    Classes with a base that is not in the project, with a decorator or `__init_subclass__` that may put attributes on
    them: nothing is said of those, nor where some code gives an attribute of that name a value. The models that a
    migration declares for itself are not judged.

    ## References
    - [relationship.back_populates](https://docs.sqlalchemy.org/en/20/orm/relationship_api.html#sqlalchemy.orm.relationship.params.back_populates)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own."""
        for relationship in configured(declared):
            name, target = relationship.back_populates, target_of(declared.world, relationship)
            if not name or target is None or target.flavour == "imperative":
                continue
            if name in target.columns and target.certain:
                what = "is a column, not a relationship"
            elif is_whole(declared.world, target) and not has(declared.world, target, name):
                what = "does not exist"
            else:
                continue
            given = given_to(relationship)
            if "back_populates" in given.keywords:
                yield _hit(declared, relationship, target, what, given.place_of("back_populates"))


def _hit(declared: ModelDeclared, relationship: RelationshipInfo, target: ModelInfo, what: str, place: Place) -> Hit:
    other = target.ref.name.rsplit(".", 1)[-1]
    leading = candidates(declared.world, relationship, target)
    back = [each for each in leading if not each.back_populates]
    naming = [each for each in leading if each.back_populates == relationship.name]
    found = naming[0] if len(naming) == 1 else (back[0] if len(back) == 1 and not naming else None)
    if found is not None:
        advice = f'Write `back_populates="{found.name}"`.'
        fix = Fix(f'Write `"{found.name}"`', found in naming, (Replace(place, f'"{found.name}"'),))
    else:
        advice = f"Add it to `{other}`, or remove `back_populates`."
        fix = None
    name = f"{other}.{relationship.back_populates}"
    return Hit(
        place,
        f"Configuring the mappers raises `InvalidRequestError`: `{name}` {what}. {advice}",
        (Note(target.place, f"`{full_name(relationship)}` leads to this class."),),
        fix,
    )


def candidates(world: World, relationship: RelationshipInfo, target: ModelInfo) -> list[RelationshipInfo]:
    """The relationships of the other class that lead back to the class of this one."""
    return [
        each
        for each in target.relationships.values()
        if not each.made_by_backref
        and each.target is not None
        and is_related(world, each.target, relationship.owner)
        and (each.owner, each.name) != (relationship.owner, relationship.name)
    ]
