"""A field without a default behind one that has one is refused, as in any dataclass."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


def make(first: Any, second: Any) -> Any:
    base = type("Base", (MappedAsDataclass, DeclarativeBase), {})
    body = {
        "__tablename__": "items",
        "__annotations__": {"id": Mapped[int], "a": Mapped[int], "b": Mapped[int]},
        "id": mapped_column(primary_key=True, init=False),
        "a": first,
        "b": second,
    }
    return type("Item", (base,), body)


def test_it_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="non-default argument 'b' follows default argument"):
        make(mapped_column(default=1), mapped_column())


def test_what_is_taken() -> None:
    assert make(mapped_column(), mapped_column(default=1))(2).b == 1
    assert make(mapped_column(default=1), mapped_column(kw_only=True))(b=2).a == 1
    assert make(mapped_column(default=1, init=False), mapped_column())(2).a == 1
    assert make(mapped_column(insert_default=1), mapped_column())(1, 2).b == 2
