"""A class that points to itself: without `remote_side` both sides are one-to-many."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import make_engine
from sqlalchemy import ForeignKey
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


def models(*, paired: bool, **arguments: Any) -> tuple[type[DeclarativeBase], Any]:
    class Base(DeclarativeBase):
        pass

    class Node(Base):
        __tablename__ = "nodes"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
        if paired:
            children: Mapped[list[Node]] = relationship("Node", back_populates="parent")
            arguments["back_populates"] = "children"
        parent: Mapped[Node | None] = relationship("Node", uselist=False, **arguments)

    return Base, Node


def parent_of_the_child(*, paired: bool, **arguments: Any) -> int | None:
    """The id of what node 2 holds as its parent, which is node 1."""
    base, node = models(paired=paired, **arguments)
    with Session(make_engine(base)) as session:
        session.add_all([node(id=1), node(id=2, parent_id=1)])
        session.commit()
        found = session.get_one(node, 2).parent
        return found.id if found is not None else None


def test_a_pair_raises() -> None:
    base, _ = models(paired=True)
    with pytest.raises(ArgumentError, match="both of the same direction"):
        base.registry.configure()
    base.registry.dispose()


def test_one_alone_holds_the_other_end() -> None:
    assert parent_of_the_child(paired=False) is None


@pytest.mark.parametrize("paired", [True, False])
def test_with_remote_side_it_is_the_parent(paired: bool) -> None:
    assert parent_of_the_child(paired=paired, remote_side="Node.id") == 1
