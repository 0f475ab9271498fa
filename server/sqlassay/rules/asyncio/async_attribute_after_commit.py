from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.asyncio.on_read import ColumnReads, raises, sentence, session_of_read, spelled
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall
from sqlassay.semantics.states import GONE
from sqlassay.syntax import nodes as n

_EXPIRING = frozenset(["commit", "rollback", "expire", "expire_all", "begin"])


@rule("ALC803", "async-attribute-after-commit", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncAttributeAfterCommit(Rule):
    """An attribute is read under asyncio after a commit or rollback has expired the object: the read raises.

    ## Why
    At the end of a transaction a session expires its objects, so that the next attribute that is read, the primary
    key too, loads the row again. An attribute cannot be awaited: under asyncio that read raises `MissingGreenlet`
    (since 2.1 inside a `StatementError`), and `DetachedInstanceError` where the session is closed as well. A rollback
    does it always, and a commit unless the session was made with `expire_on_commit=False`, which is why SQLAlchemy's
    asyncio documentation makes all of its sessions so.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine)


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    async def register(name: str) -> int:
        async with AsyncSessionLocal() as session:
            user = User(name=name)
            session.add(user)
            await session.commit()
            return user.id
    ```

    ## Use instead
    ```python
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    async def register(name: str) -> int:
        async with AsyncSessionLocal() as session:
            user = User(name=name)
            session.add(user)
            await session.commit()
            return user.id
    ```

    ## Fix safety
    Unsafe. The fix adds `expire_on_commit=False` where the sessions are made: what was read before a commit is then not
    read again after it, even if somebody else has changed it meanwhile. After a rollback it would not help: there is
    no fix.

    ## What it cannot see
    Sessions whose maker is not seen: of a parameter that is only annotated nobody knows whether its commits expire.
    Commits in functions that are called. A query, a refresh, or awaited code that was given the session or an object of
    it, may load the object again: then nothing is said. Nor of two sessions of a function that look alike, and of what
    a function inside another one does with objects of the outer one, unless it is called there.

    ## References
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [Expiring on commit](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing)
    - [MissingGreenlet](https://sqlalche.me/e/20/xd2s)
    """

    def column_read(self, read: ColumnRead) -> Iterator[Hit]:
        """An attribute of an instance that is expired."""
        name = read.node.attr if isinstance(read.node, n.Attribute) else read.column.attribute
        yield from _found(read, f"`{spelled(read)}.{name}` is read", (), True)

    def column_read_in_call(self, read: ColumnReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        what = f"This call reads an attribute of `{read.entity.model.name}`"
        yield from _found(read, what, (Note(read.read, "the call reads it here"),), read.always)


def _found(read: ColumnReads, what: str, notes: tuple[Note, ...], always: bool) -> Iterator[Hit]:
    session = session_of_read(read) if read.why == "expired" else None
    if session is None:
        return
    end = _end(read, session)
    method = end.func.attr if end is not None and isinstance(end.func, n.Attribute) else ""
    by_commit = bool(session.expires) and method in ("commit", "begin")
    fix = None
    if end is not None:
        notes = (*notes, Note(read.at(end), "this expires the objects of the session"))
    if by_commit and session.made is not None:
        notes = (*notes, Note(session.made, "sessions made here expire their objects at each commit"))
        fix = Fix("Add `expire_on_commit=False`", False, (AddKeyword(session.made, "expire_on_commit", "False"),))
    remedies = ["make the session with `expire_on_commit=False`" if by_commit else "read it before"]
    if GONE not in read.entity.load.state:
        remedies.append(f"`await session.refresh({spelled(read)})` first")
    earlier = " of the round before" if end is not None and end.start > read.node.start else ""
    cause = _CAUSES.get(method, "its session") + earlier
    yield Hit(
        read.at(read.node),
        f"{what} after {cause} has expired it: {raises(read)}. {sentence(remedies)}",
        notes,
        fix,
        None if always else Severity.WARNING,
    )


_CAUSES = {"commit": "the commit", "begin": "the commit", "rollback": "the rollback"}


def _end(read: ColumnReads, session: v.Session) -> n.Call | None:
    """The last call that expired the objects of the session, where the function itself holds it."""
    for each in reversed(read.frame.uses):
        if each.session == session and each.method in _EXPIRING and isinstance(each.node, n.Call):
            return each.node
    opening = read.frame.openings.get(session.origin) if session.origin is not None else None
    return opening.call if opening is not None else None
