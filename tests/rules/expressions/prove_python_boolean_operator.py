"""`and`, `or` and `not` decide in Python, before there is SQL: a condition is lost, or the answer is always no."""

from __future__ import annotations

from typing import Any

import pytest
from rules.prove_support import User, make_engine
from sqlalchemy import and_, not_, or_, select
from sqlalchemy.orm import Session


def emails(*conditions: Any) -> list[str]:
    with Session(make_engine(users=3)) as session:
        return list(session.scalars(select(User.email).where(*conditions).order_by(User.id)))


def test_and_keeps_one_side() -> None:
    assert emails(User.id == 1 and User.name == "somebody else") == ["1@example.org"]
    assert emails(User.id == 1, User.name == "somebody else") == []
    assert emails(and_(User.id == 1, User.name == "somebody else")) == []


def test_or_keeps_one_side() -> None:
    assert emails(User.id == 1 or User.id == 2) == ["2@example.org"]
    assert emails(or_(User.id == 1, User.id == 2)) == ["1@example.org", "2@example.org"]


def test_not_finds_nothing() -> None:
    assert emails(not User.name) == []
    assert emails(not_(User.name == "user 1")) == ["2@example.org", "3@example.org"]


def test_not_on_a_comparison_is_true_for_every_row() -> None:
    first = User.id == 1
    assert emails(not first) == ["1@example.org", "2@example.org", "3@example.org"]
    assert emails(not_(first)) == ["2@example.org", "3@example.org"]


def test_some_have_no_truth_value() -> None:
    with pytest.raises(TypeError, match="Boolean value of this clause is not defined"):
        bool((User.id > 1) and (User.id < 3))
