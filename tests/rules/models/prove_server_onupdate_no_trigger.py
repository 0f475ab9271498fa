"""`server_onupdate` is in no DDL and in no UPDATE: the column stays as it was."""

from __future__ import annotations

from rules.prove_support import count_statements, make_engine
from sqlalchemy import String, Table, literal
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateTable


class Base(DeclarativeBase):
    pass


class Marked(Base):
    __tablename__ = "marked"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str | None] = mapped_column(String, server_onupdate=literal("changed"))


class Set(Base):
    __tablename__ = "set"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str | None] = mapped_column(String, onupdate=literal("changed"))


def state_after_update(model: type[Marked] | type[Set]) -> tuple[str | None, str]:
    """What the column holds after an UPDATE, and the UPDATE."""
    engine = make_engine(Base)
    with Session(engine) as session, count_statements(engine) as counted:
        item = model(id=1, name="a")
        session.add(item)
        session.flush()
        item.name = "b"
        session.flush()
        update = next(each for each in counted.statements if each.startswith("UPDATE"))
        return item.state, update


def test_it_is_in_no_ddl() -> None:
    assert isinstance(Marked.__table__, Table)
    assert "changed" not in str(CreateTable(Marked.__table__))


def test_nothing_sets_the_column() -> None:
    state, update = state_after_update(Marked)
    assert state is None
    assert "state" not in update


def test_onupdate_does() -> None:
    state, update = state_after_update(Set)
    assert state == "changed"
    assert "state=" in update
