"""Nothing of asyncio's can be inspected; what `run_sync` hands on can."""

from __future__ import annotations

import pytest
from rules.prove_support import Base, make_async_engine
from sqlalchemy import inspect
from sqlalchemy.exc import NoInspectionAvailable


async def test_inspect() -> None:
    engine = await make_async_engine()
    with pytest.raises(NoInspectionAvailable, match="AsyncEngine is currently not supported"):
        inspect(engine)
    async with engine.connect() as connection:
        with pytest.raises(NoInspectionAvailable, match="AsyncConnection is currently not supported"):
            inspect(connection)
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(tables) == set(Base.metadata.tables)
    await engine.dispose()
