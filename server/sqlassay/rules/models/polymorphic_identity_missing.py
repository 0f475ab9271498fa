from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts import inner
from sqlassay.facts.model import FunctionFact
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n


@rule("ALC351", "polymorphic-identity-missing", severity=Severity.WARNING)
class PolymorphicIdentityMissing(Rule):
    """A class of a polymorphic hierarchy has no `polymorphic_identity`, or one that another class has.

    ## Why
    The column that `polymorphic_on` names says of each row which class it is. Without an identity the column is NULL in
    the rows of the class, which are then loaded as its parent, or not found by a query of the class; SQLAlchemy warns
    "Mapper ... does not indicate a 'polymorphic_identity', yet is part of an inheritance hierarchy". Two classes of one
    identity warn "Reassigning polymorphic association", and all rows are loaded as the second.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Event(Base):
        __tablename__ = "events"

        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]

        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "event"}


    class Meeting(Event):
        room: Mapped[str | None]
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Event(Base):
        __tablename__ = "events"

        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]

        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "event"}


    class Meeting(Event):
        room: Mapped[str | None]

        __mapper_args__ = {"polymorphic_identity": "meeting"}
    ```

    ## Fix safety
    No fix: what stands in the database for this class is not known.

    ## What it cannot see
    Identities that are not plain values, and `__mapper_args__` that a method or a base not in the project gives.

    ## References
    - [Mapping class inheritance hierarchies](https://docs.sqlalchemy.org/en/20/orm/inheritance.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A mapped class below one with `polymorphic_on`."""
        model, world = declared.model, declared.world
        if not model.mapped or model.inherits is None or is_migration(world, declared.path):
            return
        above = world.model(model.inherits)
        if above is None or not above.polymorphic_on or model.inheritance == "concrete":
            return
        own = _own_args(declared)
        if own is None or not is_whole(world, model):
            return
        last = model.ref.name.rsplit(".", 1)[-1]
        if "polymorphic_identity" not in own:
            if not {"polymorphic_abstract", "concrete"}.isdisjoint(own):
                return
            yield Hit(
                model.place,
                f"`{last}` has no `polymorphic_identity`: its rows cannot be told from those of "
                f"`{above.ref.name.rsplit('.', 1)[-1]}`, and SQLAlchemy warns. Give it one in `__mapper_args__`.",
                (Note(above.place, "The hierarchy is told apart here."),),
            )
            return
        other = _same(world, model)
        if other is not None:
            yield Hit(
                model.place,
                f"`{last}` has the `polymorphic_identity` of `{other.ref.name.rsplit('.', 1)[-1]}`: all rows of either "
                "are loaded as one of the two, and SQLAlchemy warns. Give it one of its own.",
                (Note(other.place, "It has the same."),),
            )


def _own_args(declared: ModelDeclared) -> dict[str, n.Expr] | None:
    """The class's own `__mapper_args__`, those in its header (2.1) too; None where they cannot be read."""
    found = {each.name: each.value for each in declared.fact.keywords if each.name is not None}
    if len(found) != len(declared.fact.keywords) or "__mapper_args__" in declared.fact.methods:
        return None
    own = next((each.value for each in declared.fact.attributes if each.name == "__mapper_args__"), None)
    if own is None:
        inherited = names.find_attribute(declared.world, declared.model.ref, "__mapper_args__")
        if inherited is None:
            return found
        if isinstance(inherited[1], FunctionFact):
            return None  # A declared_attr is asked for each class again.
        above = declared.world.model(inherited[0])
        # A mapped parent's are its own; a mixin's are this class's too.
        return found if above is not None and above.mapped else None
    if not isinstance(own, n.DictExpr):
        return None
    for key, value in zip(own.keys, own.values, strict=True):
        if not isinstance(key, n.Constant) or not isinstance(key.value, str):
            return None
        found[key.value] = value
    return found


def _same(world: World, model: ModelInfo) -> ModelInfo | None:
    """A class before this one, of the same hierarchy, with the same plain identity."""
    if model.polymorphic_identity is None:
        return None
    roots = {each for each in model.bases if (found := world.model(each)) is not None and found.mapped}
    for ref in world.models():
        other = world.model(ref)
        if other is None or ref == model.ref or other.polymorphic_identity != model.polymorphic_identity:
            continue
        before = (ref.path, ref.name) < (model.ref.path, model.ref.name)
        apart = world.is_test(ref.path) and ref.path != model.ref.path
        apart = apart or inner.apart(ref.name, model.ref.name)
        if not apart and (ref in roots or (before and not roots.isdisjoint(other.bases))):
            return other
    return None
