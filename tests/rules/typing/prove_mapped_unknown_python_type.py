"""A type that SQLAlchemy has no SQL type for is refused, unless it is given one."""

# No `from __future__ import annotations`: the annotations are values here.
from typing import Any

import pytest
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import MappedAnnotationError


def make(annotation: Any, *value: Any, **of_base: Any) -> Any:
    """A model with a key and one more column, annotated so, with that value if there is one."""
    base = type("Base", (DeclarativeBase,), of_base)
    body = {
        "__tablename__": "items",
        "__annotations__": {"id": Mapped[int], "x": Mapped[annotation]},
        "id": mapped_column(primary_key=True),
    }
    if value:
        body["x"] = value[0]
    return type("Item", (base,), body)


class Other(DeclarativeBase):
    pass


class User(Other):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.mark.parametrize("annotation", [dict, list[str], dict[str, Any] | None, Any, set, User])
def test_it_is_refused(annotation: Any) -> None:
    for value in ([], [mapped_column(nullable=True)]):
        with pytest.raises(MappedAnnotationError, match="Could not locate SQLAlchemy Core type"):
            make(annotation, *value)


def test_with_a_type_it_is_taken() -> None:
    assert isinstance(make(dict, mapped_column(JSON)).__table__.c.x.type, JSON)
    assert isinstance(make(dict, type_annotation_map={dict: JSON}).__table__.c.x.type, JSON)
