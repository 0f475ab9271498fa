"""A type that does not say `cache_ok` has every statement compiled again; one that does has it compiled once."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, String, Table, TypeDecorator, create_engine, select
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import SAWarning


class Silent(TypeDecorator[str]):
    impl = String


class Saying(TypeDecorator[str]):
    impl = String
    cache_ok = True


class Inheriting(Saying):
    pass


def second_run(kind: type[TypeDecorator[Any]]) -> CacheStats:
    """What the cache had to do with a statement that was run before."""
    engine = create_engine("sqlite://")
    items = Table("items", MetaData(), Column("x", kind))
    items.create(engine)
    with engine.connect() as connection:
        connection.execute(select(items).where(items.c.x == "a"))
        result: Any = connection.execute(select(items).where(items.c.x == "a"))
        stats: CacheStats = result.context.cache_hit
    return stats


@pytest.mark.parametrize("kind", [Silent, Inheriting])
def test_it_is_not_cached(kind: type[TypeDecorator[Any]]) -> None:
    with pytest.warns(SAWarning, match="will not produce a cache key"):
        assert second_run(kind) is CacheStats.NO_CACHE_KEY


def test_it_is_cached() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert second_run(Saying) is CacheStats.CACHE_HIT
