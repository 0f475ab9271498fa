from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import own_columns, within
from sqlassay.rules.relationships.arguments import Given, given_in, tokens
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

CASCADES = ("all", "none", "save-update", "merge", "expunge", "delete", "delete-orphan", "refresh-expire")
STRATEGIES = (
    "select joined selectin subquery immediate raise raise_on_sql noload dynamic write_only baked_select".split()
)
ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")


@rule("ALC413", "unknown-cascade-token", severity=Severity.ERROR, fix="either")
class UnknownCascadeToken(Rule):
    """A word in `cascade`, `lazy` or `ondelete` is none that SQLAlchemy or the database knows.

    ## Why
    An unknown word in `cascade` raises `ArgumentError: Invalid cascade option(s)` when the module is imported. An
    unknown `lazy` raises `LoaderStrategyException` when the mappers are configured, that is at the first query of any
    model. An unknown `ondelete` or `onupdate` of a foreign key is written into the DDL as it is: CREATE TABLE fails
    with a syntax error at the database.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete_orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Safe where the word differs from a known one only in case, in `_`, `-` or spaces, or where a comma is missing: the
    code did not run before. Unsafe where the nearest known word is a guess.

    ## What it cannot see
    Values that are not plain strings, and strategies that a project registers with SQLAlchemy itself.

    ## References
    - [Cascades](https://docs.sqlalchemy.org/en/20/orm/cascades.html)
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
    - [ON UPDATE and ON DELETE](https://docs.sqlalchemy.org/en/20/core/constraints.html#on-update-and-on-delete)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships and foreign keys of the class's own body."""
        for given in given_in(declared):
            yield from _cascade(given)
            yield from _lazy(given)
        for column in own_columns(declared):
            for key in column.foreign_keys:
                yield from _action(column, key)


def _cascade(given: Given) -> Iterator[Hit]:
    text = given.text("cascade")
    unknown = [each for each in tokens(text or "") if each not in CASCADES]
    if text is None or not unknown:
        return
    words = [_nearest(each, CASCADES) for each in tokens(text)]
    sure = all(_plain(each) is not None for each in unknown)
    fixed = ", ".join(each for each in words if each is not None) if None not in words else None
    place = given.place_of("cascade")
    yield Hit(
        place,
        f"Importing this raises `ArgumentError`: {_quoted(unknown)} is no cascade. {_instead(fixed, CASCADES)}",
        fix=_fix(place, fixed, sure),
    )


def _lazy(given: Given) -> Iterator[Hit]:
    text = given.text("lazy")
    if text is None or text in STRATEGIES:
        return
    nearest = _nearest(text, STRATEGIES)
    place = given.place_of("lazy")
    yield Hit(
        place,
        f"Configuring the mappers raises `LoaderStrategyException`: {_quoted([text])} is no way to load `{given.name}`."
        f" {_instead(nearest, STRATEGIES)}",
        fix=_fix(place, nearest, _same(text, nearest)),
    )


def _action(column: ColumnInfo, key: ForeignKeyInfo) -> Iterator[Hit]:
    for keyword in key.node.keywords:
        value = keyword.value
        if keyword.name not in ("ondelete", "onupdate") or not isinstance(value, n.Constant):
            continue
        text = value.value
        # PostgreSQL 15 takes columns after SET NULL and SET DEFAULT.
        if not isinstance(text, str) or text.upper().split("(")[0].strip() in ACTIONS:
            continue
        nearest = _nearest(text, ACTIONS)
        place = within(column.place, value)
        yield Hit(
            place,
            f"CREATE TABLE fails with a syntax error: the database knows no {_quoted([text])} for "
            f"`{keyword.name}`. {_instead(nearest, ACTIONS)}",
            fix=_fix(place, nearest, _same(text, nearest)),
        )


def _nearest(word: str, known: tuple[str, ...] | list[str]) -> str | None:
    """What was meant by a word: itself, several with the commas put in, or the nearest known."""
    plain = _plain(word) if known is CASCADES else None
    if plain is not None:
        return plain
    folded = {_folded(each): each for each in known}
    close = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def _plain(word: str) -> str | None:
    """The cascades that a word is when case, spaces and underscores are looked past."""
    if _folded(word) in CASCADES:
        return _folded(word)
    parts = word.split()
    return ", ".join(parts) if parts and all(each in CASCADES for each in parts) else None


def _folded(word: str) -> str:
    return word.strip().lower().replace("_", "-").replace(" ", "-")


def _same(word: str, known: str | None) -> bool:
    return known is not None and _folded(word) == _folded(known)


def _quoted(words: list[str]) -> str:
    return ", ".join(f"`{each!r}`" for each in words)


def _instead(nearest: str | None, known: tuple[str, ...] | list[str]) -> str:
    return f'Write `"{nearest}"`.' if nearest is not None else f"Known are: {', '.join(known)}."


def _fix(place: Place, text: str | None, safe: bool) -> Fix | None:
    return Fix(f'Write `"{text}"`', safe, (Replace(place, f'"{text}"'),)) if text is not None else None
