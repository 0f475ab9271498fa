from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import children
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import own_columns, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_NOT_NAMES = frozenset(("Literal", "Annotated"))

_OTHERWISE = frozenset(("sqlmodel", "imperative"))
"""Of classes that are mapped so, SQLAlchemy does not look at the annotations."""


@rule("ALC332", "type-checking-only-mapped-type", severity=Severity.ERROR, sqlalchemy=">=2.0")
class TypeCheckingOnlyMappedType(Rule):
    """A column's type is imported only under `if TYPE_CHECKING:`: SQLAlchemy cannot make the class.

    ## Why
    SQLAlchemy reads the annotation of a `mapped_column` when the class is made, and looks each name in it up in the
    module, also where the SQL type is given. A name that is only imported for type checkers is not there: the class
    raises a `MappedAnnotationError` (or a `NameError`, where the annotation is no string), and the module cannot be
    imported. Tools that move imports under `if TYPE_CHECKING:` cause it, unless they are told of the base class.

    Relationships are looked up later, by the registry: their targets may be imported so.

    ## Example
    ```python
    from __future__ import annotations

    from typing import TYPE_CHECKING

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    if TYPE_CHECKING:
        from datetime import date


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        sold: Mapped[date]
    ```

    ## Use instead
    ```python
    from __future__ import annotations

    from datetime import date

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        sold: Mapped[date]
    ```

    ## Fix safety
    There is no fix: moving an import to where it runs may close a circle of imports.

    ## What it cannot see
    Mixins, and modules with a star import, which may bring the name.

    ## References
    - [ORM annotated declarative: complete guide](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#orm-annotated-declarative-complete-guide)
    - [Ruff: runtime-evaluated-base-classes](https://docs.astral.sh/ruff/settings/#lint_flake8-type-checking_runtime-evaluated-base-classes)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column of a mapped class's own whose annotation names what is not there."""
        facts = declared.world.facts(declared.path)
        if facts is None or not facts.typing_only or facts.stars:
            return
        model = declared.model
        if not model.mapped or model.flavour in _OTHERWISE or "__table__" in model.others:
            return
        for column in own_columns(declared):
            if column.annotation is None or column.style not in ("mapped", "annotation"):
                continue
            found = next(_missing(column.annotation, facts.typing_only), None)
            if found is not None and not _is_wrapped(declared, column):
                name, place = found
                yield Hit(
                    within(column.place, place),
                    f"`{name}` is only imported for type checkers, and SQLAlchemy must find it when the class is made: "
                    "it raises a `MappedAnnotationError`. Move the import out of `if TYPE_CHECKING:`.",
                )


def _missing(
    node: n.Node, typing_only: frozenset[str], within_text: n.Node | None = None
) -> Iterator[tuple[str, n.Node]]:
    """Names of an annotation, also in its strings, that only type checkers have; each with the node that shows it."""
    match node:
        case n.Name(id=name) if name in typing_only:
            yield name, within_text or node
        case n.Constant(kind="str") if within_text is None:
            inner = expression_from(str(node.value))
            if inner is not None:
                yield from _missing(inner, typing_only, node)
        case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)) if name in _NOT_NAMES:
            yield from _missing(node.value, typing_only, within_text)
        case _:
            for each in children(node):
                yield from _missing(each, typing_only, within_text)


def _is_wrapped(declared: ModelDeclared, column: ColumnInfo) -> bool:
    """`deferred(mapped_column(...))`, and whatever else stands around the call."""
    for each in declared.node.body:
        if isinstance(each, n.AnnAssign) and isinstance(each.target, n.Name) and each.target.id == column.attribute:
            return each.value is not None and declared.at(each.value) != column.call
    return True
