"""Children left to a database that does nothing with them: the delete fails, or leaves them pointing to nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import ForeignKey, create_engine, event, func, select
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool


def models(ondelete: str | None, passive: object = True) -> tuple[type[DeclarativeBase], type, type]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship(  # type: ignore[var-annotated]
            "Line",
            cascade="all, delete-orphan",
            passive_deletes=passive,  # type: ignore[arg-type]
        )

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete=ondelete))

    return Base, Order, Line


def left(ondelete: str | None, *, kept: bool) -> int | None:
    """How many lines are left when their order was deleted; `kept`: whether the database keeps foreign keys."""
    base, order, line = models(ondelete)
    engine = create_engine("sqlite://", poolclass=StaticPool)
    if kept:
        event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA foreign_keys=ON"))
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(order(id=1, lines=[line(), line()]))
        session.commit()
        session.expunge_all()
        session.delete(session.get_one(order, 1))
        session.commit()
        return session.scalar(select(func.count()).select_from(line))


def test_the_delete_fails() -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        left(None, kept=True)


def test_or_leaves_what_points_to_nothing() -> None:
    assert left(None, kept=False) == 2


def test_with_ondelete_they_go() -> None:
    assert left("CASCADE", kept=True) == 0


def test_all_beside_a_cascade_raises() -> None:
    base, *_ = models("CASCADE", "all")
    with pytest.raises(ArgumentError, match="can't set passive_deletes='all'"):
        base.registry.configure()
    base.registry.dispose()
