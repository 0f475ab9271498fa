from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loading import filter_in_python, rounds, rows
from sqlassay.semantics import values as v
from sqlassay.semantics.events import RowsFetched
from sqlassay.syntax import nodes as n

_FEW = 2
"""Columns read that are few; at least as many more must have been fetched for nothing."""
_LIMITED = frozenset(["limit", "offset", v.LIMIT_ONE])
_OF_TUPLES = frozenset(["count", "index"])
"""What a row has of its own: a column of that name cannot be read as an attribute."""


@rule("ALC620", "full-entity-for-one-column", severity=Severity.HINT, presets=(), fix="either")
class FullEntityForOneColumn(Rule):
    """Whole objects are loaded, and one or two of their columns are read.

    ## Why
    `[user.email for user in session.scalars(select(User))]` fetches every column of every row, builds an object of
    each, keeps track of it in the session, and loads what the class loads eagerly. Selecting the column fetches it
    alone.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        email: Mapped[str]
        active: Mapped[bool]


    def addresses(session: Session) -> list[str]:
        return [user.email for user in session.scalars(select(User).order_by(User.email))]
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        email: Mapped[str]
        active: Mapped[bool]


    def addresses(session: Session) -> list[str]:
        return list(session.scalars(select(User.email).order_by(User.email)))
    ```

    ## Fix safety
    Safe for a comprehension over a statement that stands in it and has an ORDER BY, or that makes a set: the values are
    the same. Unsafe without an order, since the database may read the column from an index and give another one, and
    where the function changes such objects or writes before: an object in the session gives what it was set to, a
    column what the database holds. No fix for loops, named rows, and statements with more than criteria,
    order and limit.

    ## What it cannot see
    Rows that have another use too, or go to another function. Whether the columns left out are large: hence it is off
    unless asked for. It says nothing of classes with hardly more columns than are read.

    ## References
    - [Selecting individual attributes](https://docs.sqlalchemy.org/en/20/orm/queryguide/select.html#selecting-individual-attributes)
    - [Limiting which columns load](https://docs.sqlalchemy.org/en/20/orm/queryguide/columns.html#limiting-which-columns-load-with-column-deferral)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """A loop over rows that reads columns off them and nothing else."""
        model = rows.instances(event)
        found = rounds.around(event) if model is not None and "options" not in event.statement.traits else None
        if model is None or not isinstance(found, n.Comprehension | n.For):
            return
        reads = rounds.reads_of_target(event, found)
        read = rounds.columns_read(event, model, reads) if reads else []
        if not read or len(read) > _FEW or len(model.columns) < len(read) + _FEW:
            return
        if event.statement.traits <= rows.WHOLE and filter_in_python.chosen(event, model, found):
            return
        name = rows.name(event.statement)
        listed = " and ".join(f"`{each}`" for each in read)
        selected = ", ".join(f"{name}.{each}" for each in read)
        yield Hit(
            event.at(found if isinstance(found, n.Comprehension) else event.node),
            f"Whole `{name}` objects are loaded, and {listed} is all that is read of them. Select "
            f"{'the column' if len(read) == 1 else 'the columns'}: `{selected}`.",
            fix=_fix(event, found, read) if isinstance(found, n.Comprehension) else None,
        )


def _fix(event: RowsFetched, node: n.Comprehension, read: list[str]) -> Fix | None:
    start, generator = rows.root(event), node.generators[0]
    if start is None or len(start.args) != 1 or start.keywords or not event.at(generator.iter).holds(event.at(start)):
        return None
    if generator.is_async or not event.statement.traits <= rows.WHOLE | _LIMITED or not _OF_TUPLES.isdisjoint(read):
        return None
    columns = ", ".join(f"{{1}}.{each}" for each in read)
    selected = Replace(event.at(start), f"{{0}}({columns})", (event.at(start.func), event.at(start.args[0])))
    ops: tuple[AnyOp, ...] = (selected,)
    if event.result is not None:
        run = rows.executed(event.source)
        if run is None or not isinstance(run.func, n.Attribute) or run.func.attr != "scalars":
            return None
        if _is_the_column(node):
            name = "list" if node.kind == "list" else "set"
            ops = (selected, Replace(event.at(node), f"{name}({{0}})", (event.at(event.source),)))
        else:
            ops = (selected, Replace(event.at(run.func), "{0}.execute", (event.at(run.func.value),)))
    return Fix("Select the column" if len(read) == 1 else "Select the columns", _is_safe(event, node), ops)


def _is_the_column(node: n.Comprehension) -> bool:
    generator = node.generators[0]
    plain = isinstance(node.element, n.Attribute) and isinstance(node.element.value, n.Name)
    return node.kind in ("list", "set") and plain and not generator.ifs


def _is_safe(event: RowsFetched, node: n.Comprehension) -> bool:
    """Whether the values come in the same order, and nothing was changed that an object shows before the database."""
    if "order_by" not in event.statement.traits and (node.kind != "set" or event.statement.traits & _LIMITED):
        return False
    only = rows.only_model(event.statement)
    changed = any(only is not None and ref == only.ref for ref, _ in event.frame.said)
    return not changed and not any(each.writes for each in event.frame.uses)
