from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import own_relationships
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import Ref, World


@rule("ALC350", "mixin-relationship-without-declared-attr", severity=Severity.ERROR)
class MixinRelationshipWithoutDeclaredAttr(Rule):
    """A mixin or abstract class holds a relationship that is not made by a `@declared_attr`.

    ## Why
    A column of a mixin is copied for each class that has the mixin; a relationship cannot be. When such a class is
    defined, SQLAlchemy raises `InvalidRequestError: Mapper properties (i.e. deferred, column_property(),
    relationship(), etc.) must be declared as @declared_attr callables on declarative mixin classes`.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Owned:
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped["User"] = relationship("User")


    class Order(Owned, Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Owned:
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

        @declared_attr
        def user(cls) -> Mapped["User"]:
            return relationship("User")


    class Order(Owned, Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    No fix: what the relationship says may name columns of the mixin, which then has to be `cls.user_id`.

    ## What it cannot see
    Mixins that no mapped class of the project has, and `deferred()` or `column_property()`.

    ## References
    - [Mixing in relationships](https://docs.sqlalchemy.org/en/20/orm/declarative_mixins.html#mixing-in-relationships)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships that a class which is not mapped holds, and some mapped class inherits."""
        model, world = declared.model, declared.world
        if model.mapped or model.is_base or model.flavour == "sqlmodel":
            return
        own = {each.name for each in declared.fact.attributes}
        held = [each for each in own_relationships(declared) if each.name in own and each.call is not None]
        if not held or not _is_plain(world, model.ref):
            return
        user = next((found for found in _users(world, model.ref)), None)
        for each in held if user is not None else ():
            fact = names.class_fact(world, user.ref) if user is not None else None
            if fact is None or user is None or any(attribute.name == each.name for attribute in fact.attributes):
                continue
            name = model.ref.name.rsplit(".", 1)[-1]
            yield Hit(
                each.call or each.place,
                f"Importing `{user.ref.plain}` raises `InvalidRequestError`: `{name}.{each.name}` cannot be copied for "
                f"each class that has `{name}`. Return it from a `@declared_attr`.",
                (Note(user.place, f"This class is mapped with `{name}`."),),
            )


def _is_plain(world: World, ref: Ref) -> bool:
    """Whether nothing but Python makes the class."""
    fact = names.class_fact(world, ref)
    return fact is not None and not fact.decorators and not fact.keywords and not fact.dynamic


def _users(world: World, ref: Ref) -> Iterator[ModelInfo]:
    """The mapped classes that inherit directly from a class, and map nothing above them."""
    for each in world.models():
        model = world.model(each)
        if model is not None and model.certain and model.mapped and ref in model.bases and model.flavour != "sqlmodel":
            yield model
