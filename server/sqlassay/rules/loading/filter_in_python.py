from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loading import rounds, rows
from sqlassay.semantics.events import RowsFetched
from sqlassay.semantics.models import ModelInfo
from sqlassay.syntax import nodes as n

_AGGREGATES = {"sum": "func.sum()", "max": "func.max()", "min": "func.min()"}
_BY_KEY = {"sorted": "`.order_by()`", "max": "`.order_by()` and LIMIT 1", "min": "`.order_by()` and LIMIT 1"}
_COMPARED = frozenset(["==", "!=", "<", "<=", ">", ">="])


@rule("ALC619", "filter-in-python", severity=Severity.HINT, presets=(), fix="unsafe")
class FilterInPython(Rule):
    """Every row is fetched, and Python chooses, sorts or sums by a column.

    ## Why
    `[user for user in session.scalars(select(User)) if user.active]` sends all users over the network and builds an
    object of each, to keep some. WHERE, ORDER BY and SUM do it where the rows are, with an index where there is one.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def active_users(session: Session) -> list[User]:
        return [user for user in session.scalars(select(User)) if user.active]
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
        active: Mapped[bool]


    def active_users(session: Session) -> list[User]:
        return [user for user in session.scalars(select(User).where(User.active.is_(True)))]
    ```

    ## Fix safety
    Unsafe: the database compares by its own rules (case, trailing blanks, NULL), and it sees what was flushed. There is
    a fix for a comprehension with one simple condition whose statement stands beside it.

    ## What it cannot see
    Rows that have another use too, `for` statements, and conditions that read more than plain columns or call what
    they read. Whether the table is small enough to fetch: hence it is off unless asked for.

    ## References
    - [The WHERE clause](https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#the-where-clause)
    - [ORDER BY, GROUP BY and functions](https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#order-by-group-by-having)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """A comprehension over rows, or a function of Python's that takes them all."""
        if not event.statement.traits <= rows.WHOLE:
            return
        model = rows.instances(event)
        found = rounds.around(event) if model is not None else None
        if model is None or found is None or rows.at_most_one(event.world, event.statement):
            return
        advice = chosen(event, model, found)
        if advice:
            fix = _fix(event, model, found) if isinstance(found, n.Comprehension) else None
            yield Hit(
                event.at(found),
                f"Every row of `{rows.name(event.statement)}` that the query finds is fetched, and Python goes through "
                f"them. Let the database do it, with {advice}.",
                fix=fix,
            )


def chosen(event: RowsFetched, model: ModelInfo, node: n.Comprehension | n.For | n.Call) -> str:
    """What SQL has in the place of what Python does with all rows; empty where it has nothing."""
    match node:
        case n.Comprehension(generators=(n.Generator(target=n.Name(id=target), ifs=ifs),)):
            if ifs and all(_is_condition(model, target, each) for each in ifs):
                return "`.where()`"
            return "" if ifs else _aggregated(event, model, target, node)
        case n.Call(func=n.Name(id=name), keywords=(n.Keyword(name="key", value=n.Lambda() as key), *_)):
            return _BY_KEY.get(name, "") if _column_of(model, key) else ""
        case n.Call(func=n.Name(id="filter"), args=(n.Lambda(params=(param,)) as key, _), keywords=()):
            return "`.where()`" if _is_condition(model, param.name, key.body) else ""
        case _:
            return ""


def _aggregated(event: RowsFetched, model: ModelInfo, target: str, node: n.Comprehension) -> str:
    match event.frame.unit.parents().get(id(node)):
        case n.Call(func=n.Name(id=name), args=(only,)) if only is node:
            if name in ("any", "all") and _is_condition(model, target, node.element):
                return "`exists()`"
            column = _column(model, target, node.element)
            return f"`{_AGGREGATES[name]}`" if name in _AGGREGATES and column else ""
        case _:
            return ""


def _column_of(model: ModelInfo, key: n.Lambda) -> bool:
    return len(key.params) == 1 and bool(_column(model, key.params[0].name, key.body))


def _column(model: ModelInfo, target: str, node: n.Expr) -> str:
    """The plain column that an expression reads off the row; empty for anything else."""
    match node:
        case n.Attribute(value=n.Name(id=name), attr=attr) if name == target and attr in model.columns:
            return attr if rounds.is_plain(model.columns[attr]) else ""
        case _:
            return ""


def _is_condition(model: ModelInfo, target: str, node: n.Expr) -> bool:
    match node:
        case n.BoolOp(values=values):
            return all(_is_condition(model, target, each) for each in values)
        case n.UnaryOp(op="not", operand=operand):
            return _is_condition(model, target, operand)
        case _:
            return bool(_clause(model, target, node))


def _clause(model: ModelInfo, target: str, node: n.Expr) -> tuple[str, n.Expr | None] | None:
    """A condition as SQL: a template in which `{0}` is the class and `{1}` the other side; None for no such one."""
    match node:
        case n.Attribute():
            column = _column(model, target, node)
            kind = model.columns[column].sql_type if column else None
            return (f"{{0}}.{column}.is_(True)", None) if kind is not None and kind.name == "Boolean" else None
        case n.Compare(left=left, ops=(op,), comparators=(right,)):
            column = _column(model, target, left)
            if not column or any(isinstance(each, n.Name) and each.id == target for each in walk(right)):
                return None
            if isinstance(right, n.Constant) and right.kind == "none":
                none = {"is": "is_(None)", "==": "is_(None)", "is not": "is_not(None)", "!=": "is_not(None)"}.get(op)
                return (f"{{0}}.{column}.{none}", None) if none else None
            if op in ("in", "not in") and isinstance(right, n.TupleExpr | n.ListExpr | n.SetExpr):
                return f"{{0}}.{column}.{'in_' if op == 'in' else 'not_in'}({{1}})", right
            return (f"{{0}}.{column} {op} {{1}}", right) if op in _COMPARED else None
        case _:
            return None


_BRACKETS = {"list": "[{0} for {1} in {2}]", "set": "{{0} for {1} in {2}}"}


def _fix(event: RowsFetched, model: ModelInfo, node: n.Comprehension) -> Fix | None:
    generator, start = node.generators[0], rows.root(event)
    template = _BRACKETS.get(node.kind)
    if len(generator.ifs) != 1 or not isinstance(generator.target, n.Name) or start is None or template is None:
        return None
    clause = _clause(model, generator.target.id, generator.ifs[0])
    if clause is None or len(start.args) != 1 or generator.is_async or not event.at(node).holds(event.at(start)):
        return None
    statement: n.Expr | None = event.source
    if event.result is not None:
        run = rows.executed(event.source)
        statement = run.args[0] if run is not None else None
    if statement is None or isinstance(statement, n.Await):
        return None
    method = "filter" if event.statement.kind == "query" else "where"
    parts = (start.args[0], *((clause[1],) if clause[1] is not None else ()), statement)
    narrowed = f"{{{len(parts) - 1}}}.{method}({clause[0]})"
    return Fix(
        "Let the database choose",
        False,
        (
            Replace(
                event.at(node), template, (event.at(node.element), event.at(generator.target), event.at(generator.iter))
            ),
            Replace(event.at(statement), narrowed, tuple(map(event.at, parts))),
        ),
    )
