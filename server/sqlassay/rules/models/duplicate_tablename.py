from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts import inner
from sqlassay.facts.collect import walk
from sqlassay.facts.model import FunctionFact
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n


@rule("ALC316", "duplicate-tablename", severity=Severity.ERROR)
class DuplicateTablename(Rule):
    """Two classes declare the same table on one MetaData.

    ## Why
    When the second class is defined, SQLAlchemy raises `InvalidRequestError: Table 'orders' is already defined for this
    MetaData instance`. The module cannot be imported with the other.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class OldOrder(Base):
        __tablename__ = "orders"

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


    class OldOrder(Base):
        __tablename__ = "old_orders"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    No fix: which of the two is to be renamed is not known.

    ## What it cannot see
    Two modules that are never imported together: classes in tests and migrations are compared only with those of their
    own file. `extend_existing` and `keep_existing` say that it is meant.

    ## References
    - [MetaData and Table](https://docs.sqlalchemy.org/en/20/core/metadata.html#sqlalchemy.schema.Table.params.extend_existing)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A class whose table a class before it declares too."""
        model, world = declared.model, declared.world
        if not _declares(world, model) or not model.certain or is_migration(world, declared.path):
            return
        for ref in world.models():
            other = world.model(ref)
            if other is None or other.table_key != model.table_key or other.metadata != model.metadata:
                continue
            if ref == model.ref or not _declares(world, other) or not other.certain:
                continue
            if not _is_before(world, other, model):
                continue
            if ref.path != model.ref.path and (_apart(declared, ref.path) or _apart(declared, model.ref.path)):
                continue
            if ref in model.bases or model.ref in other.bases or ref.name == model.ref.name:
                continue
            name = other.ref.name.rsplit(".", 1)[-1]
            yield Hit(
                model.place,
                f"Importing this raises `InvalidRequestError`: `{name}` declares `{model.table_key}` already.",
                (Note(other.place, f"`{name}` declares it here."),),
            )
            return


def _declares(world: World, model: ModelInfo) -> bool:
    """Whether the class's own body names a table, and says nothing of one that exists."""
    fact = names.class_fact(world, model.ref)
    if inner.around(model.ref.name):
        return False  # How often the function that declares it runs, if ever, nobody knows.
    if fact is None or not model.mapped or model.table_key is None or not model.metadata:
        return False
    if not model.place.anchor.startswith("class "):
        return False  # Behind an `if`, it may be declared instead of the other.
    own = {each.name: each.value for each in fact.attributes}
    name = own.get("__tablename__")
    # `__tablename__ = None`: the table of the class above is meant.
    if name is None or (isinstance(name, n.Constant) and name.kind == "none") or "__table__" in own:
        return False
    found = names.find_attribute(world, model.ref, "__table_args__")
    if found is not None and isinstance(found[1], FunctionFact):
        return False  # What a method gives, a schema say, is not always seen.
    args = model.table_args
    texts = (each.value for each in (walk(args) if args is not None else ()) if isinstance(each, n.Constant))
    return not {"extend_existing", "keep_existing"}.intersection(str(each) for each in texts)


def _is_before(world: World, one: ModelInfo, other: ModelInfo) -> bool:
    """Whether a class stands before another, in one file or by the files' names."""
    facts = world.facts(one.ref.path)
    if one.ref.path != other.ref.path or facts is None:
        return one.ref.path < other.ref.path
    order = list(facts.classes)
    return order.index(one.ref.name) < order.index(other.ref.name)


def _apart(declared: ModelDeclared, path: str) -> bool:
    return declared.world.is_test(path) or is_migration(declared.world, path)
