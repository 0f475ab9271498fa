from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import maps_dataclass
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics import names
from sqlassay.semantics.events import InstanceMade
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import World


@rule("ALC314", "unknown-constructor-kwarg", severity=Severity.ERROR)
class UnknownConstructorKwarg(Rule):
    """A model is made with a keyword that is no attribute of it.

    ## Why
    The constructor that SQLAlchemy gives a declarative class takes the names of attributes and raises `TypeError:
    'nmae' is an invalid keyword argument for Order` for any other. Type checkers do not see it.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    order = Order(nmae="first")
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    order = Order(name="first")
    ```

    ## Fix safety
    No fix: the nearest name is in the message.

    ## What it cannot see
    Classes with a constructor of their own, mapped as dataclasses, of SQLModel, or with a base that is not in the
    project. Attributes that are put on a class from outside make a keyword known.

    ## References
    - [Constructors and object initialization](https://docs.sqlalchemy.org/en/20/orm/mapping_styles.html#default-constructor)
    """

    def instance_made(self, made: InstanceMade) -> Iterator[Hit]:
        """A call of a mapped class with SQLAlchemy's constructor."""
        model = made.world.model(made.model)
        if model is None or not model.mapped or not is_whole(made.world, model) or not _takes_attributes(made, model):
            return
        known = {*model.columns, *model.relationships, *model.others}
        last = model.ref.name.rsplit(".", 1)[-1]
        for keyword in made.call.keywords:
            if keyword.name is None or keyword.name in known or _inherited(keyword.name):
                continue
            close = difflib.get_close_matches(keyword.name, sorted({*model.columns, *model.relationships}), n=1)
            advice = f" Did you mean `{close[0]}`?" if close else ""
            yield Hit(
                made.at(keyword),
                f"This raises `TypeError`: `{last}` has no attribute `{keyword.name}`.{advice}",
                (Note(model.place, f"`{last}` is this class."),),
            )


def _inherited(name: str) -> bool:
    """What every declarative class has: `hasattr` is all that the constructor asks."""
    return name in ("metadata", "registry") or (name.startswith("__") and name.endswith("__"))


def _takes_attributes(made: InstanceMade, model: ModelInfo) -> bool:
    """Whether the class is made by SQLAlchemy's own constructor."""
    world: World = made.world
    if model.flavour == "sqlmodel" or maps_dataclass(world, model.ref):
        return False
    for ref in (model.ref, *model.bases):
        fact = names.class_fact(world, ref)
        if fact is None or not {"__init__", "__new__", "__getattr__"}.isdisjoint(fact.methods) or fact.keywords:
            return False
    return model.flavour == "declarative" and ":" in model.metadata
