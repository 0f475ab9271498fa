"""SQLAlchemy's constructor takes attributes, and raises for any other name."""

from __future__ import annotations

import pytest
from rules.prove_support import Post, User


def test_it_raises() -> None:
    with pytest.raises(TypeError, match="'nmae' is an invalid keyword argument for User"):
        User(nmae="x")


def test_attributes_are_taken() -> None:
    assert User(name="x", posts=[Post(title="y")]).name == "x"
