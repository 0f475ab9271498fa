from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, Replace, ReplaceStatement, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionEnd, Opening
from sqlassay.syntax import nodes as n


@rule("ALC201", "session-dependency-returns", severity=Severity.WARNING, fix="unsafe")
class SessionDependencyReturns(Rule):
    """A dependency opens a session and returns it: nobody closes it.

    ## Why
    FastAPI calls a dependency once for each request. One that `return`s its session is over by then: nothing runs
    after the request that could close it. Each request keeps a connection until the garbage collector comes by, and
    soon the pool is empty: "QueuePool limit ... reached, connection timed out". A `finally` around the `return` is no
    help: it closes the session before the request has used it, and the session opens again.

    A dependency that `yield`s is resumed after the response, and closes what it opened. (Since FastAPI 0.118 what
    comes after the `yield` runs after the response was sent: a `commit()` has no place there, a client has been told
    that all went well.)

    ## Example
    ```python
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    def get_db() -> Session:
        db = SessionLocal()
        return db


    @app.get("/orders")
    def orders(db: Session = Depends(get_db)) -> int:
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from collections.abc import Iterator

    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    app = FastAPI()


    def get_db() -> Iterator[Session]:
        with SessionLocal() as db:
            yield db


    @app.get("/orders")
    def orders(db: Session = Depends(get_db)) -> int:
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    The fix makes the dependency yield the session and close it. It is unsafe: whoever else calls the function gets a
    generator from then on.

    ## What it cannot see
    Only functions that the project hands to `Depends` (or `Security`) by their name are looked at. A session that the
    function also stores or passes on may be closed by somebody else, a middleware for one: nothing is said of it.

    ## References
    - [Dependencies with yield](https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/)
    - [When do I construct a session, when do I commit it, and when do I close it?](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#when-do-i-construct-a-session-when-do-i-commit-it-and-when-do-i-close-it)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """Of a dependency, each `return` with a session that it opened itself."""
        if not end.is_dependency or end.yielded or end.broken:
            return
        for value, node in end.returned:
            for opening in end.openings:
                if opening.escaped != "returned" or opening.borrowed:
                    continue
                if any(each.origin == opening.session.origin for each in v.sessions(value)):
                    yield Hit(
                        end.at(node),
                        f"`{end.node.name}` returns the session that it opens, and nobody closes it: every request "
                        "keeps a connection. `yield` it from a `with`, and it is closed after the request.",
                        fix=_fix(end, opening, node) if len(end.returned) == 1 else None,
                    )


def _fix(end: FunctionEnd, opening: Opening, node: n.Return) -> Fix | None:
    """Yield instead, from a `with` around it unless something closes the session already."""
    function = end.node
    if opening.session.is_async and not function.is_async:
        return None
    statement = next(iter(end.enclosing(opening.call)), None)
    body = function.body
    ops: list[AnyOp]
    if (opening.managed or opening.closed_in_finally) and isinstance(node.value, n.Name):
        ops = [ReplaceStatement(end.at(node), f"yield {node.value.id}")]
    elif body[-1] is node and (statement is node or (isinstance(statement, n.Assign) and statement in body)):
        args = {"async": "true"} if opening.session.is_async else {}
        ops = [Transform(end.at(statement), "yield-from-with", args)]
    else:
        return None
    if function.returns is not None:
        place = end.at(function.returns)
        name = "AsyncIterator" if function.is_async else "Iterator"
        ops += [Replace(place, f"{name}[{{0}}]", (place,)), AddImport(place, "collections.abc", name)]
    return Fix("Yield the session, and close it after the request", False, tuple(ops))
