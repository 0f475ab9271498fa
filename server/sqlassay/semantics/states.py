"""What befalls an instance after it was loaded or made: added, flushed, changed, expired.

The marks stand in `Load.state`, on every value of the function that holds the instance. Where two ways of the code
meet, those stay that both agree on: a mark says what is certain. How SQLAlchemy does it: `orm.state`, `orm.session`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sqlassay.semantics import aside, plans
from sqlassay.semantics import values as v
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.frame import Frame
    from sqlassay.semantics.site import Site

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

OPEN = "open"
"""A new one was in the hands of code that is not followed, or made by code of its own: what is set on it nobody knows.
"""
TOUCHED = "touched"
"""A loaded one was in the hands of code that awaits: which of its relationships that loaded nobody knows."""
assert frozenset([OPEN, TOUCHED]) == v.EITHER

_HAS = "has "
"""Before the name of a relationship that a new one holds, since somebody set or read it."""


def new(place: Place, names: Iterable[str] | None) -> v.Load:
    """The Load of a new instance made at `place` with `names` set; None where its constructor may set others."""
    state = frozenset([OPEN]) if names is None else frozenset(f"{_HAS}{each}" for each in names)
    return v.Load("new", state=state, origin=place)


def made_by_update(column: ColumnInfo) -> bool:
    """Whether an UPDATE makes the column's value at the database: `onupdate=func.now()`, `server_onupdate=`."""
    if "server_onupdate" in column.keywords:
        return True
    return isinstance(column.onupdate, n.Call) and "func" in _root(column.onupdate.func)


def _root(node: n.Expr) -> set[str]:
    found: set[str] = set()
    while isinstance(node, n.Attribute):
        found.add(node.attr)
        node = node.value
    return found | ({node.id} if isinstance(node, n.Name) else set())


def on_new(owner: v.Entity, relationship: RelationshipInfo) -> str | None:
    """What reading a relationship off an instance comes to that this function made, as `plans.on_read` says it."""
    state = owner.load.state
    if FLUSHED not in state or OPEN in state or f"{_HAS}{relationship.name}" in state or not relationship.certain:
        return None
    # Eager strategies are for queries: what no query brought is loaded when it is read.
    lazily = relationship.lazy in plans.LAZY_STRATEGIES or relationship.lazy in ("selectin", "joined", "subquery")
    return plans.RUNS if lazily else None


def kept(frame: Frame, owner: v.Entity, name: str) -> None:
    """A new instance holds a relationship from now on: one that has no row yet is given an empty collection."""
    _change(frame, _like(owner), lambda state: state | {f"{_HAS}{name}"})


def assigned(frame: Frame, owner: v.Entity, name: str, is_column: bool) -> None:
    """An attribute of an instance was given a value."""
    if is_column:
        if EXPIRED not in owner.load.state:
            _change(frame, _like(owner), lambda state: state | {DIRTY})
    else:
        aside.given(frame, owner, (name,))
        if owner.load.kind == "new":
            kept(frame, owner, name)


def handed_over(frame: Frame, values: Iterable[v.Value], awaited: bool) -> None:
    """Instances were given to code that may do anything to them: what is new is no longer known.

    `awaited`: that code may use the session too, and load again what is expired.
    """
    for given in v.entities_of(values):
        if given.load.kind == "new":
            _change(frame, _like(given), lambda state: (state if not awaited else frozenset()) | {OPEN})
        elif awaited:
            _change(frame, _like(given), lambda _state: frozenset([TOUCHED]))


def session_did(site: Site, session: v.Session, method: str) -> None:
    """A session ended its transaction, wrote, expired or loaded again: what that does to its instances."""
    deed = _DEEDS.get(method)
    if deed is not None:
        deed(site, session)


def committed(frame: Frame, session: v.Session) -> None:
    """A transaction of the session was committed."""
    if session.expires is None:
        # Nobody knows whether they are expired, but whatever was there to undo is not.
        _change(frame, _of(session), lambda state: (_written(state) | {SETTLED}) - {UPDATED})
    elif session.expires:
        _change(frame, _of(session), lambda state: _flushed(state) | {EXPIRED})
    else:
        _change(frame, _of(session), lambda state: _written(state) | {SETTLED})


def _commit(site: Site, session: v.Session) -> None:
    committed(site.ev.frame, session)


def _flush(site: Site, session: v.Session) -> None:
    _change(site.ev.frame, _of(session), _written)


def _flushed(state: frozenset[str]) -> frozenset[str]:
    return state | {FLUSHED} if ADDED in state else state


