"""What befalls an instance after it was loaded or made: added, flushed, changed, expired.

The marks stand in `Load.state`, on every value of the function that holds the instance. Where two ways of the code
meet, those stay that both agree on: a mark says what is certain. How SQLAlchemy does it: `orm.state`, `orm.session`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sqlassay.semantics import aside, plans
from sqlassay.semantics import values as v
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.frame import Frame

EXPIRED = "expired"
"""All its attributes: the next read of any loads its row again."""
DIRTY = "dirty"
"""A column's attribute was assigned since the last flush."""
UPDATED = "updated"
"""An UPDATE was sent for it: what the database makes of other columns is not loaded."""
ADDED = "added"
"""A new one was given to a session."""
FLUSHED = "flushed"
"""A new one has its row: what was not set on it is loaded on read."""
SETTLED = "settled"
"""Its transaction has ended without expiring it: there is nothing that a rollback would undo."""
GONE = "gone"
"""It is in no session any more: deleted, expunged, or its session is closed. What a session does leaves it alone."""

OPEN = "open"
"""A new one was in the hands of code that is not followed, or made by code of its own: what is set on it nobody knows.
"""
TOUCHED = "touched"
"""A loaded one was in the hands of code that awaits: which of its relationships that loaded nobody knows."""
assert frozenset([OPEN, TOUCHED]) == v.EITHER

HAS = "has "
"""Before the name of an attribute that it holds, since somebody set it (or, of a new one's relationship, read it)."""


def new(place: Place, names: Iterable[str] | None) -> v.Load:
    """The Load of a new instance made at `place` with `names` set; None where its constructor may set others."""
    state = frozenset([OPEN]) if names is None else frozenset(f"{HAS}{each}" for each in names)
    return v.Load("new", state=state, origin=place)


def holds(entity: v.Entity, name: str) -> bool:
    """Whether somebody gave the attribute its value, and nothing has expired it since."""
    return f"{HAS}{name}" in entity.load.state


def made_by_update(column: ColumnInfo) -> bool:
    """Whether an UPDATE makes the column's value at the database: `onupdate=func.now()`, `server_onupdate=`."""
    if "server_onupdate" in column.keywords:
        return True
    return isinstance(column.onupdate, n.Call) and not _SQL.isdisjoint(_root(column.onupdate.func))


_SQL = frozenset(["func", "text", "literal_column"])


def _root(node: n.Expr) -> set[str]:
    found: set[str] = set()
    while isinstance(node, n.Attribute):
        found.add(node.attr)
        node = node.value
    return found | ({node.id} if isinstance(node, n.Name) else set())


def on_new(owner: v.Entity, relationship: RelationshipInfo) -> str | None:
    """What reading a relationship off an instance comes to that this function made, as `plans.on_read` says it."""
    state = owner.load.state
    if FLUSHED not in state or OPEN in state or holds(owner, relationship.name) or not relationship.certain:
        return None
    if not _DEFAULTS.isdisjoint(relationship.keywords):
        return None  # the constructor of a data class sets it
    # Eager strategies are for queries: what no query brought is loaded when it is read.
    lazily = relationship.lazy in plans.LAZY_STRATEGIES or relationship.lazy in plans.BY_DEFAULT
    return plans.RUNS if lazily else None


_DEFAULTS = frozenset(["default", "default_factory"])


def kept(frame: Frame, owner: v.Entity, name: str) -> None:
    """A new instance holds a relationship from now on: one that has no row yet is given an empty collection."""
    change(frame, like(owner), lambda state: state | {f"{HAS}{name}"})


def given(frame: Frame, owner: v.Entity, name: str) -> None:
    """An attribute of an instance was given what it holds, as if it had been loaded."""
    aside.given(frame, owner, (name,))
    kept(frame, owner, name)


def assigned(frame: Frame, owner: v.Entity, name: str, is_column: bool) -> None:
    """An attribute of an instance was given a value."""
    if is_column:
        change(frame, like(owner), lambda state: state | {DIRTY, f"{HAS}{name}"})
    else:
        aside.given(frame, owner, (name,))
        if owner.load.kind == "new":
            kept(frame, owner, name)


def handed_over(frame: Frame, values: Iterable[v.Value], awaited: bool) -> None:
    """Instances were given to code that may do anything to them: what is new is no longer known.

    `awaited`: that code may use the session too, and load again what is expired.
    """
    for value in values:
        for given in v.entities_in(value):
            if given.load.kind == "new":
                change(frame, like(given), lambda state: (state if not awaited else frozenset()) | {OPEN})
            elif awaited:
                change(frame, like(given), lambda _state: frozenset([TOUCHED]))


# -------------------------------------------------------------------- helpers


def session_of(entity: v.Entity) -> v.Session | None:
    """The session that an instance is in, where it is known."""
    load = entity.load
    session = load.session if load.statement is None else load.statement.session
    return session if isinstance(session, v.Session) else None


def like(entity: v.Entity) -> Callable[[v.Entity], bool]:
    """Whether a value may be that instance."""
    return lambda each: same(each, entity)


def same(left: v.Entity, right: v.Entity) -> bool:
    """Whether two values may be the same instance, as far as can be told."""
    ours, theirs = left.load, right.load
    return (left.model, ours.statement, ours.path, ours.origin) == (
        right.model,
        theirs.statement,
        theirs.path,
        theirs.origin,
    )


def change(frame: Frame, of: Callable[[v.Entity], bool], then: Callable[[frozenset[str]], frozenset[str]]) -> None:
    """Change the marks of instances, in every value of the function that holds them."""
    replace_loads(frame, of, lambda load: replace(load, state=then(load.state)))


def replace_loads(frame: Frame, of: Callable[[v.Entity], bool], then: Callable[[v.Load], v.Load]) -> None:
    """Change how instances came to be, in every value of the function that holds them."""

    def changed(entity: v.Entity) -> v.Entity:
        return v.Entity(entity.model, then(entity.load), entity.parent_link) if of(entity) else entity

    around: Frame | None = frame
    while around is not None:
        forgotten: list[str] = []
        for name, value in around.env.items():
            if isinstance(value, _HOLDERS) and any(of(each) for each in v.entities_in(value)):
                new = around.env[name] = v.with_entities(value, changed)
                if isinstance(new, v.Entity) and EXPIRED in new.load.state:
                    forgotten.append(f"{name}.")
        if forgotten:
            # What `user.name = name` said of the attribute holds no longer.
            for name in [each for each in around.env if each.startswith(tuple(forgotten))]:
                del around.env[name]
        around = around.parent


def held(frame: Frame) -> Iterator[v.Entity]:
    """The instances that the function's values hold."""
    around: Frame | None = frame
    while around is not None:
        for value in around.env.values():
            if isinstance(value, _HOLDERS):
                yield from v.entities_in(value)
        around = around.parent


_HOLDERS = (v.Entity, v.Union, v.TupleValue, v.Collection, v.DictValue)
