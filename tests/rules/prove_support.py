"""What the proofs share: models, engines in memory, and a count of what reaches the database.

A proof runs a rule's Example and its Use instead on real SQLAlchemy and compares numbers, errors and results.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, field
from sqlalchemy import Column, Engine, ForeignKey, Table, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, sessionmaker
from sqlalchemy.pool import QueuePool, StaticPool


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    posts: Mapped[list[Post]] = relationship(back_populates="author", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list[Tag]] = relationship(secondary=post_tags)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def make_engine(base: type[DeclarativeBase] = Base, *, users: int = 0, posts: int = 0) -> Engine:
    """A SQLite database in memory with the tables of `base`; of User and of Post for each of them, as many as asked.

    All connections are one, in every thread, so that every session sees the same database.
    """
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    base.metadata.create_all(engine)
    if users:
        with Session(engine) as session:
            session.add_all(make_users(users, posts))
            session.commit()
    return engine


async def make_async_engine(*, users: int = 0, posts: int = 0) -> AsyncEngine:
    """The same through aiosqlite. Dispose of it where the test ends."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        if users:
            await connection.run_sync(lambda sync: _fill(sync, make_users(users, posts)))
    return engine


def _fill(connection: Any, users: list[User]) -> None:
    with Session(connection) as session:
        session.add_all(users)
        session.flush()


def make_users(users: int, posts: int = 0) -> list[User]:
    """Users numbered from 1, each with that many posts."""
    return [
        User(
            name=f"user {number}",
            email=f"{number}@example.org",
            posts=[Post(title=f"post {each} of {number}") for each in range(1, posts + 1)],
        )
        for number in range(1, users + 1)
    ]


class Counted(Struct):
    """What reached the database: each execution of a cursor (one executemany is one), and commits."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def selects(self) -> int:
        return sum(statement.startswith("SELECT") for statement in self.statements)

    @property
    def inserts(self) -> int:
        return sum(statement.startswith("INSERT") for statement in self.statements)


@contextmanager
def count_statements(engine: Engine | AsyncEngine) -> Iterator[Counted]:
    """Count while the block runs."""
    target = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
    counted = Counted()

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.statements.append(statement)

    def committed(_connection: Any) -> None:
        counted.commits += 1

    event.listen(target, "before_cursor_execute", executed)
    event.listen(target, "commit", committed)
    try:
        yield counted
    finally:
        event.remove(target, "before_cursor_execute", executed)
        event.remove(target, "commit", committed)


class Pooled(Struct):
    """A database file behind a pool of two connections, and the garbage collector told to wait.

    CPython would return the connection of a lost session whenever it next collects cycles: a proof cannot wait for
    that, and neither can a server.
    """

    engine: Engine
    maker: sessionmaker[Session]

    def checked_out(self) -> int:
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()


@contextmanager
def pooled(folder: Path, *, users: int = 3) -> Iterator[Pooled]:
    """A pool of two connections that gives up at once where both are taken."""
    engine = create_engine(
        f"sqlite:///{folder / 'pooled.db'}", poolclass=QueuePool, pool_size=2, max_overflow=0, pool_timeout=0.01
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(make_users(users))
        session.commit()
    gc.collect()
    gc.disable()
    try:
        yield Pooled(engine, sessionmaker(engine))
    finally:
        gc.enable()
        gc.collect()
        engine.dispose()


T = TypeVar("T", bound=type)


def held(base: T) -> T:
    """A declarative base that keeps its models alive, as a module would: a registry holds them weakly."""
    base.held = list(_below(base))
    return base


def _below(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


@contextmanager
def count_loads(model: type) -> Iterator[list[object]]:
    """Collect the objects that are built of rows while the block runs: one for each row of a new instance."""
    built: list[object] = []

    def loaded(target: object, _context: Any) -> None:
        built.append(target)

    event.listen(model, "load", loaded)
    try:
        yield built
    finally:
        event.remove(model, "load", loaded)