def _written(state: frozenset[str]) -> frozenset[str]:
    """After a flush. An INSERT brings back what the database makes; an UPDATE does not (`eager_defaults="auto"`)."""
    if DIRTY in state and (ADDED not in state or FLUSHED in state):
        return (_flushed(state) - {DIRTY}) | {UPDATED}
    return _flushed(state) - {DIRTY}


def _rollback(site: Site, session: v.Session) -> None:
    def undo(state: frozenset[str]) -> frozenset[str]:
        if SETTLED in state:
            return state
        return frozenset([OPEN]) if ADDED in state else state | {EXPIRED}

    _change(site.ev.frame, _of(session), undo)


def _expire_all(site: Site, session: v.Session) -> None:
    _change(site.ev.frame, _of(session), lambda state: state | {EXPIRED})


def _named(site: Site) -> Callable[[v.Entity], bool]:
    given = v.entities_in(site.argument(0, "instance"))
    return lambda each: any(_same(each, one) for one in given)


def _expire(site: Site, _session: v.Session) -> None:
    if len(site.args) + len(site.keywords) == 1:
        _change(site.ev.frame, _named(site), lambda state: state | {EXPIRED})


def _refresh(site: Site, _session: v.Session) -> None:
    named = site.argument(1, "attribute_names")
    names = [each.value for each in named.items if isinstance(each, v.Const)] if isinstance(named, v.TupleValue) else []
    for each in v.entities_in(site.argument(0, "instance")):
        aside.given(site.ev.frame, each, map(str, names))
        for name in names if each.load.kind == "new" else ():
            kept(site.ev.frame, each, str(name))
    if not names:
        _change(site.ev.frame, _named(site), lambda state: state - {EXPIRED, UPDATED, DIRTY, SETTLED})
    else:
        # Which of the others are loaded then is not followed.
        _change(site.ev.frame, _named(site), lambda state: state - {EXPIRED, UPDATED})


def _add(site: Site, session: v.Session) -> None:
    given = v.entities_of((*site.args, *site.keywords.values()))

    def added(load: v.Load) -> v.Load:
        return replace(load, state=load.state | {ADDED}, session=session) if load.kind == "new" else load

    _replace(site.ev.frame, lambda each: any(_same(each, one) for one in given), added)


def _leave(site: Site, session: v.Session) -> None:
    """Detached instances load nothing, whatever happens to the session."""
    _change(site.ev.frame, _of(session), lambda state: state - {ADDED, DIRTY})


_DEEDS: dict[str, Callable[[Site, v.Session], None]] = {
    "commit": _commit,
    "flush": _flush,
    "rollback": _rollback,
    "expire_all": _expire_all,
    "expire": _expire,
    "refresh": _refresh,
    "add": _add,
    "add_all": _add,
    "close": _leave,
    "expunge": _leave,
    "expunge_all": _leave,
}


# -------------------------------------------------------------------- helpers


def session_of(entity: v.Entity) -> v.Session | None:
    """The session that an instance is in, where it is known."""
    load = entity.load
    session = load.session if load.statement is None else load.statement.session
    return session if isinstance(session, v.Session) else None


def _of(session: v.Session) -> Callable[[v.Entity], bool]:
    return lambda each: session_of(each) == session


def _like(entity: v.Entity) -> Callable[[v.Entity], bool]:
    return lambda each: _same(each, entity)


def _same(left: v.Entity, right: v.Entity) -> bool:
    """Whether two values may be the same instance, as far as can be told."""
    ours, theirs = left.load, right.load
    return (left.model, ours.statement, ours.path, ours.origin) == (
        right.model,
        theirs.statement,
        theirs.path,
        theirs.origin,
    )


def _change(frame: Frame, of: Callable[[v.Entity], bool], change: Callable[[frozenset[str]], frozenset[str]]) -> None:
    def changed(load: v.Load) -> v.Load:
        state = change(load.state)
        return load if state == load.state else replace(load, state=state)

    _replace(frame, of, changed)


def _replace(frame: Frame, of: Callable[[v.Entity], bool], change: Callable[[v.Load], v.Load]) -> None:
    """Change how instances came to be, in every value of the function that holds them."""

    def changed(entity: v.Entity) -> v.Entity:
        load = change(entity.load) if of(entity) else entity.load
        return entity if load is entity.load else v.Entity(entity.model, load, entity.parent_link)

    around: Frame | None = frame
    while around is not None:
        for name, value in around.env.items():
            if type(value) in v.HOLDERS:
                around.env[name] = v.with_entities(value, changed)
        around = around.parent
