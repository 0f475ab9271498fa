"""What is made: an index beside the key, and one index only of `unique` with `index`."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, inspect

metadata = MetaData()
Table("twice", metadata, Column("id", Integer, primary_key=True, index=True))
Table("once", metadata, Column("id", Integer, primary_key=True), Column("name", Integer, unique=True, index=True))


def test_indexes() -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    found = inspect(engine)
    assert [each["column_names"] for each in found.get_indexes("twice")] == [["id"]]
    assert found.get_pk_constraint("twice")["constrained_columns"] == ["id"]
    assert [(each["column_names"], each["unique"]) for each in found.get_indexes("once")] == [(["name"], 1)]
    assert found.get_unique_constraints("once") == []


def test_the_database_needs_only_the_longer() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER)")
        connection.exec_driver_sql("CREATE INDEX ix_a_b ON t (a, b)")
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT c FROM t WHERE a = 1").all()
    assert "USING INDEX ix_a_b (a=?)" in str(plan)
