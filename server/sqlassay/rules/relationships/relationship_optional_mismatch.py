from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import dotted, within
from sqlassay.rules.relationships.annotated import inside, is_optional
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.joins import keys
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.syntax import nodes as n


@rule("ALC420", "relationship-optional-mismatch", severity=Severity.WARNING, presets=(), sqlalchemy=">=2.0", fix="safe")
class RelationshipOptionalMismatch(Rule):
    """A many-to-one over a nullable foreign key is annotated as if there always were an object.

    ## Why
    Where the foreign key is NULL the attribute is None. Type checkers believe the annotation, and let `line.order.id`
    pass, which raises `AttributeError` for such a row.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order"] = relationship()
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


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
        order: Mapped["Order | None"] = relationship()
    ```

    ## Fix safety
    Safe: the annotation of a relationship changes neither the schema nor what is loaded. A type checker may find more
    to say.

    ## What it cannot see
    Whether a NULL ever stands there: off by default for that. Relationships over several columns or a join written by
    hand. The opposite, an optional annotation over a NOT NULL key, is no finding: before a flush the attribute may well
    be None.

    ## References
    - [Nullable many-to-one](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#nullable-many-to-one)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Many-to-one relationships of a mapped class's own, annotated as never None."""
        for relationship in configured(declared) if declared.model.flavour != "sqlmodel" else ():
            if is_optional(relationship.annotation) is not False or relationship.direction != "many-to-one":
                continue
            over = keys(declared.world, declared.model, relationship)
            if len(over) != 1 or over[0][0].nullable is not True or "primaryjoin" in relationship.keywords:
                continue
            column = over[0][0]
            text = dotted(inside(relationship.annotation) or n.Opaque(0, 0)) or relationship.target_text
            yield Hit(
                relationship.place,
                f"`{full_name(relationship)}` is None where `{column.attribute}` is NULL, which it may be. Annotate it "
                f'`Mapped["{text} | None"]`.',
                (Note(column.place, "This column may be NULL."),),
                _fix(relationship, text),
            )


def _fix(relationship: RelationshipInfo, text: str) -> Fix | None:
    annotation = relationship.annotation
    if not isinstance(annotation, n.Subscript):
        return None
    place = within(relationship.place, annotation.index)
    return Fix(f'Annotate `Mapped["{text} | None"]`', True, (Replace(place, f'"{text} | None"'),))
