"""After a commit an attribute wants to be read again, and an attribute cannot be awaited: MissingGreenlet."""

from __future__ import annotations

import gc

import pytest
from rules.prove_support import User, count_statements, make_async_engine
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker


async def new_user(session: AsyncSession) -> str | None:
    user = User(name="new", email="new@example.org")
    session.add(user)
    await session.commit()
    return user.name


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_by_default_the_attribute_raises() -> None:
    engine = await make_async_engine()
    async with async_sessionmaker(engine)() as session:
        with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn has not been called"):
            await new_user(session)
    await engine.dispose()
    # The driver's call that nobody could await warns when it is collected: here, not in some other test.
    gc.collect()


async def test_kept_it_is_there_without_a_select() -> None:
    engine = await make_async_engine()
    async with async_sessionmaker(engine, expire_on_commit=False)() as session:
        with count_statements(engine) as counted:
            assert await new_user(session) == "new"
    assert counted.selects == 0
    await engine.dispose()
