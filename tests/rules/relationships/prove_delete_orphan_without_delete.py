"""`delete-orphan` without `delete`: a warning, and children that the delete of their parent leaves."""

from __future__ import annotations

import pytest
from rules.prove_support import held, make_engine
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.exc import IntegrityError, SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


def models(cascade: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", cascade=cascade)  # type: ignore[var-annotated]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))

    return held(Base)


def delete_parent(base: type[DeclarativeBase]) -> int | None:
    """How many lines are left when their order is deleted."""
    order, line = (base.registry._class_registry[name] for name in ("Order", "Line"))
    with Session(make_engine(base)) as session:
        parent = order(lines=[line(), line()])  # type: ignore[operator]
        session.add(parent)
        session.commit()
        session.delete(parent)
        session.commit()
        return session.scalar(select(func.count(line.id)))  # type: ignore[union-attr]


def test_without_delete_it_warns_and_the_delete_fails() -> None:
    with pytest.warns(SAWarning, match="requires 'delete'"):
        base = models("save-update, merge, delete-orphan")
    with pytest.raises(IntegrityError, match="NOT NULL"):
        delete_parent(base)


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_with_delete_the_children_go() -> None:
    assert delete_parent(models("save-update, merge, delete, delete-orphan")) == 0
