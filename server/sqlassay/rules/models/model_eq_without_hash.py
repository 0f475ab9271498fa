from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Insert
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, maps_dataclass
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC357", "model-eq-without-hash", severity=Severity.WARNING, fix="unsafe")
class ModelEqWithoutHash(Rule):
    """A mapped class defines `__eq__` and no `__hash__`: its instances cannot be in a set or be keys of a dict.

    ## Why
    Python sets `__hash__` to None in a class that defines `__eq__` alone. `set(items)`, `{item: ...}` and relationships
    that are collected into sets then raise a `TypeError` (*unhashable type*). SQLAlchemy itself asks neither: it tells
    instances apart by identity.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)

        def __eq__(self, other):
            return isinstance(other, Item) and self.id == other.id
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)

        def __eq__(self, other):
            return isinstance(other, Item) and self.id == other.id

        def __hash__(self):
            return hash(Item)
    ```

    ## Fix safety
    Unsafe: the fix takes the hash of the identity, and two instances that are equal then have different hashes. A hash
    of values must not change while the instance is in a set, as that of a key does at the first flush.

    ## What it cannot see
    Classes that are mapped as dataclasses: they have an `__eq__` of their own, and `unsafe_hash` for this.

    ## References
    - [Python: object.__hash__](https://docs.python.org/3/reference/datamodel.html#object.__hash__)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A mapped class whose own body has the one and not the other."""
        fact = declared.fact
        if not declared.model.mapped or fact.dynamic or fact.decorators or "__eq__" not in fact.methods:
            return
        if "__hash__" in fact.methods or any(each.name == "__hash__" for each in fact.attributes):
            return
        if is_migration(declared.world, declared.path) or maps_dataclass(declared.world, declared.model.ref):
            return
        for each in declared.node.body:
            if isinstance(each, n.FunctionDef) and each.name == "__eq__":
                name = n.Name(each.name_start, each.name_start + len(each.name), each.name)
                insert = Insert(declared.at(each), "__hash__ = object.__hash__", "after")
                yield Hit(
                    declared.at(name),
                    f"`{fact.qualname.rsplit('.', 1)[-1]}` has no `__hash__` beside it: its instances cannot be in a "
                    "set or be keys of a dict. Define `__hash__` too.",
                    fix=Fix("Hash by identity", False, (insert,)),
                )
