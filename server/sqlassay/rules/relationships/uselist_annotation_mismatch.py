from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.annotated import is_collection
from sqlassay.rules.relationships.arguments import full_name, given_to
from sqlassay.rules.relationships.joins import keys
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC411", "uselist-annotation-mismatch", severity=Severity.WARNING, sqlalchemy=">=2.0")
class UselistAnnotationMismatch(Rule):
    """A relationship is annotated as a list and holds one object, or the other way round.

    ## Why
    A list with `uselist=False` holds one object, and a scalar with `uselist=True` does too: the annotation of a scalar
    wins, that of a list does not. Code that believes the other iterates over one object, and type checkers agree with
    it. A list annotated on the side that has the foreign key is no list either: a row points to one row, the attribute
    holds that, and giving it a list raises `AttributeError` when it is flushed.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(uselist=False)


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
        lines: Mapped[list["Line"]] = relationship()


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    No fix: either may be the mistake.

    ## What it cannot see
    Annotations of types that may be collections or not. A scalar on the side without the foreign key is one-to-one,
    and no mismatch.

    ## References
    - [One to one](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#one-to-one)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Annotated relationships of a mapped class's own."""
        if declared.model.flavour == "sqlmodel":
            return
        for relationship in configured(declared):
            many = is_collection(relationship.annotation)
            node = given_to(relationship).keywords.get("uselist")
            given = node.value if isinstance(node, n.Constant) and isinstance(node.value, bool) else None
            if many is None or relationship.call is None or not relationship.certain:
                continue
            name = full_name(relationship)
            if given is not None and given is not many:
                said = "a collection and holds one object" if many else "one object, which is what it holds"
                yield Hit(
                    given_to(relationship).place_of("uselist"),
                    f"`{name}` is annotated as {said}: `uselist={given}` says something else. Change one of the two.",
                )
            elif many and node is None and relationship.direction == "many-to-one":
                over = keys(declared.world, declared.model, relationship)
                if over and not relationship.self_referential:
                    yield Hit(
                        relationship.call,
                        f"`{name}` is annotated as a collection, but the foreign key is on this side: it holds one "
                        "object. Annotate it with the class itself.",
                        (Note(over[0][1].place, "The key that it goes over."),),
                    )
