from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Loop, SessionCall
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n

_WRITES = frozenset(("add", "add_all", "merge", "delete", "bulk_save_objects", "bulk_insert_mappings"))
_WRITTEN = frozenset(("insert", "update", "delete", "text"))
"""Of what `execute` is given, the functions that make a statement which writes."""

_NOT_ROWS = re.compile(
    r"(^|_)(chunk|batch|page|partition|slice|window|shard|attempt|retry|retries|tries|queue|consumer|stream|"
    r"subscri\w*|listen\w*|watch\w*|islice)(s|es|ed|er|_|$)",
    re.IGNORECASE,
)
"""Words in what a loop runs over, or in its target, that say it does not go over single rows."""

_PLAIN = (n.ExprStmt, n.Await)
"""What may stand between a commit and its loop: anything else makes it depend on something."""


@rule("ALC209", "commit-in-loop", severity=Severity.WARNING, fix="unsafe")
class CommitInLoop(Rule):
    """Each row of a loop is committed by itself.

    ## Why
    A commit makes the database write to disk and wait for it (fsync), it expires every object of the session, and it
    begins the next transaction. A thousand rows pay for that a thousand times. And when the six hundredth fails, five
    hundred and ninety-nine are stored: to run the import again, somebody has to know which.

    One commit after the loop stores all or nothing. For very many rows commit once for each few thousand.

    ## Example
    ```python
    import csv

    from sqlalchemy import create_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Product(Base):
        __tablename__ = "products"
        sku: Mapped[str] = mapped_column(primary_key=True)
        name: Mapped[str]


    def import_products(path: str) -> None:
        with open(path, newline="") as file, Session(create_engine("sqlite:///shop.db")) as session:
            for row in csv.DictReader(file):
                session.add(Product(sku=row["sku"], name=row["name"]))
                session.commit()
    ```

    ## Use instead
    ```python
    import csv

    from sqlalchemy import create_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Product(Base):
        __tablename__ = "products"
        sku: Mapped[str] = mapped_column(primary_key=True)
        name: Mapped[str]


    def import_products(path: str) -> None:
        with open(path, newline="") as file, Session(create_engine("sqlite:///shop.db")) as session:
            for row in csv.DictReader(file):
                session.add(Product(sku=row["sku"], name=row["name"]))
            session.commit()
    ```

    ## Fix safety
    The fix moves a commit that ends the body of the loop to after it. It is unsafe: where a row fails, nothing is
    stored instead of the rows before it, and locks are held until the end.

    ## What it cannot see
    It speaks of a `for` loop that writes something for each item and commits without a condition. Left alone is what
    looks intended: a commit under an `if` (every n rows), in a `try` (each item may fail by itself), in a `while` or a
    loop over attempts, chunks, pages, queues or streams; with a session opened for each item; where the session is
    handed to other code, or something else is awaited, between two commits; on a connection that was given, whose
    transaction somebody else ends (migrations); and in tests.

    ## References
    - [When do I commit a session?](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#when-do-i-construct-a-session-when-do-i-commit-it-and-when-do-i-close-it)
    - [PostgreSQL, populating a database: disable autocommit](https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """A commit that every turn of a loop over rows comes by."""
        if call.method != "commit" or not call.loops or call.world.is_test(call.path):
            return
        loop = call.loops[-1]
        func = call.call.func
        name = dotted_name(func.value) if isinstance(func, n.Attribute) else None
        if name is None or not isinstance(loop.node, n.For) or not _over_rows(loop.node):
            return
        if name.partition(".")[0] in loop.targets:
            return
        statement = _unconditional(call, loop)
        if statement is None or _leaves_after(statement, loop.node) or not _plain_writing(loop.node, name):
            return
        if any(_has_its_own(session, call, loop) for session in v.sessions(call.session)):
            return
        target = ", ".join(each.id for each in walk(loop.node.target) if isinstance(each, n.Name)) or "item"
        last = loop.node.body[-1] is statement and len(loop.node.body) > 1
        yield Hit(
            call.at(call.call),
            f"`{name}.commit()` runs once for each `{target}`: every row waits for the disk, and a failure halfway "
            "leaves the rows before it stored. Commit once, after the loop (or once for each few thousand rows).",
            related=(Note(loop.place, "the loop"),),
            fix=Fix("Commit after the loop", False, (Transform(call.at(statement), "dedent-statement", {}),))
            if last
            else None,
            severity=None if all(each.certain for each in v.sessions(call.session)) else Severity.INFO,
        )


def _over_rows(loop: n.For) -> bool:
    """Whether nothing says that the loop goes over something else than rows."""
    match loop.iter:
        case n.Call(func=n.Name(id="range"), args=(_, _, _)):
            return False
        case _:
            return not any(_NOT_ROWS.search(word) for node in (loop.target, loop.iter) for word in _words(node))


def _words(node: n.Node) -> Iterator[str]:
    for each in walk(node):
        if isinstance(each, n.Name):
            yield each.id
        elif isinstance(each, n.Attribute):
            yield each.attr


def _unconditional(call: SessionCall, loop: Loop) -> n.Stmt | None:
    """The commit's statement, where it stands directly in the body of the loop."""
    inner: n.Node = call.call
    for each in call.enclosing(call.call):
        if each is loop.node:
            return inner if isinstance(inner, n.ExprStmt) else None
        if not isinstance(each, _PLAIN):
            return None
        inner = each
    return None


