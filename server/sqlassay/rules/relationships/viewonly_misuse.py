from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, RemoveKeyword
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import Given, given_in, tokens
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n

_WRITES = frozenset({"delete", "delete-orphan", "save-update"})
_ONLY_FOR_WRITING: dict[str, bool] = {
    "passive_deletes": False,
    "passive_updates": True,
    "enable_typechecks": True,
    "active_history": False,
}
"""Arguments that mean nothing under `viewonly`, with their defaults."""


@rule("ALC427", "viewonly-misuse", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class ViewonlyMisuse(Rule):
    """A relationship with `viewonly=True` is told how it is to be written.

    ## Why
    A viewonly relationship never writes anything. A `cascade` that deletes or saves is dropped without a word, so
    that the children stay when the parent is deleted. `passive_deletes`, `passive_updates`, `enable_typechecks` and
    `active_history` warn when the module is imported, `sync_backref=True` raises `ArgumentError`.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(viewonly=True, cascade="all, delete-orphan")


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
        lines: Mapped[list["Line"]] = relationship(viewonly=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe, though the code does then what it did before: it may be `viewonly` that is the mistake.

    ## What it cannot see
    Arguments that are not plain values. A bare `cascade="all"` is left alone: it is what many write for "nothing in
    particular". Code that changes a viewonly collection is not judged here.

    ## References
    - [relationship.viewonly](https://docs.sqlalchemy.org/en/20/orm/relationship_api.html#sqlalchemy.orm.relationship.params.viewonly)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Viewonly relationships of the class's own body, and those their backrefs make."""
        for given in given_in(declared):
            if given.is_true("viewonly"):
                yield from _arguments(given)


def _arguments(given: Given) -> Iterator[Hit]:
    lost = [each for each in tokens(given.text("cascade") or "") if each in _WRITES]
    if lost:
        said = ", ".join(f"`{each}`" for each in lost)
        yield Hit(
            given.place_of("cascade"),
            f"`{given.name}` is viewonly and writes nothing: {said} in its cascade has no effect. Remove `cascade`, or "
            "`viewonly=True`.",
            fix=_remove(given, "cascade"),
        )
    for name, default in _ONLY_FOR_WRITING.items():
        node = given.keywords.get(name)
        if isinstance(node, n.Constant) and node.value is not default and node.value is not None:
            yield Hit(
                given.place_of(name),
                f"`{given.name}` is viewonly and writes nothing: `{name}` has no effect, and SQLAlchemy warns. "
                "Remove it.",
                fix=_remove(given, name),
            )
    if given.is_true("sync_backref"):
        yield Hit(
            given.place_of("sync_backref"),
            f"Importing this raises `ArgumentError`: `{given.name}` cannot be viewonly and have `sync_backref=True`. "
            "Remove one of the two.",
            fix=_remove(given, "sync_backref"),
            severity=Severity.ERROR,
        )


def _remove(given: Given, name: str) -> Fix | None:
    return Fix(f"Remove `{name}`", False, (RemoveKeyword(given.call, name),)) if given.call is not None else None
