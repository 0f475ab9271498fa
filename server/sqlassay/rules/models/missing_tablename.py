from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Insert
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import own_columns
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.world import Ref, World

_SAYS = ("__tablename__", "__table__", "__abstract__", "__table_cls__")


@rule("ALC315", "missing-tablename", severity=Severity.ERROR, fix="unsafe")
class MissingTablename(Rule):
    """A declarative class has a primary key, and no `__tablename__`.

    ## Why
    When the class is defined, SQLAlchemy raises `InvalidRequestError: Class ... does not have a __table__ or
    __tablename__ specified and does not inherit from an existing table-mapped class`. The module cannot be imported.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    Unsafe: the name that the fix gives is a guess, and the class may be meant to be abstract.

    ## What it cannot see
    Classes with a base that is not in the project or is made by a function, which may give the name; Flask-SQLAlchemy
    and SQLModel give names by themselves.

    ## References
    - [Declarative table](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#declarative-table-with-mapped-column)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A class on a declarative base that has columns and nothing that maps or excuses it."""
        model = declared.model
        if model.mapped or model.is_base or model.flavour != "declarative" or not is_whole(declared.world, model):
            return
        if not any(each.primary_key for each in own_columns(declared)) or not model.registry:
            return
        line = (model.ref, *model.bases)
        if any(_declares(declared.world, each) for each in line) or declared.fact.keywords or declared.fact.decorators:
            return
        last = model.ref.name.rsplit(".", 1)[-1]
        first = min((each.place for each in own_columns(declared)), key=lambda place: place.start)
        yield Hit(
            model.place,
            f"Importing this raises `InvalidRequestError`: `{last}` has no `__tablename__`. Name its table, "
            "or say `__abstract__ = True`.",
            fix=Fix("Add `__tablename__`", False, (Insert(first, f'__tablename__ = "{last.lower()}"', "before"),)),
        )


def _declares(world: World, ref: Ref) -> bool:
    """Whether a class's body says what table it has, that it has none, or hooks into its making."""
    fact = names.class_fact(world, ref)
    if fact is None or fact.dynamic:
        return True
    own = {each.name for each in fact.attributes} | set(fact.methods)
    return not own.isdisjoint((*_SAYS, "__init_subclass__", "__new__"))
