from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.asyncio.on_read import ColumnReads, raises, session_of_read, spelled
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall
from sqlassay.syntax import nodes as n


@rule("ALC810", "async-onupdate-expired", severity=Severity.ERROR, sqlalchemy=">=1.4")
class AsyncOnupdateExpired(Rule):
    """A column that the database sets in an UPDATE is read under asyncio after the UPDATE: the read raises.

    ## Why
    With `onupdate=func.now()` or `server_onupdate=` the database makes the new value, and SQLAlchemy learns of it by
    another SELECT, at the next read. An attribute cannot be awaited: under asyncio that read raises `MissingGreenlet`
    (since 2.1 inside a `StatementError`). `expire_on_commit=False` does not help, since it is the UPDATE that expires
    the attribute. An INSERT brings its values back by RETURNING; for an UPDATE that takes `eager_defaults=True`.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy import func
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Article(Base):
        __tablename__ = "articles"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


    async def rename(session: AsyncSession, key: int, title: str) -> datetime:
        article = await session.get_one(Article, key)
        article.title = title
        await session.commit()
        return article.updated_at
    ```

    ## Use instead
    ```python
    from datetime import datetime

    from sqlalchemy import func
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Article(Base):
        __tablename__ = "articles"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

        __mapper_args__ = {"eager_defaults": True}


    async def rename(session: AsyncSession, key: int, title: str) -> datetime:
        article = await session.get_one(Article, key)
        article.title = title
        await session.commit()
        return article.updated_at
    ```

    ## Fix safety
    There is no fix: `"eager_defaults": True` in `__mapper_args__` lets every UPDATE of the model bring the values back,
    by RETURNING or by one more SELECT; a refresh after the flush does so where they are read. That is for a person to
    decide.

    ## What it cannot see
    Values that a trigger changes without `server_onupdate`. Assignments through `setattr` with a computed name, in
    functions that are called, and those in some branch only. An assignment of the value that is there already sends no
    UPDATE. Silent for models over several tables, where the UPDATE may be of another one, and where the mapper's
    arguments cannot be read.

    ## References
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [Fetching server-generated defaults](https://docs.sqlalchemy.org/en/20/orm/persistence_techniques.html#fetching-server-generated-defaults)
    - [MissingGreenlet](https://sqlalche.me/e/20/xd2s)
    """

    def column_read(self, read: ColumnRead) -> Iterator[Hit]:
        """A column that an UPDATE has set at the database."""
        yield from _found(read, (), True)

    def column_read_in_call(self, read: ColumnReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        yield from _found(read, (Note(read.read, "the call reads it here"),), read.always)


def _found(read: ColumnReads, notes: tuple[Note, ...], always: bool) -> Iterator[Hit]:
    if read.why != "updated" or session_of_read(read) is None or not _is_left(read):
        return
    name = f"{read.entity.model.name}.{read.column.attribute}"
    lead = "This call reads it: " if isinstance(read, ColumnReadInCall) else ""
    yield Hit(
        read.at(read.node),
        f"{lead}The UPDATE sets `{name}` at the database, and does not bring it back: {raises(read)}. Add "
        f'`"eager_defaults": True` to the `__mapper_args__` of `{read.entity.model.name}`, or '
        f"`await session.refresh({spelled(read)})` after it.",
        (*notes, Note(read.column.place, "the database makes its value in each UPDATE")),
        severity=None if always else Severity.WARNING,
    )


def _is_left(read: ColumnReads) -> bool:
    """Whether the mapper certainly leaves what an UPDATE makes to be loaded later."""
    model = read.world.model(read.entity.model)
    if model is None or not model.certain or len(model.tables) != 1 or "__mapper_args__" in model.others:
        return False
    given = model.mapper_args.get("eager_defaults")
    return given is None or (isinstance(given, n.Constant) and given.value in (False, "auto"))
