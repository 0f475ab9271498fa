from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import SessionCall
from sqlassay.semantics.values import Entity, Session
from sqlassay.syntax import nodes as n


@rule("ALC751", "add-in-loop", severity=Severity.HINT, presets=(), fix="safe")
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
    Safe: the same objects are added, in the same order. The fix is offered for a loop that builds one object and adds
    it. Where the expression that builds a row raises in the middle, none of the rows is in the session instead of the
    first ones; the session of a failed loop is not flushed either way. The names that the loop bound are not bound any
    more: there is no fix where one of them is used after the loop.

    ## What it cannot see
    How many rows there are.

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
        if not isinstance(loop, n.For) or loop.is_async or loop.orelse or not _only_adds(loop, event.call):
            return
        name = added.model.name.rsplit(".", 1)[-1]
        fix = Fix("Use `add_all()`", True, (Transform(event.at(loop), "loop-to-add-all", {}),))
        yield Hit(
            event.at(event.call),
            f"This loop only adds: `add_all([{name}(...) for ...])` says so in one line, and "
            f"`session.execute(insert({name}), rows)` sends many rows without making objects of them.",
            fix=None if _used_after(event, loop) else fix,
        )


def _only_adds(loop: n.For, call: n.Call) -> bool:
    match loop.body:
        case (n.ExprStmt(value=value),):
            return value is call
        case (n.Assign(targets=(n.Name(id=name),), value=n.Call()), n.ExprStmt(value=n.Call(args=(given,)) as value)):
            return value is call and isinstance(given, n.Name) and given.id == name
        case _:
            return False


def _used_after(event: SessionCall, loop: n.For) -> bool:
    """Whether a name that the loop binds is read after it. At module level other code may always do so."""
    function = event.frame.function
    if function is None:
        return True
    bound = _bound(loop)
    return any(
        isinstance(each, n.Name) and each.id in bound and each.start > loop.end
        for statement in function.body
        for each in walk(statement)
    )


def _bound(loop: n.For) -> set[str]:
    targets = [loop.target, *(target for each in loop.body if isinstance(each, n.Assign) for target in each.targets)]
    return {each.id for target in targets for each in walk(target) if isinstance(each, n.Name)}
