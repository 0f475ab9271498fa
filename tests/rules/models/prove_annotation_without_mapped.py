"""Annotations without `Mapped[]` on what the mapper makes, or on nothing, are refused; others are not looked at."""

# No `from __future__ import annotations`: the classes are made in functions, where strings would not be understood.
from typing import Any, ClassVar

import pytest
from sqlalchemy import Column, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship
from sqlalchemy.orm.exc import MappedAnnotationError


def make(annotation: Any, *value: Any, base: Any = DeclarativeBase, **attributes: Any) -> Any:
    """A model with a key and one more attribute `x`, annotated so, with that value if there is one."""
    base = type("Base", (base,) if base is DeclarativeBase else (base, DeclarativeBase), {})
    body = {
        "__tablename__": "items",
        "__annotations__": {"id": Mapped[int], "x": annotation},
        "id": mapped_column(primary_key=True),
        **attributes,
    }
    if value:
        body["x"] = value[0]
    return type("Item", (base,), body)


@pytest.mark.parametrize("annotation", [int, "int", int | None, Any, dict[str, int]])
def test_plain_annotations_are_refused(annotation: Any) -> None:
    for value in ([mapped_column(Integer)], [relationship("Item")], [], [None]):
        with pytest.raises(MappedAnnotationError, match="can't be correctly interpreted"):
            make(annotation, *value)


def test_mapped_is_taken() -> None:
    assert make(Mapped[int], mapped_column()).__table__.c.keys() == ["id", "x"]
    assert make(Mapped[int]).__table__.c.keys() == ["id", "x"]


def test_what_is_not_looked_at() -> None:
    assert make(int, Column(Integer)).__table__.c.keys() == ["id", "x"]
    assert make(int, 3).x == 3
    assert make(ClassVar[int]).__table__.c.keys() == ["id"]
    assert make(int, __allow_unmapped__=True).__table__.c.keys() == ["id"]
    assert make(int, mapped_column(), base=MappedAsDataclass).__table__.c.keys() == ["id", "x"]
