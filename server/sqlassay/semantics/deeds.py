"""What a session does to its instances: commits expire them, a query loads them again, closing detaches them.

The marks that this leaves are those of `states`. How SQLAlchemy does it: `orm.session`, `orm.loading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, get_args

from msgspec.structs import replace

from sqlassay.semantics import aside, plans
from sqlassay.semantics import values as v
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.states import (
    ADDED,
    DIRTY,
    EXPIRED,
    FLUSHED,
    GONE,
    HAS,
    OPEN,
    SETTLED,
    TOUCHED,
    UPDATED,
    change,
    held,
    kept,
    like,
    replace_loads,
    same,
    session_of,
)
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.frame import Frame
    from sqlassay.semantics.site import Site


def session_did(site: Site, session: v.Session, method: str) -> None:
    """A session ended its transaction, wrote, expired or loaded again: what that does to its instances."""
    deed = _DEEDS.get(method)
    if deed is not None:
        deed(site, session)


def committed(frame: Frame, session: v.Session) -> None:
    """A transaction of the session was committed."""
    if session.expires:
        change(frame, _in(frame, session), _expired)
    else:
        # Where nobody knows whether they are expired: what is not loaded then, is not loaded either way.
        change(frame, _in(frame, session), lambda state: _written(state) | {SETTLED})


def closed(frame: Frame, session: v.Session) -> None:
    """A session was closed: its instances are detached, and load nothing any more."""
    change(frame, _in(frame, session), _left)


def forgotten(frame: Frame, value: v.Value) -> None:
    """Instances are made what they were not: nothing is known of them any more."""
    given = list(v.entities_in(value))
    change(frame, lambda each: any(same(each, one) for one in given), lambda _state: frozenset([GONE, TOUCHED, OPEN]))


def _left(state: frozenset[str]) -> frozenset[str]:
    return (state - {ADDED, DIRTY}) | {GONE}


def _expired(state: frozenset[str]) -> frozenset[str]:
    """All that was loaded, or set, is forgotten."""
    kept = (each for each in _flushed(state) - {DIRTY, UPDATED, SETTLED} if not each.startswith(HAS))
    return frozenset([*kept, EXPIRED])


def _commit(site: Site, session: v.Session) -> None:
    committed(site.ev.frame, session)


def _flush(site: Site, session: v.Session) -> None:
    change(site.ev.frame, _in(site.ev.frame, session), _written)


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
        return frozenset([OPEN]) if ADDED in state else _expired(state)

    change(site.ev.frame, _in(site.ev.frame, session), undo)


def _expire_all(site: Site, session: v.Session) -> None:
    change(site.ev.frame, _in(site.ev.frame, session), _expired)


def _named(site: Site) -> Callable[[v.Entity], bool]:
    given = list(v.entities_in(site.argument(0, "instance")))
    return lambda each: any(same(each, one) for one in given)


def _expire(site: Site, _session: v.Session) -> None:
    if len(site.args) + len(site.keywords) == 1:
        change(site.ev.frame, _named(site), _expired)


def _refresh(site: Site, session: v.Session) -> None:
    named = site.argument(1, "attribute_names")
    names = [each.value for each in named.items if isinstance(each, v.Const)] if isinstance(named, v.TupleValue) else []
    for each in v.entities_in(site.argument(0, "instance")):
        aside.given(site.ev.frame, each, map(str, names))
        for name in names if each.load.kind == "new" else ():
            kept(site.ev.frame, each, str(name))
        renewed(site.ev.world, site.ev.frame, session, plans.brought_along(site.ev.world, each.model, map(str, names)))
        if each.load.kind == "new" and not names:
            # What the model loads eagerly comes along.
            for name in plans.eager_names(site.ev.world, each.model):
                kept(site.ev.frame, each, name)
    if not names:
        change(site.ev.frame, _named(site), lambda state: state - {EXPIRED, UPDATED, DIRTY, SETTLED})
    else:
        # Which of the others are loaded then is not followed.
        change(site.ev.frame, _named(site), lambda state: state - {EXPIRED, UPDATED})


def _add(site: Site, session: v.Session) -> None:
    given = [each for value in (*site.args, *site.keywords.values()) for each in v.entities_in(value)]

    def added(load: v.Load) -> v.Load:
        return replace(load, state=load.state | {ADDED}, session=session) if load.kind == "new" else load

    replace_loads(site.ev.frame, lambda each: any(same(each, one) for one in given), added)


def _close(site: Site, session: v.Session) -> None:
    closed(site.ev.frame, session)


def _expunge(site: Site, _session: v.Session) -> None:
    change(site.ev.frame, _named(site), _left)


def _delete(site: Site, session: v.Session) -> None:
    """A deleted instance is never expired, nor is what a cascade deletes; and deleting loads what it may need."""
    world = site.ev.world
    for each in v.entities_in(site.argument(0, "instance")):
        wider = plans.deletes_others(world, each.model)
        of = _in(site.ev.frame, session) if wider else _named(site)
        change(site.ev.frame, of, _deleted_in_async if session.is_async else _deleted)


def _deleted(_state: frozenset[str]) -> frozenset[str]:
    return frozenset([GONE])


def _deleted_in_async(_state: frozenset[str]) -> frozenset[str]:
    return frozenset([GONE, TOUCHED])


_DEEDS: dict[str, Callable[[Site, v.Session], None]] = {
    "commit": _commit,
    "flush": _flush,
    "rollback": _rollback,
    "expire_all": _expire_all,
    "expire": _expire,
    "refresh": _refresh,
    "add": _add,
    "add_all": _add,
    "delete": _delete,
    "expunge": _expunge,
    **dict.fromkeys(["close", "aclose", "reset", "remove", "invalidate", "close_all", "expunge_all"], _close),
}


def queried(site: Site, session: v.Value, statement: v.Statement | None) -> None:
    """A session ran a statement (None: one that nobody can read): what it brings is loaded again."""
    if not isinstance(session, v.Session):
        return
    world, frame = site.ev.world, site.ev.frame
    if statement is None:
        renewed(world, frame, session, None)
    elif statement.kind == "delete":
        gone = [each.ref for each in statement.entities if isinstance(each, v.Model)]
        of = _of_models(world, session, gone)
        change(frame, of, lambda _state: frozenset([GONE, TOUCHED]))
    else:
        renewed(world, frame, session, plans.brought_by(world, statement))


def renewed(world: World, frame: Frame, session: v.Session, models: Iterable[Ref] | None) -> None:
    """A session has loaded instances of some models (None: of any) again: those that it knew are not expired."""
    of = _of_models(world, session, None if models is None else list(models))
    change(
        frame,
        lambda each: not _STALE.isdisjoint(each.load.state) and of(each),
        lambda state: state - _STALE,
    )


_STALE = frozenset([EXPIRED, UPDATED])


def reloaded(world: World, frame: Frame, owner: v.Entity, name: str) -> None:
    """An attribute of an instance was loaded by awaiting it: its row comes along."""
    aside.given(frame, owner, (name,))
    change(frame, like(owner), lambda state: state - _STALE)
    session = session_of(owner)
    if session is not None:
        renewed(world, frame, session, plans.brought_along(world, owner.model, (name,)))


def others_may_load(site: Site) -> None:
    """Code that is not SQLAlchemy's is awaited: it may use any session that it can come by, and load again."""
    frame = site.ev.frame
    if not frame.is_async or not any(not _STALE.isdisjoint(each.load.state) for each in held(frame)):
        return
    if not _awaited(frame, site.node):
        return
    given = [each for value in (*site.args, *site.keywords.values()) for each in v.members(value)]
    passed = any(isinstance(each, v.Session) or any(True for _ in v.entities_in(each)) for each in given)

    def reached(each: v.Entity) -> bool:
        session = session_of(each)
        opening = frame.openings.get(session.origin) if session is not None and session.origin is not None else None
        private = opening is not None and not opening.escaped
        return not _STALE.isdisjoint(each.load.state) and (passed or (not private and _has_owner(site)))

    change(frame, reached, lambda state: (state - _STALE) | {TOUCHED})


