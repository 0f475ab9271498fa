from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import DEFAULTS, dotted, is_migration, own_columns, within
from sqlassay.rules.models.zones import gives_aware, is_aware, is_naive, with_zone
from sqlassay.semantics import names
from sqlassay.semantics.events import AttributeAssigned, Event, InstanceMade, ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ModelInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n


@rule("ALC324", "aware-value-for-naive-column", severity=Severity.WARNING, fix="unsafe")
class AwareValueForNaiveColumn(Rule):
    """A column without a time zone is given an aware time: the zone is lost, or the driver refuses it.

    ## Why
    `default=lambda: datetime.now(timezone.utc)` gives an aware time, and `DateTime` keeps none. asyncpg refuses the
    INSERT (*can't subtract offset-naive and offset-aware datetimes*). With other drivers the zone is dropped: the
    attribute is aware until the row is read again, and naive from then on, so that comparing it with
    `datetime.now(timezone.utc)` raises a `TypeError` in one place and not in the other.

    ## Example
    ```python
    from datetime import datetime, timezone

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime, default=lambda: datetime.now(timezone.utc))
    ```

    ## Use instead
    ```python
    from datetime import datetime, timezone

    from sqlalchemy import DateTime
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(timezone.utc))
    ```

    ## Fix safety
    Unsafe: the schema changes, and the migration has to say which zone the present values are in.

    ## What it cannot see
    Values that come by a local variable, columns of a `Table(...)`, and clocks of other libraries. It follows lambdas,
    `partial(datetime.now, ...)` and functions of the project whose every return is such a call. Of a class with
    `@validates` or a constructor of its own, only the defaults are judged.

    ## References
    - [DateTime.timezone](https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime.params.timezone)
    - [Python: aware and naive objects](https://docs.python.org/3/library/datetime.html#aware-and-naive-objects)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A naive column of the class's own with such a default."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            if not is_naive(declared.world, column):
                continue
            for name in (*DEFAULTS, "default_factory"):
                node = column.keywords.get(name)
                if node is not None and gives_aware(declared.world, column.owner.path, node):
                    yield Hit(
                        within(column.place, node),
                        f"`{column.owner.name.rsplit('.', 1)[-1]}.{column.attribute}` is kept without a time zone, and "
                        "this time has one: asyncpg refuses it, others drop the zone. Use `DateTime(timezone=True)`.",
                        fix=with_zone(column),
                    )
                    break

    def attribute_assigned(self, event: AttributeAssigned) -> Iterator[Hit]:
        """`item.made_at = datetime.now(timezone.utc)`"""
        column = _naive_column(event.world, event.entity.model, event.node.attr)
        around = event.enclosing(event.node) if column is not None else ()
        if around and isinstance(around[0], n.Assign | n.AnnAssign) and around[0].value is not None:
            yield from _given(event, event.entity.model, event.node.attr, around[0].value)

    def instance_made(self, made: InstanceMade) -> Iterator[Hit]:
        """`Item(made_at=datetime.now(timezone.utc))`"""
        for each in made.call.keywords:
            if each.name is not None:
                yield from _given(made, made.model, each.name, each.value)


def _naive_column(world: World, ref: Ref, attribute: str) -> ColumnInfo | None:
    """The column of a class, where it is kept without a time zone."""
    model = world.model(ref)
    column = model.columns.get(attribute) if model is not None else None
    return column if column is not None and is_naive(world, column) else None


def _given(event: Event, ref: Ref, attribute: str, value: n.Expr) -> Iterator[Hit]:
    """An attribute of an instance is given the value of an expression."""
    world = event.world
    if not is_aware(world, event.path, value):
        return
    model, column = world.model(ref), _naive_column(world, ref, attribute)
    if model is None or column is None or _intercepts(world, model):
        return
    yield Hit(
        event.at(value),
        f"`{ref.name.rsplit('.', 1)[-1]}.{attribute}` is kept without a time zone, and this time has one: asyncpg "
        "refuses it, others drop the zone. Use `DateTime(timezone=True)` for the column.",
        related=(Note(column.place, "The column is declared here."),),
    )


def _intercepts(world: World, model: ModelInfo) -> bool:
    """Whether a class may change what its attributes are given."""
    for ref in (model.ref, *model.bases):
        fact, facts = names.class_fact(world, ref), world.facts(ref.path)
        if fact is None or facts is None or not {"__init__", "__setattr__"}.isdisjoint(fact.methods):
            return True
        methods = (facts.functions.get(f"{ref.name}.{each}") for each in fact.methods)
        if any(_is_validator(each) for method in methods if method is not None for each in method.decorators):
            return True
    return False


def _is_validator(node: n.Expr) -> bool:
    func = node.func if isinstance(node, n.Call) else node
    return (dotted(func) or "").rsplit(".", 1)[-1] == "validates"
