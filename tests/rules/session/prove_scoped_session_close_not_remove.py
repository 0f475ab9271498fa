"""`close()` leaves the session in the registry: the next request in the thread gets it, with what it was told."""

from __future__ import annotations

import pytest
from rules.prove_support import make_engine
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import scoped_session, sessionmaker


def test_close_keeps_the_session() -> None:
    registry = scoped_session(sessionmaker(make_engine()))
    first = registry()
    first.info["tenant"] = "a"
    first.autoflush = False
    registry.close()
    assert registry() is first
    assert registry().info == {"tenant": "a"}
    assert registry().autoflush is False
    with pytest.raises(InvalidRequestError, match="already present"):
        registry(expire_on_commit=False)


def test_remove_gives_a_new_one() -> None:
    registry = scoped_session(sessionmaker(make_engine()))
    first = registry()
    first.info["tenant"] = "a"
    first.autoflush = False
    registry.remove()
    assert registry(expire_on_commit=False) is not first
    assert registry().info == {}
    assert registry().autoflush is True
