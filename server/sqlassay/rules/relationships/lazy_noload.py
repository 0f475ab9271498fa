from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import given_in
from sqlassay.semantics.events import LoaderOptionMade, ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC423", "lazy-noload", severity=Severity.WARNING, presets=(), fix="unsafe")
class LazyNoload(Rule):
    """A relationship is not loaded and reads as empty: `lazy="noload"`, `noload()`.

    ## Why
    A relationship under "noload" reads as an empty list, or None, whatever the database holds, and nothing says so: it
    cannot be told from one that is empty. A list that is read and written back loses nothing, but code that decides by
    it decides wrongly. SQLAlchemy calls it legacy and deprecates it in 2.1. "raise" costs as little, and raises where
    the attribute is read.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(lazy="noload")


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
        lines: Mapped[list["Line"]] = relationship(lazy="raise")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe: code that reads the attribute and lived with its being empty then raises.

    ## What it cannot see
    Strategies that are not plain strings. `noload("*")` is left alone: it takes eager loading off a query that counts
    or reads columns. Off by default, since "noload" is mostly written knowingly.

    ## References
    - [Relationship loader: noload](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#sqlalchemy.orm.noload)
    - [Preventing unwanted lazy loads using raiseload](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#preventing-unwanted-lazy-loads-using-raiseload)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of the class's own body, and those their backrefs make."""
        for given in given_in(declared):
            if given.text("lazy") == "noload":
                place = given.place_of("lazy")
                yield Hit(
                    place,
                    f"`{given.name}` is never loaded and reads as empty, whatever the database holds. "
                    'Write `lazy="raise"`, which says so where it is read.',
                    fix=Fix('Write `"raise"`', False, (Replace(place, '"raise"'),)),
                )

    def loader_option_made(self, made: LoaderOptionMade) -> Iterator[Hit]:
        """`noload(Order.lines)`."""
        everything = any(isinstance(each, n.Constant) for each in made.call.args)
        if made.strategy == "noload" and not everything:
            yield Hit(
                made.at(made.call),
                "What `noload()` names reads as empty, whatever the database holds. Use `raiseload()`, which says so "
                "where it is read, or `lazyload()`.",
            )
