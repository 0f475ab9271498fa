from __future__ import annotations

import builtins
from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import names
from sqlassay.semantics.events import SessionCall
from sqlassay.semantics.values import Entity, Session
from sqlassay.syntax import nodes as n


@rule("ALC751", "add-in-loop", severity=Severity.HINT, presets=(), fix="either")
class AddInLoop(Rule):
    """Objects are added one by one in a loop that does nothing else.

    ## Why
    The unit of work sends what was added in batches at the next flush, whether `add()` was called a thousand times or
    `add_all()` once, so this is advice on style, not a thousand INSERTs: since 2.0 one flush batches rows with
    "insertmanyvalues" on PostgreSQL, MariaDB, SQL Server and Oracle. Where the database makes the primary keys and
    cannot give them back in bulk (SQLite, MySQL), each row is an INSERT of its own, and for many rows
    `session.execute(insert(User), rows)` is much faster: one executemany, and no objects in the session.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def create(session: Session, rows: list[dict[str, str]]) -> None:
        for row in rows:
            session.add(User(**row))
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def create(session: Session, rows: list[dict[str, str]]) -> None:
        session.add_all([User(**row) for row in rows])
    ```

    ## Fix safety
    Safe where a row is built by classes, builtins and functions of other libraries: the same objects are added, in the
    same order. Where the expression that builds a row raises in the middle, none of the rows is in the session instead
    of the first ones; the session of a failed loop is not flushed either way.

    Unsafe inside a `try` that may go on after that, where building a row calls anything else, and where the loop runs
    over what a function of the project gives: a query in there flushes the rows that `add()` has added before it, and
    would not see those that `add_all()` has yet to add.

    The names that the loop bound are not bound any more: there is no fix where one of them is used outside the loop.

    ## What it cannot see
    How many rows there are. It says nothing where building a row uses the session itself.

    ## References
    - [ORM Bulk INSERT statements](https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html#orm-bulk-insert-statements)
    - [Optimized ORM bulk insert](https://docs.sqlalchemy.org/en/20/changelog/whatsnew_20.html#change-6047)
    """

    def session_call(self, event: SessionCall) -> Iterator[Hit]:
        """`session.add(Model(...))` that is all a `for` loop does."""
        if event.method != "add" or not isinstance(event.session, Session) or len(event.args) != 1 or event.keywords:
            return
        added = event.args[0]
        if not isinstance(added, Entity) or added.load.kind != "new" or not event.loops:
            return
        loop = event.loops[-1].node
        if not isinstance(loop, n.For) or loop.is_async or loop.orelse:
            return
        row = _row(loop, event.call)
        if row is None or _uses_session(row, event.call):
            return
        name = added.model.name.rsplit(".", 1)[-1]
        fix = Fix("Use `add_all()`", _is_plain(event, loop, row), (Transform(event.at(loop), "loop-to-add-all", {}),))
        yield Hit(
            event.at(event.call),
            f"This loop only adds: `add_all([{name}(...) for ...])` says so in one line, and "
            f"`session.execute(insert({name}), rows)` sends many rows without making objects of them.",
            fix=fix if _can_move(row) and not _used_outside(event, loop) else None,
        )


def _row(loop: n.For, call: n.Call) -> n.Expr | None:
    """The expression that makes what is added, where the loop does nothing else."""
    match loop.body:
        case (n.ExprStmt(value=n.Call(args=(given,)) as value),) if value is call:
            return given
        case (
            n.Assign(targets=(n.Name(id=name),), value=n.Call() as made),
            n.ExprStmt(value=n.Call(args=(n.Name(id=given),)) as value),
        ) if value is call and given == name:
            return made
        case _:
            return None


def _uses_session(row: n.Expr, add: n.Call) -> bool:
    """Whether a row is built with the session that it is added to, or the session is made anew for each row."""
    session = names.dotted_name(add.func.value) if isinstance(add.func, n.Attribute) else None
    if session is None:
        return True
    return any(isinstance(each, n.Name | n.Attribute) and names.dotted_name(each) == session for each in walk(row))


def _is_plain(event: SessionCall, loop: n.For, row: n.Expr) -> bool:
    """Whether it is all the same if rows are built between two `add()` or all before the first."""
    if any(isinstance(each, n.Try) and each.handlers for each in event.enclosing(loop)):
        return False
    if any(_is_of_project(event, each) for each in walk(loop.iter) if isinstance(each, n.Call)):
        return False
    return all(_asks_nobody(event, each) for each in walk(row) if isinstance(each, n.Call))


def _is_of_project(event: SessionCall, call: n.Call) -> bool:
    """Whether a call is to a function of the project: what it gives may be a generator that asks in each round."""
    found = names.resolve_expression(event.world, event.path, call.func)
    return isinstance(found, names.InProject) and found.kind == "function"


def _asks_nobody(event: SessionCall, call: n.Call) -> bool:
    """Whether a call is known not to come by the session: a class, a builtin, or a function of another library."""
    found = names.resolve_expression(event.world, event.path, call.func)
    if found is None:
        return isinstance(call.func, n.Name) and call.func.id in vars(builtins)
    return isinstance(found, names.Outside) or (isinstance(found, names.InProject) and found.kind == "class")


def _can_move(row: n.Expr) -> bool:
    """Whether an expression may stand in a comprehension."""
    return not any(isinstance(each, n.Yield) for each in walk(row))


def _used_outside(event: SessionCall, loop: n.For) -> bool:
    """Whether a name that the loop binds may be read outside it: behind it, or before it in a loop around both.

    At module level other code may always do so.
    """
    function = event.frame.function
    if function is None:
        return True
    bound = _bound(loop)
    loops = (each.start for each in event.enclosing(loop) if isinstance(each, n.For | n.While))
    around = min(loops, default=loop.start)
    return any(
        isinstance(each, n.Name) and each.id in bound and (each.start > loop.end or around <= each.start < loop.start)
        for statement in function.body
        for each in walk(statement)
    )


def _bound(loop: n.For) -> set[str]:
    targets = [loop.target, *(target for each in loop.body if isinstance(each, n.Assign) for target in each.targets)]
    return {each.id for target in targets for each in walk(target) if isinstance(each, n.Name)}
