"""`Result.first()` builds an object of every row that the statement finds; `.limit(1)` has one sent."""

from __future__ import annotations

from rules.prove_support import Post, User, count_loads, count_statements, make_async_engine, make_engine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, contains_eager, joinedload

USERS = 50


def test_rows_fetched() -> None:
    engine = make_engine(users=USERS)
    latest = select(User).order_by(User.id.desc())
    with Session(engine) as session, count_loads(User) as fetched, count_statements(engine) as plain:
        before = session.scalars(latest).first()
        assert before is not None
    with Session(engine) as session, count_loads(User) as limited, count_statements(engine) as counted:
        after = session.scalars(latest.limit(1)).first()
        assert after is not None
    assert before.email == after.email
    assert (len(fetched), len(limited)) == (USERS, 1)
    assert "LIMIT" not in plain.statements[0]
    assert "LIMIT" in counted.statements[0]


def test_a_query_limits_itself() -> None:
    engine = make_engine(users=USERS)
    with Session(engine) as session, count_loads(User) as fetched:
        session.query(User).order_by(User.id.desc()).first()
    assert len(fetched) == 1


async def test_async() -> None:
    engine = await make_async_engine(users=USERS)
    async with AsyncSession(engine) as session:
        with count_loads(User) as fetched:
            before = (await session.scalars(select(User).order_by(User.id))).first()
        session.expunge_all()
        with count_loads(User) as limited:
            after = (await session.scalars(select(User).order_by(User.id).limit(1))).first()
    await engine.dispose()
    assert before is not None
    assert after is not None
    assert before.email == after.email
    assert (len(fetched), len(limited)) == (USERS, 1)


def test_limit_cuts_a_collection_that_a_join_fills() -> None:
    """Why the fix is not safe there."""
    joined = select(User).join(User.posts).options(contains_eager(User.posts)).order_by(User.id, Post.id)
    engine = make_engine(users=2, posts=3)
    with Session(engine) as session:
        whole = session.scalars(joined).unique().first()
        assert whole is not None
        assert len(whole.posts) == 3
    with Session(engine) as session:
        cut = session.scalars(joined.limit(1)).unique().first()
        assert cut is not None
        assert len(cut.posts) == 1


def test_limit_leaves_a_joined_collection_whole() -> None:
    """SQLAlchemy puts the LIMIT into a subquery, and joins to that."""
    joined = select(User).options(joinedload(User.posts)).order_by(User.id)
    with Session(make_engine(users=2, posts=3)) as session:
        user = session.scalars(joined.limit(1)).unique().first()
        assert user is not None
        assert len(user.posts) == 3
