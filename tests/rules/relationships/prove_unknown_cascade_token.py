"""Words that SQLAlchemy or the database does not know: what each raises, and when."""

from __future__ import annotations

import pytest
from rules.prove_support import held, make_engine
from sqlalchemy import ForeignKey, String
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.orm.exc import LoaderStrategyException
from sqlassay.rules.relationships.unknown_cascade_token import ACTIONS, CASCADES, STRATEGIES


def models(lazy: str, ondelete: str) -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Line", lazy=lazy)  # type: ignore[var-annotated, arg-type]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id = mapped_column(ForeignKey("orders.id", ondelete=ondelete))
        note: Mapped[str] = mapped_column(String(9))

    return held(Base)


@pytest.mark.parametrize("word", ["all, delete_orphan", "all delete-orphan", "all ", "All"])
def test_an_unknown_cascade_raises_at_import(word: str) -> None:
    with pytest.raises(ArgumentError, match="Invalid cascade option"):
        relationship("Line", cascade=word)


@pytest.mark.parametrize("word", [*CASCADES, "all, delete-orphan"])
@pytest.mark.filterwarnings("ignore:The 'delete-orphan' cascade")
def test_known_cascades_do_not(word: str) -> None:
    relationship("Line", cascade=word)


def test_an_unknown_strategy_raises_when_mappers_are_configured() -> None:
    base = models("eager", "CASCADE")
    with pytest.raises(LoaderStrategyException, match="Can't find strategy"):
        base.registry.configure()
    base.registry.dispose()


@pytest.mark.parametrize("word", sorted(STRATEGIES))
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_known_strategies_do_not(word: str) -> None:
    base = models(word, "CASCADE")
    base.registry.configure()
    base.registry.dispose()


@pytest.mark.parametrize("word", ["DELETE", "SETNULL"])
def test_an_unknown_action_is_a_syntax_error_at_the_database(word: str) -> None:
    with pytest.raises(OperationalError, match="syntax error"):
        make_engine(models("select", word))


@pytest.mark.parametrize("word", [*ACTIONS, "set null"])
def test_known_actions_are_not(word: str) -> None:
    make_engine(models("select", word))