def _leaves_after(statement: n.Stmt, loop: n.For) -> bool:
    """Whether the loop is left right after the commit: it looked for one row, or tried until it went well."""
    index = loop.body.index(statement)
    return any(
        isinstance(each, n.Return) or (isinstance(each, n.Simple) and each.kind == "break")
        for each in loop.body[index + 1 :]
    )


def _plain_writing(loop: n.For, session: str) -> bool:
    """Whether each turn writes something of its own, and nobody else has a hand in it."""
    targets = {each.id for each in walk(loop.target) if isinstance(each, n.Name)}
    writes = False
    for node in _own(loop.body):
        match node:
            case n.Call(func=n.Attribute(value=owner, attr=method)) if dotted_name(owner) == session:
                writes = writes or method in _WRITES or (method == "execute" and not _WRITTEN.isdisjoint(_words(node)))
            case n.Call():
                given = (*node.args, *(each.value for each in node.keywords))
                if any(dotted_name(each) == session for each in given):
                    return False
            case n.Await(value=value):
                if not _is_of(value, session):
                    return False
            case n.Assign(targets=(n.Attribute(value=owner),)) | n.AugAssign(target=n.Attribute(value=owner)):
                writes = writes or not targets.isdisjoint(_words(owner))
            case n.Assign(targets=(n.Name(id=name),)):
                targets.add(name)
            case _:
                pass
    return writes


def _is_of(node: n.Expr, session: str) -> bool:
    match node:
        case n.Call(func=n.Attribute(value=owner)):
            return dotted_name(owner) == session or _is_of(owner, session)
        case _:
            return False


def _own(body: Iterable[n.Stmt]) -> Iterator[n.Node]:
    """The nodes of a loop's body in source order, without those of loops and functions inside it."""
    for statement in body:
        if isinstance(statement, n.For | n.While | n.FunctionDef | n.ClassDef):
            continue
        yield from walk(statement)


def _has_its_own(session: v.Session, call: SessionCall, loop: Loop) -> bool:
    """Whether each turn has a session of its own, or the session works in a transaction that somebody else ends."""
    origin = session.origin
    if origin is None or origin.anchor != call.frame.anchor:
        return False
    opening = call.frame.openings.get(origin)
    return call.at(loop.node).holds(origin) or (opening is not None and opening.borrowed)
