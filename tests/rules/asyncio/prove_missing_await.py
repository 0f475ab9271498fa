"""A coroutine that nobody awaits has no rows, is always true, and does nothing at the database."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from rules.prove_support import User, count_statements, make_async_engine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


async def test_its_result_has_no_rows() -> None:
    engine = await make_async_engine(users=2)
    async with AsyncSession(engine) as session:
        result: Any = session.execute(select(User.name))
        with pytest.raises(AttributeError, match="'coroutine' object has no attribute 'scalars'"):
            result.scalars()
        with pytest.raises(TypeError, match="not iterable"):
            list(result)
        with pytest.raises(TypeError, match="not subscriptable"):
            result[0]
        missing: Any = session.get(User, 99)
        assert missing
        assert await missing is None
        del result
        gc.collect()
        assert (await session.execute(select(User.name))).scalars().all() == ["user 1", "user 2"]
    await engine.dispose()


@pytest.mark.parametrize(("awaited", "commits", "kept"), [(False, 0, 0), (True, 1, 1)])
async def test_let_go_it_commits_nothing(awaited: bool, commits: int, kept: int) -> None:
    engine = await make_async_engine()
    with count_statements(engine) as counted:
        async with AsyncSession(engine) as session:
            session.add(User(name="new", email="new@example.org"))
            coroutine = session.commit()
            if awaited:
                await coroutine
            del coroutine
            gc.collect()
    assert counted.commits == commits
    async with AsyncSession(engine) as session:
        assert len((await session.scalars(select(User))).all()) == kept
    await engine.dispose()
