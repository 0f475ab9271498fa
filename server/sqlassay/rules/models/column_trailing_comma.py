from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.model import VariableFact
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import library_name, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_MAPPED: dict[str, str] = {
    **dict.fromkeys(("Column", "mapped_column", "deferred"), "column"),
    **dict.fromkeys(("relationship", "relation", "dynamic_loader"), "relationship"),
    **dict.fromkeys(("column_property", "synonym", "composite", "query_expression"), "attribute"),
}
"""Functions whose result the mapper takes from a class body, and what it makes of it."""


@rule("ALC321", "column-trailing-comma", severity=Severity.ERROR, fix="safe")
class ColumnTrailingComma(Rule):
    """A column or relationship ends with a comma: it is a tuple, and SQLAlchemy leaves it out of the mapping.

    ## Why
    `name = mapped_column(String),` assigns a tuple of one. SQLAlchemy warns (*possibly a copy-and-paste error with a
    comma*) and goes on: the table has no such column, instances have no such attribute, and a query that names it
    gets the tuple.

    ## Example
    ```python
    from sqlalchemy import Integer
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        size = mapped_column(Integer),
    ```

    ## Use instead
    ```python
    from sqlalchemy import Integer
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        size = mapped_column(Integer)
    ```

    ## Fix safety
    Safe: the attribute becomes what it was written to be.

    ## What it cannot see
    Columns that a function of the project makes.

    ## References
    - [Declarative mapping styles](https://docs.sqlalchemy.org/en/20/orm/declarative_styles.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """An attribute of a mapped class, a mixin or an abstract one that is such a tuple."""
        for attribute in declared.fact.attributes:
            match attribute.value:
                case n.TupleExpr(elts=(n.Call() as call,)) as value:
                    kind = _MAPPED.get(library_name(declared.world, declared.path, call.func))
                    if kind is not None:
                        yield _hit(attribute, kind, value, call, declared.path)
                case _:
                    pass


def _hit(attribute: VariableFact, kind: str, value: n.Expr, call: n.Call, path: str) -> Hit:
    whole = Place(path, attribute.anchor, attribute.start, attribute.end)
    return Hit(
        within(whole, value),
        f"`{attribute.name}` is a tuple, for the comma at its end: SQLAlchemy leaves this {kind} out of the mapping. "
        "Delete the comma.",
        fix=Fix("Delete the comma", True, (Replace(within(whole, value), "{0}", (within(whole, call),)),)),
    )
