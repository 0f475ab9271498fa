from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.validators import validator
from sqlassay.rules.relationships.sides import is_whole
from sqlassay.semantics.events import FunctionEnd
from sqlassay.semantics.models import ModelInfo
from sqlassay.syntax import nodes as n

_HIERARCHY = frozenset(("__mapper_args__", "__mapper__", "__getattr__", "__init_subclass__"))
"""What a class has that subclasses add attributes to, or that makes attributes by itself."""


@rule("ALC353", "validates-unknown-attribute", severity=Severity.ERROR, fix="unsafe")
class ValidatesUnknownAttribute(Rule):
    """`@validates` names an attribute that the class does not have: the validator never runs.

    ## Why
    SQLAlchemy does not check the names given to `@validates`. With a misspelt one, or with the name of the column where
    the attribute is called otherwise, values are set without being looked at.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]

        @validates("emial")
        def check_email(self, key, value):
            if "@" not in value:
                raise ValueError("no address")
            return value
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]

        @validates("email")
        def check_email(self, key, value):
            if "@" not in value:
                raise ValueError("no address")
            return value
    ```

    ## Fix safety
    Unsafe: the nearest name is a guess, and a validator that never ran begins to run.

    ## What it cannot see
    Validators of mixins and abstract classes, classes with `__mapper_args__`, whose subclasses may have the attribute,
    and classes with a base that it cannot follow.

    ## References
    - [Simple validators](https://docs.sqlalchemy.org/en/20/orm/mapped_attributes.html#simple-validators)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """A validator in a mapped class for a name that is none of its attributes."""
        found = validator(end)
        model = end.world.model(found.owner) if found is not None else None
        if found is None or model is None or not _is_known(end, model):
            return
        for node in found.names:
            if not isinstance(node, n.Constant) or not isinstance(node.value, str):
                continue
            name = node.value
            if name in model.columns or name in model.relationships or name in model.others:
                continue
            near = _nearest(model, name)
            place = end.at(node)
            owner = found.owner.name.rsplit(".", 1)[-1]
            yield Hit(
                place,
                f"`{owner}` has no attribute `{name}`: this validator never runs."
                + (f" Write `{near}`." if near is not None else ""),
                fix=Fix(f"Write `{near}`", False, (Replace(place, f'"{near}"'),)) if near is not None else None,
            )


def _is_known(end: FunctionEnd, model: ModelInfo) -> bool:
    """Whether all attributes of a mapped class are seen."""
    if not model.mapped or not _HIERARCHY.isdisjoint(model.others) or "__table__" in model.others:
        return False
    return is_whole(end.world, model)


def _nearest(model: ModelInfo, name: str) -> str | None:
    """The attribute that was meant: the one of a column by that name, else the one that is spelt nearly so."""
    for column in model.columns.values():
        if column.name == name:
            return column.attribute
    close = difflib.get_close_matches(name, [*model.columns, *model.relationships], 1, 0.75)
    return close[0] if close else None
