"""An AsyncSession has no `query`; select gives what it would have."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, make_async_engine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


async def test_there_is_no_query() -> None:
    engine = await make_async_engine(users=2)
    async with AsyncSession(engine) as opened:
        session: Any = opened
        with pytest.raises(AttributeError, match="'AsyncSession' object has no attribute 'query'"):
            session.query(User)
        names = [user.name for user in (await session.scalars(select(User).order_by(User.id))).all()]
        assert names == ["user 1", "user 2"]
        assert names == await session.run_sync(lambda sync: [user.name for user in sync.query(User).order_by(User.id)])
    await engine.dispose()
