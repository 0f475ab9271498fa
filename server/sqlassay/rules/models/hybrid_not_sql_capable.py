from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.only_python import Obstacle, obstacle
from sqlassay.semantics import names
from sqlassay.semantics.events import HybridRead
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_FOR_SQL = frozenset(("expression", "comparator"))


@rule("ALC352", "hybrid-not-sql-capable", severity=Severity.WARNING)
class HybridNotSqlCapable(Rule):
    """A hybrid property that only works in Python is used in SQL: the condition is wrong, or it raises.

    ## Why
    Read off the class, a hybrid runs its method with the class in the place of `self`, so that columns stand where
    values were meant. `and`, `or`, `not`, `if`, `is` and `in` are decided by Python then, once, and not for each row:
    `Item.a is None or Item.a > 3` comes down to `items.a > 3`, and nothing says so. An f-string gives the text
    "Item.name". `len()`, loops and methods of strings raise `TypeError` or `AttributeError`.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.ext.hybrid import hybrid_property
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        stock: Mapped[int | None]

        @hybrid_property
        def available(self) -> bool:
            return self.stock is None or self.stock > 3


    statement = select(Item).where(Item.available)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ColumnElement, or_, select
    from sqlalchemy.ext.hybrid import hybrid_property
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        stock: Mapped[int | None]

        @hybrid_property
        def available(self) -> bool:
            return self.stock is None or self.stock > 3

        @available.inplace.expression
        @classmethod
        def _available(cls) -> ColumnElement[bool]:
            return or_(cls.stock.is_(None), cls.stock > 3)


    statement = select(Item).where(Item.available)
    ```

    ## Fix safety
    There is no automatic fix: the expression has to say in SQL what the method says in Python.

    ## What it cannot see
    Only what is asked of a column or relationship of `self` directly: values in locals, and methods that the hybrid
    calls, are not followed. A hybrid that asks whether it was given a class (`isinstance(self, ...)`, `type(self)`) is
    left alone, and so is one with a second method of its name, be it a setter. One that is never read off its class is
    right as it is.

    ## References
    - [Defining expression behavior distinct from attribute behavior](https://docs.sqlalchemy.org/en/20/orm/extensions/hybrid.html#defining-expression-behavior-distinct-from-attribute-behavior)
    """

    def hybrid_read(self, read: HybridRead) -> Iterator[Hit]:
        """A hybrid is read off its class: can its method make SQL?"""
        model = read.world.model(read.model)
        if model is None or not model.mapped or _has_expression(read.world, model, read.hybrid):
            return
        body = read.world.body(read.hybrid)
        found = obstacle(body.node, model) if body is not None else None
        if body is None or found is None:
            return
        place = Place(read.hybrid.path, body.anchor, found.node.start - body.base, found.node.end - body.base)
        name = f"{read.model.name.rsplit('.', 1)[-1]}.{read.node.attr}"
        yield Hit(
            read.at(read.node),
            f"`{name}` in SQL: {_says(found)} Give the hybrid an `expression`.",
            related=(Note(place, "This works for an instance only."),),
        )


def _says(found: Obstacle) -> str:
    return f"{found.what} on the class, which {found.comes}."


def _has_expression(world: World, model: ModelInfo, hybrid: Ref) -> bool:
    """Whether some method of the class or its bases says what the hybrid is in SQL, or changes it in another way."""
    name = hybrid.name.rsplit(".", 1)[-1]
    for ref in (model.ref, *model.bases):
        fact = names.class_fact(world, ref)
        # A second method of the name (`@available.expression def available`) says something that facts do not keep.
        if fact is None or fact.dynamic or fact.methods.count(name) > 1:
            return True
        methods = (names.function_fact(world, Ref(ref.path, f"{ref.name}.{each}")) for each in fact.methods)
        decorators = (each for method in methods if method is not None for each in method.decorators)
        if any(_says_sql(each, name) for each in decorators):
            return True
        if any(each.value is not None and _mentions(each.value, name) for each in fact.attributes):
            return True
    return False


def _says_sql(node: n.Expr, name: str) -> bool:
    """`@name.expression`, `@name.inplace.comparator`."""
    inner = node.func if isinstance(node, n.Call) else node
    return isinstance(inner, n.Attribute) and inner.attr in _FOR_SQL and _mentions(inner, name)


def _mentions(node: n.Expr, name: str) -> bool:
    return any(
        (isinstance(each, n.Name) and each.id == name) or (isinstance(each, n.Attribute) and each.attr == name)
        for each in walk(node)
    )
