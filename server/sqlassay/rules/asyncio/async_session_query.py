from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.asyncio.callbacks import is_run_sync
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import QueryStarted


@rule("ALC813", "async-session-query", severity=Severity.ERROR, sqlalchemy=">=1.4")
class AsyncSessionQuery(Rule):
    """`query()` on an AsyncSession, which has none.

    ## Why
    A Query runs when it is iterated, or its attributes are read, and nothing of that can be awaited. So AsyncSession
    does without: `session.query(User)` raises `AttributeError: 'AsyncSession' object has no attribute 'query'`.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)


    async def users(session: AsyncSession):
        return session.query(User).all()
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)


    async def users(session: AsyncSession):
        return (await session.scalars(select(User))).all()
    ```

    ## Fix safety
    There is no fix: which of `execute`, `scalars`, `get` or `stream` is wanted depends on what is done with the rows.

    ## What it cannot see
    It speaks only of sessions that certainly are asyncio's. A function that `run_sync` calls gets a blocking session,
    whatever its parameter is annotated with, and nothing is said of it.

    ## References
    - [AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.AsyncSession)
    - [Migrating ORM queries to 2.0](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-20-query-usage)
    """

    def query_started(self, started: QueryStarted) -> Iterator[Hit]:
        """`session.query(...)`."""
        session = started.session
        if isinstance(session, v.Session) and session.is_async and session.certain and not is_run_sync(started):
            yield Hit(
                started.at(started.call),
                "An AsyncSession has no `query()`: AttributeError. Write `select(...)` and await "
                "`session.scalars(...)` or `session.execute(...)`.",
            )
