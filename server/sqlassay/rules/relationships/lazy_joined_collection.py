from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import own_relationships
from sqlassay.rules.relationships.arguments import given_to
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC424", "lazy-joined-collection", severity=Severity.HINT, presets=(), fix="unsafe")
class LazyJoinedCollection(Rule):
    """A collection is loaded with `lazy="joined"`: every query of the parent multiplies its rows.

    ## Why
    A LEFT OUTER JOIN to a collection gives the parent's columns once for each child, and two such collections give
    the product of both. `select(Parent)` must then be called with `.unique()`, LIMIT wraps the query in a subquery,
    and every query pays, whether it reads the collection or not. `selectin` loads the children with one SELECT more,
    and repeats nothing. Joined loading is right for many-to-one.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(lazy="joined")


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
        lines: Mapped[list["Line"]] = relationship(lazy="selectin")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe: the statements change, and code that calls `.unique()` no longer has to.

    ## What it cannot see
    How many children there are: for a few, a join may be what is wanted. Off by default for that.

    ## References
    - [What kind of loading to use?](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#what-kind-of-loading-to-use)
    - [Joined eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#joined-eager-loading)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Collections of the class's own body."""
        for relationship in own_relationships(declared):
            given = given_to(relationship)
            node = given.keywords.get("lazy")
            if relationship.uselist is not True or not isinstance(node, n.Constant):
                continue
            if node.value == "joined" or node.value is False:
                place = given.place_of("lazy")
                yield Hit(
                    place,
                    f"Every SELECT of `{declared.model.ref.plain}` joins `{given.name}` and repeats the parent's "
                    'columns for each child. Load it with `"selectin"`.',
                    fix=Fix('Write `"selectin"`', False, (Replace(place, '"selectin"'),)),
                )
