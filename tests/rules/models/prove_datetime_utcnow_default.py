"""What `utcnow` gives does not say that it is UTC: it is taken for local time, and does not compare with what does."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from rules.prove_support import make_engine
from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow.*:DeprecationWarning")


class Base(DeclarativeBase):
    pass


class Naive(Base):
    __tablename__ = "naive"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime, default=datetime.utcnow)


class Aware(Base):
    __tablename__ = "aware"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(timezone.utc))


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that is not in Greenwich."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def inserted(model: type[Naive] | type[Aware]) -> datetime:
    """The value that the default gave, as the session's own object has it after the INSERT."""
    with Session(make_engine(Base)) as session:
        item = model()
        session.add(item)
        session.flush()
        return item.at


def test_only_one_of_them_can_be_compared_with_an_aware_time() -> None:
    assert inserted(Aware) > datetime(2001, 1, 1, tzinfo=timezone.utc)
    with pytest.raises(TypeError, match="naive"):
        assert inserted(Naive) > datetime(2001, 1, 1, tzinfo=timezone.utc)


@pytest.mark.usefixtures("far_east")
def test_the_naive_one_is_taken_for_local_time() -> None:
    hours = round((inserted(Aware).timestamp() - inserted(Naive).timestamp()) / 3600)
    assert hours == 9


@pytest.mark.skipif(sys.version_info < (3, 12), reason="deprecated since Python 3.12")
def test_it_is_deprecated() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        datetime.utcnow()
    assert [each.category for each in seen] == [DeprecationWarning]
