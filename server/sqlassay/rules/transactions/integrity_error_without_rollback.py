from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.transactions import failed_flush as failed
from sqlassay.semantics.events import FunctionEnd


@rule("ALC251", "integrity-error-without-rollback", severity=Severity.ERROR, fix="either")
class IntegrityErrorWithoutRollback(Rule):
    """A handler for a failed flush goes on without rolling back.

    ## Why
    When a flush fails (`commit()` flushes too), the database has undone the transaction, and the session waits to be
    told that the program knows: until `rollback()` every query, flush and commit raises `PendingRollbackError`. A
    handler that only passes, logs or returns moves the error to the next innocent line that uses the session.

    It is an error where that line is in the same function, a warning where the session is a parameter, an attribute
    or a global that somebody else will use.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)


    def register(session: Session, email: str) -> User:
        session.add(User(email=email))
        try:
            session.commit()
        except IntegrityError:
            pass
        return session.scalars(select(User).where(User.email == email)).one()
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)


    def register(session: Session, email: str) -> User:
        session.add(User(email=email))
        try:
            session.commit()
        except IntegrityError:
            session.rollback()
        return session.scalars(select(User).where(User.email == email)).one()
    ```

    Where the rest of the transaction is to be kept, put what may fail into a savepoint: `with session.begin_nested():`
    around the flush, inside the `try`. Not every IntegrityError says "already exists": a foreign key, NOT NULL and
    CHECK raise it too.

    ## Fix safety
    The fix begins the handler with a rollback. It is safe where the `try` only adds, deletes, flushes and commits: what
    a rollback undoes is undone already when a flush has failed. It is unsafe where a statement in the `try` may raise
    before anything was flushed.

    ## What it cannot see
    A flush that autoflush runs, or a function that the `try` calls. A rollback inside a function that gets the session:
    calls with the session, or with a name that says so (`self._rollback()`), are taken for one.

    ## References
    - [This Session's transaction has been rolled back due to a previous exception during flush](https://docs.sqlalchemy.org/en/20/faq/sessions.html#this-session-s-transaction-has-been-rolled-back-due-to-a-previous-exception-during-flush-or-similar)
    - [Error 7s2a](https://sqlalche.me/e/20/7s2a)
    - [Using SAVEPOINT](https://docs.sqlalchemy.org/en/20/orm/session_transaction.html#using-savepoint)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """Handlers of SQLAlchemy's errors around a flush."""
        for found in failed.unfinished(end, failed.DATABASE_ERRORS, failed.ALL_ERRORS):
            safe = failed.only_flushes(end, found)
            yield Hit(
                failed.head(end, found),
                failed.message(end, found),
                tuple(failed.proof(end, found)),
                failed.roll_back(end, found, safe=safe),
                None if found.certain and safe else Severity.WARNING,
            )
