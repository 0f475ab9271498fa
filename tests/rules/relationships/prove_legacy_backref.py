"""`backref` and two `back_populates` configure the same mappers; only the second side is in the code to be read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column, relationship


class OldBase(DeclarativeBase):
    pass


class NewBase(DeclarativeBase):
    pass


class OldParent(OldBase):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[OldChild]] = relationship(backref="parent")


class OldChild(OldBase):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))


class NewParent(NewBase):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list[NewChild]] = relationship(back_populates="parent")


class NewChild(NewBase):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))
    parent: Mapped[NewParent] = relationship(back_populates="children")


def relationships(model: type[Any]) -> dict[str, tuple[Any, ...]]:
    """What decides how a relationship behaves, by its name."""
    configure_mappers()
    return {
        each.key: (
            each.direction,
            each.uselist,
            each.lazy,
            sorted(each.cascade),
            [other.key for other in each._reverse_property],
            str(each.primaryjoin),
        )
        for each in model.__mapper__.relationships
    }


def test_the_mappers_are_equal() -> None:
    assert relationships(OldParent) == relationships(NewParent)
    assert relationships(OldChild) == relationships(NewChild)
    assert list(relationships(OldChild)) == ["parent"]


def test_both_sides_follow_each_other() -> None:
    old, new = OldChild(), NewChild()
    assert OldParent(children=[old]) is old.parent  # type: ignore[attr-defined]
    assert NewParent(children=[new]) is new.parent


def test_a_reader_of_the_class_sees_only_one_of_them() -> None:
    assert "parent" not in OldChild.__annotations__
    assert "parent" in NewChild.__annotations__
