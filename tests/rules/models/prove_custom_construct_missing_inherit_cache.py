"""A construct that does not say `inherit_cache` has every statement compiled again; one that does, once."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sqlalchemy import Integer, create_engine, select
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class silent(FunctionElement[int]):
    type = Integer()


class saying(FunctionElement[int]):
    type = Integer()
    inherit_cache = True


class inheriting(saying):
    pass


@compiles(silent)
@compiles(saying)
@compiles(inheriting)
def compile_one(_element: Any, _compiler: Any, **_kw: Any) -> str:
    return "1"


def second_run(construct: type[FunctionElement[int]]) -> CacheStats:
    """What the cache had to do with a statement that was run before."""
    with create_engine("sqlite://").connect() as connection:
        connection.execute(select(construct()))
        result: Any = connection.execute(select(construct()))
        stats: CacheStats = result.context.cache_hit
    return stats


@pytest.mark.parametrize("construct", [silent, inheriting])
def test_it_is_not_cached(construct: type[FunctionElement[int]]) -> None:
    with pytest.warns(SAWarning, match="will not make use of SQL compilation caching"):
        assert second_run(construct) is CacheStats.NO_CACHE_KEY


def test_it_is_cached() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert second_run(saying) is CacheStats.CACHE_HIT
