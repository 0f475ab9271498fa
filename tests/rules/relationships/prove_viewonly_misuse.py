"""What is said of writing to a viewonly relationship is dropped, warned about, or refused."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import ArgumentError, SAWarning
from sqlalchemy.orm import relationship


def test_a_cascade_is_dropped_without_a_word() -> None:
    made = relationship("Line", viewonly=True, cascade="save-update, delete, delete-orphan")
    assert set(made.cascade) == set()


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_what_viewonly_keeps() -> None:
    assert set(relationship("Line", viewonly=True, cascade="merge, expunge").cascade) == {"merge", "expunge"}
    relationship("Line", viewonly=True, passive_deletes=False, passive_updates=True, sync_backref=False)


@pytest.mark.parametrize(
    "argument", [{"passive_deletes": True}, {"passive_updates": False}, {"active_history": True}], ids=str
)
def test_arguments_about_writing_warn(argument: dict[str, bool]) -> None:
    with pytest.warns(SAWarning, match="does not make sense"):
        relationship("Line", viewonly=True, **argument)  # type: ignore[arg-type]


def test_sync_backref_raises() -> None:
    with pytest.raises(ArgumentError, match="cannot both be True"):
        relationship("Line", viewonly=True, sync_backref=True)
