from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.annotations import mapped_inner
from sqlassay.rules.models.columns import maps_dataclass
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


@rule("ALC349", "dataclass-mixin-not-dataclass", severity=Severity.WARNING, sqlalchemy=">=2.0")
class DataclassMixinNotDataclass(Rule):
    """A class mapped as a dataclass has a mixin with mapped attributes that is none: SQLAlchemy 2.1 refuses it.

    ## Why
    Python takes the fields of a dataclass from its bases that are dataclasses. Attributes of a mixin that is none are
    no fields, for type checkers neither. SQLAlchemy 2.0 takes them in all the same, with a deprecation warning; 2.1
    raises an `InvalidRequestError` when the class is made. `class Mixin(MappedAsDataclass)` makes the mixin one.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


    class Base(MappedAsDataclass, DeclarativeBase):
        pass


    class Counted:
        count: Mapped[int] = mapped_column(default=0)


    class Item(Counted, Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True, init=False)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


    class Base(MappedAsDataclass, DeclarativeBase):
        pass


    class Counted(MappedAsDataclass):
        count: Mapped[int] = mapped_column(default=0, init=False)


    class Item(Counted, Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True, init=False)
    ```

    ## Fix safety
    There is no fix: as a dataclass the mixin's fields become arguments of `__init__`, in an order that may not fit.

    ## What it cannot see
    Mixins of libraries. Attributes without a `Mapped[...]` annotation are no fields and do no harm, and neither do
    those that the class declares itself.

    ## References
    - [When transforming a class to a dataclass, attributes originate from a superclass that is not a dataclass](https://docs.sqlalchemy.org/en/20/errors.html#error-dcmx)
    - [Using mixins and abstract superclasses](https://docs.sqlalchemy.org/en/20/orm/dataclasses.html#using-mixins-and-abstract-superclasses)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A base of the class's own header that is a mixin with mapped fields, and no dataclass."""
        if declared.model.is_base or not maps_dataclass(declared.world, declared.model.ref):
            return
        own = {each.name for each in declared.fact.attributes} | set(declared.fact.methods)
        for base in declared.fact.bases:
            binding = names.resolve_expression(declared.world, declared.path, base)
            if not isinstance(binding, names.InProject) or binding.kind != "class":
                continue
            found = next((each for each in _fields(declared, binding.ref) if each[0] not in own), None)
            if found is not None:
                name, place = found
                raises = declared.world.allows(">=2.1")
                done = (
                    "SQLAlchemy raises an `InvalidRequestError`" if raises else "2.0 warns, and 2.1 refuses the class"
                )
                yield Hit(
                    declared.at(base),
                    f"`{binding.ref.name.rsplit('.', 1)[-1]}` is no dataclass, and its `{name}` is to be a field of "
                    f"one: {done}. Make it a `MappedAsDataclass`.",
                    (Note(place, "This attribute of the mixin."),),
                    severity=Severity.ERROR if raises else None,
                )


def _fields(declared: ModelDeclared, base: Ref) -> Iterator[tuple[str, Place]]:
    """Annotated attributes of a base that is neither mapped nor a dataclass, and of what it inherits from."""
    world = declared.world
    for ref in names.mro(world, base)[0]:
        model, fact = world.model(ref), names.class_fact(world, ref)
        if fact is None or maps_dataclass(world, ref) or (model is not None and (model.mapped or model.is_base)):
            return
        for each in fact.attributes:
            if each.annotation is not None and _is_mapped(declared, ref, each.annotation):
                yield each.name, Place(ref.path, each.anchor, each.start, each.end)


def _is_mapped(declared: ModelDeclared, ref: Ref, annotation: n.Expr) -> bool:
    return mapped_inner(declared.world, ref.path, annotation) is not None
