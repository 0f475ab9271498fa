"""What a validator returns is what the attribute becomes."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


class Base(DeclarativeBase):
    pass


class Forgetful(Base):
    __tablename__ = "forgetful"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None]

    @validates("email")
    def check_email(self, _key: str, value: str) -> None:
        if "@" not in value:
            raise ValueError("no address")


class Careful(Base):
    __tablename__ = "careful"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None]

    @validates("email")
    def check_email(self, _key: str, value: str) -> str:
        if "@" not in value:
            raise ValueError("no address")
        return value


def test_the_value_is_lost() -> None:
    assert Forgetful(email="a@example.org").email is None
    assert Careful(email="a@example.org").email == "a@example.org"


@pytest.mark.parametrize("model", [Forgetful, Careful])
def test_both_check(model: type[Forgetful] | type[Careful]) -> None:
    with pytest.raises(ValueError, match="no address"):
        model(email="nobody")
