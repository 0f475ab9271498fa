"""Deleting a parent whose children's key is NOT NULL fails, even where the database would delete them itself."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, ForeignKey, create_engine, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool


def models(**arguments: object) -> tuple[type[DeclarativeBase], type, type]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", **arguments)  # type: ignore[var-annotated, arg-type]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))

    return Base, Order, Line


def keyed(base: type[DeclarativeBase]) -> Engine:
    """SQLite keeps foreign keys only where it is told to."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA foreign_keys=ON"))
    base.metadata.create_all(engine)
    return engine


def delete_parent(base: type[DeclarativeBase], order: type, line: type) -> int | None:
    with Session(keyed(base)) as session:
        session.add(order(id=1, lines=[line()]))
        session.commit()
        session.delete(session.get_one(order, 1))
        session.commit()
        return session.scalar(select(func.count()).select_from(line))


def test_it_fails_though_the_database_would_cascade() -> None:
    with pytest.raises(IntegrityError, match="NOT NULL"):
        delete_parent(*models())


@pytest.mark.parametrize("arguments", [{"cascade": "all, delete-orphan"}, {"passive_deletes": True}], ids=str)
def test_it_does_not_where_the_model_says_what_becomes_of_them(arguments: dict[str, object]) -> None:
    assert delete_parent(*models(**arguments)) == 0


def test_a_key_of_the_primary_key_is_refused_before() -> None:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line")  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)

    with pytest.raises(AssertionError, match="blank-out primary key"):
        delete_parent(Base, Order, Line)
