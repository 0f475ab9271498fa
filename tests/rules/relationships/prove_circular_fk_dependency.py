"""Keys in a circle: a warning where tables are sorted, an error where they are dropped; `use_alter` breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, create_mock_engine
from sqlalchemy.exc import CircularDependencyError, SAWarning


def tables(**latest: Any) -> MetaData:
    metadata = MetaData()
    Table(
        "pages",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("latest_id", ForeignKey("revisions.id", **latest)),
    )
    Table(
        "revisions",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("page_id", ForeignKey("pages.id")),
    )
    return metadata


def test_they_cannot_be_sorted_or_dropped() -> None:
    metadata = tables()
    with pytest.warns(SAWarning, match="Cannot correctly sort tables"):
        _ = metadata.sorted_tables
    engine = create_mock_engine("postgresql+psycopg://", lambda *_: None)
    with pytest.raises(CircularDependencyError, match="Can't sort tables for DROP"):
        metadata.drop_all(engine, checkfirst=False)


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_with_use_alter_they_can() -> None:
    metadata = tables(use_alter=True, name="fk_latest")
    assert [each.name for each in metadata.sorted_tables] == ["pages", "revisions"]
    metadata.drop_all(create_mock_engine("postgresql+psycopg://", lambda *_: None), checkfirst=False)
