from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.transactions import failed_flush as failed
from sqlassay.semantics.events import FunctionEnd


@rule("ALC252", "broad-except-without-rollback", severity=Severity.WARNING, fix="unsafe")
class BroadExceptWithoutRollback(Rule):
    """A handler for everything swallows a failed flush without rolling back.

    ## Why
    `except Exception` around a flush or a commit catches the database's errors with all others. After a failed flush
    the session waits for `rollback()`, and every query, flush and commit until then raises `PendingRollbackError`: the
    first error is lost, and the one that is seen has nothing to do with it. In a loop every item after the first bad
    one fails.

    Roll back first, and raise again what the handler has no answer to. It is an error where the `try` does nothing but
    call the session, which the same function then uses again.

    ## Example
    ```python
    import logging

    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)


    def register(session: Session, emails: list[str]) -> None:
        for email in emails:
            session.add(User(email=email))
            try:
                session.commit()
            except Exception:
                logging.exception("not registered")
    ```

    ## Use instead
    ```python
    import logging

    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)


    def register(session: Session, emails: list[str]) -> None:
        for email in emails:
            session.add(User(email=email))
            try:
                session.commit()
            except Exception:
                session.rollback()
                logging.exception("not registered")
                raise
    ```

    ## Fix safety
    Unsafe. The fix begins the handler with a rollback: where the exception did not come from the database, that also
    undoes what was pending and not yet flushed. Whether the exception is to be raised again is for a person to decide.

    ## What it cannot see
    A flush that autoflush runs, or a function that the `try` calls. A rollback inside a function that gets the session:
    calls with the session, or with a name that says so (`self._rollback()`), are taken for one.

    ## References
    - [This Session's transaction has been rolled back due to a previous exception during flush](https://docs.sqlalchemy.org/en/20/faq/sessions.html#this-session-s-transaction-has-been-rolled-back-due-to-a-previous-exception-during-flush-or-similar)
    - [When do I construct a Session, when do I commit it, and when do I close it?](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#when-do-i-construct-a-session-when-do-i-commit-it-and-when-do-i-close-it)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """Handlers of Exception, BaseException or everything around a flush."""
        for found in failed.unfinished(end, failed.ALL_ERRORS):
            yield Hit(
                failed.head(end, found),
                failed.message(end, found),
                tuple(failed.proof(end, found)),
                failed.roll_back(end, found, safe=False),
                Severity.ERROR if found.certain and failed.only_session(found) else None,
            )
