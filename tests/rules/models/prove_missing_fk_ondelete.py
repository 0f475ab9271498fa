"""A cascade that only the ORM knows fails where it does not delete: a DELETE in SQL meets the constraint."""

from __future__ import annotations

import pytest
from rules.prove_support import count_statements
from sqlalchemy import Engine, ForeignKey, create_engine, delete, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

CHILDREN = 10


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[Child]] = relationship(cascade="all, delete-orphan")


class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)


class GoodParent(Base):
    __tablename__ = "good_parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[GoodChild]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class GoodChild(Base):
    __tablename__ = "good_children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("good_parents.id", ondelete="CASCADE"), index=True)


@pytest.fixture
def engine() -> Engine:
    """SQLite keeps foreign keys only where it is told to."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Parent(children=[Child() for _ in range(CHILDREN)]))
        session.add(GoodParent(children=[GoodChild() for _ in range(CHILDREN)]))
        session.commit()
    return engine


def test_delete_in_sql_without_ondelete_is_refused(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(IntegrityError, match="FOREIGN KEY"):
        session.execute(delete(Parent))


def test_delete_in_sql_with_ondelete_takes_the_children(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(delete(GoodParent))
        assert session.scalar(select(func.count(GoodChild.id))) == 0


def test_the_orm_need_not_load_the_children(engine: Engine) -> None:
    with Session(engine) as session:
        parent, good = session.get_one(Parent, 1), session.get_one(GoodParent, 1)
        with count_statements(engine) as by_orm:
            session.delete(parent)
            session.flush()
        with count_statements(engine) as by_database:
            session.delete(good)
            session.flush()
        assert session.scalar(select(func.count(Child.id))) == session.scalar(select(func.count(GoodChild.id))) == 0
    assert (by_orm.selects, len(by_orm.statements)) == (1, 3)
    assert (by_database.selects, len(by_database.statements)) == (0, 1)