def _has_owner(site: Site) -> bool:
    """Whether the called has something of its own to come by a session: an object that it is a method of, a closure."""
    match site.callee:
        case v.FunctionValue(bound=bound):
            return bound is not None
        case v.External() | v.ClassValue() | v.Model():
            return False
        case v.Method(receiver=v.ExternalObject() | v.External()):
            return False
        case _:
            return True


_STATEMENTS = get_args(n.Stmt)


def _awaited(frame: Frame, node: n.Expr) -> bool:
    """Whether a call is awaited, if only along with others (`asyncio.gather`), or in the head of an async statement."""
    for each in frame.enclosing(node):
        if isinstance(each, n.Await):
            return True
        if isinstance(each, _STATEMENTS):
            return isinstance(each, n.For | n.With) and each.is_async
    return False


# -------------------------------------------------------------------- helpers


def _in(frame: Frame, session: v.Session) -> Callable[[v.Entity], bool]:
    """Which instances are certainly in the session: none where another one of the function looks like it."""
    if not _is_alone(frame, session):
        return lambda _each: False
    return lambda each: session_of(each) == session and GONE not in each.load.state


def _is_alone(frame: Frame, session: v.Session) -> bool:
    """Whether all that the function knows as this session is one: two parameters of a type cannot be told apart."""
    if session.origin is not None:
        return True
    params = {each.name for each in frame.function.params} if frame.function is not None else set()
    spelled = {name for name in params if frame.env.get(name) == session}
    for use in frame.uses:
        if use.session == session and isinstance(use.node, n.Call) and isinstance(use.node.func, n.Attribute):
            spelled.add(dotted_name(use.node.func.value) or "")
    return len(spelled) <= 1


def _of_models(world: World, session: v.Session, models: list[Ref] | None) -> Callable[[v.Entity], bool]:
    def of(each: v.Entity) -> bool:
        if session_of(each) != session:
            return False
        return models is None or any(plans.related(world, each.model, one) for one in models)

    return of
