"""A MetaData wants a connection that blocks; `run_sync` has one."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import Base
from sqlalchemy import inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool


async def test_on_asyncio_it_raises_and_in_run_sync_it_works() -> None:
    engine: Any = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    for method in (Base.metadata.create_all, Base.metadata.drop_all):
        with pytest.raises(AttributeError, match="'AsyncEngine' object has no attribute '_run_ddl_visitor'"):
            method(engine)
    with pytest.raises(NoInspectionAvailable):
        Base.metadata.reflect(engine)
    async with engine.begin() as connection:
        with pytest.raises(AttributeError, match="'AsyncConnection' object has no attribute"):
            Base.metadata.create_all(connection)
        await connection.run_sync(Base.metadata.create_all)
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(tables) == set(Base.metadata.tables)
    await engine.dispose()
