from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, library_name
from sqlassay.rules.models.foreign import is_known
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics.events import Event, ModelDeclared, ModuleVariable
from sqlassay.semantics.models import TableInfo
from sqlassay.syntax import nodes as n

_FIRST_COLUMN = {"UniqueConstraint": 0, "PrimaryKeyConstraint": 0, "Index": 1, "ForeignKeyConstraint": 0}
"""Where the columns of a call in `__table_args__` begin."""


@rule("ALC320", "table-args-unknown-column", severity=Severity.ERROR, fix="unsafe")
class TableArgsUnknownColumn(Rule):
    """A constraint or index of a table, in `__table_args__` or `Table(...)`, names a column that it does not have.

    ## Why
    When the class or the table is defined, SQLAlchemy raises `ConstraintColumnNotFoundError: Can't create
    UniqueConstraint on table 'orders': no column named 'nmae' is present`. The module cannot be imported. What is named
    is the column's name in the database, not the attribute.

    ## Example
    ```python
    from sqlalchemy import UniqueConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (UniqueConstraint("nmae"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
    ```

    ## Use instead
    ```python
    from sqlalchemy import UniqueConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"
        __table_args__ = (UniqueConstraint("name"),)

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
    ```

    ## Fix safety
    Unsafe: the nearest name is a guess.

    ## What it cannot see
    Tables that are not all read: nothing is said of a class with a base that is not in the project. Constraints that
    are made by functions, and those of a `Table(...)` that no variable of a module holds.

    ## References
    - [UNIQUE constraint](https://docs.sqlalchemy.org/en/20/core/constraints.html#unique-constraint)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The plain strings in the class's own `__table_args__`."""
        model, world = declared.model, declared.world
        args = next((each.value for each in declared.fact.attributes if each.name == "__table_args__"), None)
        if args is None or not model.mapped or not is_whole(world, model) or is_migration(world, declared.path):
            return
        table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
        if table is None or table.owner != model.ref or not is_known(world, table):
            return
        items = args.elts if isinstance(args, n.TupleExpr | n.ListExpr) else ()
        yield from _unknown(declared, table, items)

    def module_variable(self, variable: ModuleVariable) -> Iterator[Hit]:
        """The plain strings in a `Table(...)` that a module holds."""
        call, world = variable.node.value, variable.world
        if not isinstance(call, n.Call) or library_name(world, variable.path, call.func) != "Table":
            return
        if is_migration(world, variable.path):
            return
        place = variable.at(call)
        table = next((each for each in world.tables() if each.declared == "Table" and each.place == place), None)
        if table is not None and is_known(world, table):
            yield from _unknown(variable, table, call.args)


def _unknown(event: Event, table: TableInfo, items: tuple[n.Expr, ...]) -> Iterator[Hit]:
    """Names of no column, in the constraints and indexes among `items`."""
    known = _names(table)
    for call, name in _named(items) if known is not None else ():
        text = str(name.value)
        if known is None or text in known:
            continue
        attribute = next((column.name for column in table.columns.values() if column.attribute == text), None)
        close = difflib.get_close_matches(text, sorted(known), n=1, cutoff=0.7)
        meant = attribute or (close[0] if close else None)
        advice = f" Did you mean `{meant}`?" if meant is not None else ""
        yield Hit(
            event.at(name),
            f"Importing this raises `ConstraintColumnNotFoundError`: `{table.key}` has no column `{text}` for this "
            f"`{_last(call.func)}`.{advice}",
            fix=Fix(f'Write `"{meant}"`', False, (Replace(event.at(name), f'"{meant}"'),)) if meant else None,
        )


def _names(table: TableInfo) -> set[str] | None:
    """The names by which constraints find the columns of a table; None where a column has a key that is another."""
    if any("key" in column.keywords or not column.certain for column in table.columns.values()):
        return None
    return set(table.columns)


def _named(items: tuple[n.Expr, ...]) -> Iterator[tuple[n.Call, n.Constant]]:
    """The strings that name columns in constraints and indexes, with the call that they stand in."""
    for call in items:
        if not isinstance(call, n.Call) or any(isinstance(each, n.Starred) for each in call.args):
            continue
        kind = _last(call.func)
        if kind not in _FIRST_COLUMN or any(each.name in (None, "_column_flag") for each in call.keywords):
            continue
        found = call.args[_FIRST_COLUMN[kind] :]
        if kind == "ForeignKeyConstraint":
            first = found[0] if found else None
            found = first.elts if isinstance(first, n.ListExpr | n.TupleExpr) else ()
        for each in found:
            if isinstance(each, n.Constant) and isinstance(each.value, str):
                yield call, each


def _last(node: n.Expr) -> str:
    return node.attr if isinstance(node, n.Attribute) else (node.id if isinstance(node, n.Name) else "")
