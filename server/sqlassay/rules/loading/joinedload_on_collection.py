from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loaders import relationship_at, renaming
from sqlassay.semantics.events import LoaderOptionMade
from sqlassay.semantics.values import Mapped


@rule("ALC613", "joinedload-on-collection", severity=Severity.HINT, presets=(), fix="unsafe")
class JoinedloadOnCollection(Rule):
    """A collection is loaded by `joinedload`: each row of the parent comes once for each member.

    ## Why
    All columns of a parent are sent again with each member of its collection, results need `.unique()`, a LIMIT makes
    SQLAlchemy wrap the query in a subquery, and `yield_per` is refused. `selectinload` takes one SELECT more and sends
    nothing twice; the documentation recommends it for collections, and `joinedload` for references. Off by default:
    for small collections of narrow rows the one statement may be quicker.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship(back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship(back_populates="posts")


    statement = select(User).options(joinedload(User.posts)).limit(10)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship(back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship(back_populates="posts")


    statement = select(User).options(selectinload(User.posts)).limit(10)
    ```

    ## Fix safety
    Unsafe: the same objects come by one SELECT more.

    ## What it cannot see
    How large the collections are. Options whose relationship cannot be read, and relationships with `lazy="joined"`.

    ## References
    - [What kind of loading to use](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#what-kind-of-loading-to-use)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    """

    def loader_option_made(self, event: LoaderOptionMade) -> Iterator[Hit]:
        """`joinedload(User.posts)`, called or chained."""
        attribute = event.args[-1] if event.args else None
        if event.strategy != "joinedload" or not isinstance(attribute, Mapped):
            return
        relationship = relationship_at(event.world, ((attribute.model, attribute.name),))
        if relationship is None or relationship.uselist is not True:
            return
        ops = renaming(event, "selectinload")
        owner = attribute.model.name
        yield Hit(
            event.at(event.call),
            f"Each {owner} comes once for each member of `{owner}.{attribute.name}`, with all its columns. "
            "Use `selectinload`, which sends nothing twice.",
            fix=Fix("Use `selectinload`", False, ops) if ops else None,
        )
