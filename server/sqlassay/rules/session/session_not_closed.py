from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.left_open import left_open
from sqlassay.semantics.events import FunctionEnd


@rule("ALC202", "session-not-closed", severity=Severity.WARNING, fix="unsafe")
class SessionNotClosed(Rule):
    """A function opens a session and leaves it open.

    ## Why
    A session takes a connection from the pool with its first statement and keeps it until it is committed, rolled
    back or closed. One that nobody ends keeps its connection, and its transaction at the database, until Python's
    garbage collector happens to find it. A few such calls at once and the pool is empty: "QueuePool limit ... reached,
    connection timed out".

    A session that is committed or closed at the end of a function, but not where something raises on the way, does
    so only when things go wrong: that is reported as information.

    ## Example
    ```python
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))


    def total():
        db = SessionLocal()
        return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))


    def total():
        with SessionLocal() as db:
            return db.scalar(text("SELECT count(*) FROM orders"))
    ```

    ## Fix safety
    The fix puts the rest of the function into a `with`. It is unsafe: objects that the function gives away are
    detached when it ends, and what is not loaded yet can no longer be.

    ## What it cannot see
    A session that leaves the function (returned, yielded, stored, passed to a function, used by an inner one) is
    somebody else's to close, and nothing is said of it. Neither is anything said of a session on a connection that it
    was given, as migrations have it, nor of one whose only work is inside `with session.begin():`.

    ## References
    - [Closing a session](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#closing)
    - [QueuePool limit of size ... overflow ... reached](https://sqlalche.me/e/20/3o7r)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """Sessions that the function opened, worked with, and did not end on every way out."""
        yield from left_open(end, is_async=False)
