from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.asyncio.on_read import RelationshipReads, raises, sentence, session_of_read, spelled
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.plans import RUNS
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


@rule("ALC812", "async-collection-on-new-object", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="unsafe")
class AsyncCollectionOnNewObject(Rule):
    """A collection of a new object is touched under asyncio after its INSERT, and was never set: the read raises.

    ## Why
    Before its INSERT a new object has an empty collection for the asking. After it, the object has a row, and what
    was not set on it is loaded from the database when it is read, even for `user.posts.append(...)`. An attribute
    cannot be awaited: under asyncio that read raises `MissingGreenlet` (since 2.1 inside a `StatementError`). The
    asyncio documentation advises to give each new object its empty collections.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list["Item"]] = relationship()


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    async def place(session: AsyncSession) -> None:
        order = Order()
        session.add(order)
        await session.flush()
        order.items.append(Item())
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list["Item"]] = relationship()


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    async def place(session: AsyncSession) -> None:
        order = Order(items=[])
        session.add(order)
        await session.flush()
        order.items.append(Item())
    ```

    ## Fix safety
    Unsafe. The fix gives the constructor an empty list, where it is the one of SQLAlchemy and the collection is a list.
    An object whose rows of the other table exist already would take this for the whole collection.

    ## What it cannot see
    Objects that a function made which is called, or that were given to code that may set the collection. Constructors
    of the model's own. A flush that a query brings about.

    ## References
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [Write only relationships](https://docs.sqlalchemy.org/en/20/orm/large_collections.html#write-only-relationship)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A collection of a new instance that has its row."""
        yield from _found(read, (), True)

    def relationship_read_in_call(self, read: RelationshipReadInCall) -> Iterator[Hit]:
        """The same in what a call calls."""
        yield from _found(read, (Note(read.read, "the call reads it here"),), read.always)


def _found(read: RelationshipReads, notes: tuple[Note, ...], always: bool) -> Iterator[Hit]:
    relationship, origin = read.relationship, read.load.origin
    if read.load.kind != "new" or read.outcome != RUNS or relationship.direction not in _ELSEWHERE:
        return
    if session_of_read(read) is None or origin is None:
        return
    name = f"{read.entity.model.name}.{relationship.name}"
    lead = "This call reads it: " if isinstance(read, RelationshipReadInCall) else ""
    again = f'`await session.refresh({spelled(read)}, ["{relationship.name}"])` first'
    empty = "None" if relationship.uselist is False else "[]"
    fix = None
    if _is_given(read, origin):
        harm = f"`{name}` was expired with its object, and a refresh loads the columns alone: {raises(read)}."
        remedies = [again]
    else:
        harm = f"`{name}` was not set before the INSERT, so that it would be loaded now: {raises(read)}."
        remedies = [f"add `{relationship.name}={empty}` where the object is made", again]
        if empty == "None" or _is_list(relationship):
            title = f"Add `{relationship.name}={empty}`"
            fix = Fix(title, False, (AddKeyword(origin, relationship.name, empty),))
    yield Hit(
        read.at(read.node),
        f"{lead}{harm} {sentence(remedies)}",
        (*notes, Note(origin, "the new object"), Note(relationship.place, "the relationship")),
        fix,
        None if always else Severity.WARNING,
    )


def _is_given(read: RelationshipReads, origin: Place) -> bool:
    call = read.frame.unit.call_at(origin)
    return call is None or any(each.name == read.relationship.name for each in call.keywords)


_ELSEWHERE = frozenset(["one-to-many", "many-to-many"])
"""Directions of which the object's own row says nothing: reading them always takes a SELECT."""


def _is_list(relationship: RelationshipInfo) -> bool:
    """Whether the collection is a list: an annotation says so, or nothing says otherwise."""
    if "collection_class" in relationship.keywords:
        return False
    match relationship.annotation:
        case None:
            return True
        case n.Subscript(index=n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name))):
            return name in ("list", "List")
        case n.Subscript(value=n.Name(id=name) | n.Attribute(attr=name)):
            return name in ("list", "List")
        case _:
            return False
