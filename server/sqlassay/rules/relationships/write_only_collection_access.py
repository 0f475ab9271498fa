from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.semantics import values as v
from sqlassay.semantics.events import Event, LoaderOptionMade, RelationshipRead
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.plans import EAGER_OPTIONS
from sqlassay.syntax import nodes as n

_OFFERS = frozenset("select insert update delete add add_all remove instance".split())
"""What a write-only collection has."""

_METHODS = {"append": "add", "extend": "add_all"}
"""Methods of lists, and what the collection has in their stead."""

_ITERATING = frozenset("list tuple set frozenset sorted sum min max any all enumerate zip map filter iter dict".split())
_OTHERWISE = frozenset(["len", "reversed"])
"""Builtins that refuse it for another reason."""


@rule("ALC430", "write-only-collection-access", severity=Severity.ERROR, sqlalchemy=">=2.0", fix="unsafe")
class WriteOnlyCollectionAccess(Rule):
    """A write-only collection is read as if it were a list, or loaded eagerly: both raise.

    ## Why
    A collection with `lazy="write_only"` (`WriteOnlyMapped[...]`) is never loaded. Iterating over it, `len()` and `[0]`
    raise `TypeError`; methods that only lists or queries have (`append`, `filter`, `all`) raise `AttributeError`. A
    query with `selectinload()` or another eager loader of it raises `InvalidRequestError: ... does not support object
    population`; that holds for `lazy="dynamic"` too.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, WriteOnlyMapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Account(Base):
        __tablename__ = "accounts"

        id: Mapped[int] = mapped_column(primary_key=True)
        bookings: WriteOnlyMapped["Booking"] = relationship()


    class Booking(Base):
        __tablename__ = "bookings"

        id: Mapped[int] = mapped_column(primary_key=True)
        amount: Mapped[int]
        account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


    def balance(session: Session, account: Account) -> int:
        return sum(booking.amount for booking in account.bookings)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, WriteOnlyMapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Account(Base):
        __tablename__ = "accounts"

        id: Mapped[int] = mapped_column(primary_key=True)
        bookings: WriteOnlyMapped["Booking"] = relationship()


    class Booking(Base):
        __tablename__ = "bookings"

        id: Mapped[int] = mapped_column(primary_key=True)
        amount: Mapped[int]
        account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


    def balance(session: Session, account: Account) -> int:
        return sum(booking.amount for booking in session.scalars(account.bookings.select()))
    ```

    ## Fix safety
    Unsafe: it takes the one session that the function has by a name for the instance's own, and a very large collection
    is perhaps better counted or summed by the database.

    ## What it cannot see
    Collections of instances that nothing shows to be of a mapped class. `if account.bookings:` does not raise, and is
    always true. Setting a whole new collection, which raises once the instance is stored, is not judged.

    ## References
    - [Write only relationships](https://docs.sqlalchemy.org/en/20/orm/large_collections.html#write-only-relationships)
    """

    def relationship_read(self, event: RelationshipRead) -> Iterator[Hit]:
        """A write-only collection, by what is done with it where it stands."""
        if event.relationship.lazy != "write_only" or not isinstance(event.node, n.Attribute):
            return
        around = event.enclosing(event.node)
        spelled = dotted_name(event.node) or full_name(event.relationship)
        declared = (Note(event.relationship.place, "It is declared here."),)
        how = _used(event.node, around)
        if how:
            yield Hit(
                event.at(event.node),
                f"{how} raises `TypeError`: `{spelled}` is write-only and never loaded. Execute "
                f"`session.scalars({spelled}.select())`.",
                related=declared,
                fix=_executed(event) if how == _ITERATED else None,
            )
        elif around and isinstance(around[0], n.Attribute) and not _has(around[0].attr):
            name = around[0].attr
            instead = f"call `{_METHODS[name]}`" if name in _METHODS else f"build on `{spelled}.select()`"
            yield Hit(
                event.at(around[0]),
                f"`.{name}` raises `AttributeError`: `{spelled}` is write-only, and has no such attribute. "
                f"{instead[0].upper()}{instead[1:]}.",
                related=declared,
                fix=_renamed(event, around[0]) if name in _METHODS else None,
            )

    def loader_option_made(self, made: LoaderOptionMade) -> Iterator[Hit]:
        """`selectinload(Account.bookings)` and its like."""
        if made.strategy not in EAGER_OPTIONS:
            return
        for node, value in zip(made.call.args, made.args, strict=False):
            relationship = _named(made, value)
            if relationship is not None and relationship.lazy in ("write_only", "dynamic"):
                kind = "write-only" if relationship.lazy == "write_only" else "dynamic"
                yield Hit(
                    made.at(node),
                    f"Executing this raises an error: `{full_name(relationship)}` is {kind}, and `{made.strategy}` "
                    "cannot load it. Select its rows with a statement of their own.",
                    related=(Note(relationship.place, "It is declared here."),),
                )


_ITERATED = "Iterating over it"


def _used(node: n.Attribute, around: tuple[n.Node, ...]) -> str:
    """What refuses the collection that stands at `node`; empty where nothing does."""
    match around[0] if around else None:
        case n.For(iter=iterated) | n.Generator(iter=iterated) if iterated is node:
            return _ITERATED
        case n.Comprehension(generators=generators) if any(each.iter is node for each in generators):
            return _ITERATED
        case n.Call(func=n.Name(id=name), args=args) if name in _ITERATING and any(each is node for each in args):
            return _ITERATED
        case n.Call(func=n.Name(id=name), args=(first,)) if name in _OTHERWISE and first is node:
            return f"`{name}()`"
        case n.Subscript(value=value) if value is node:
            return "An index"
        case n.Compare(ops=(("in" | "not in") as op,), comparators=(right,)) if right is node:
            return f"`{op}`"
        case n.Starred():
            return "`*`"
        case _:
            return ""


def _has(name: str) -> bool:
    return name in _OFFERS or name.startswith("_")


def _named(event: Event, value: v.Value) -> RelationshipInfo | None:
    if not isinstance(value, v.Mapped):
        return None
    model = event.world.model(value.model)
    return model.relationships.get(value.name) if model is not None else None


def _executed(event: RelationshipRead) -> Fix | None:
    """Execute its select in the one session that is at hand by a name."""
    known = {name: value for name, value in event.frame.env.items() if isinstance(value, v.Session) and value.certain}
    if len(known) != 1 or event.node.end <= event.node.start:
        return None
    (name, session), place = next(iter(known.items())), event.at(event.node)
    if session.is_async and not event.frame.is_async:
        return None
    run = f"{'await ' if session.is_async else ''}{name}.scalars({{0}}.select())"
    return Fix("Execute its `select()`", False, (Replace(place, run, (place,)),))


def _renamed(event: RelationshipRead, node: n.Attribute) -> Fix:
    name = _METHODS[node.attr]
    return Fix(f"Call `{name}`", False, (Replace(event.at(node), f"{{0}}.{name}", (event.at(event.node),)),))
