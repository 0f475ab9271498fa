"""What a handler leaves behind that catches a failed flush: a session that refuses everything, and who meets it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import own_statements, walk
from sqlassay.fixes.ops import Fix, Insert
from sqlassay.rules.base import Note
from sqlassay.semantics.events import FunctionEnd, HandlerInfo, SessionUse
from sqlassay.semantics.flow import ends_with, sometimes_reached, statements_after
from sqlassay.semantics.names import dotted_name, last_name
from sqlassay.semantics.values import Session
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

DATABASE_ERRORS = frozenset(
    f"exc:{name}"
    for name in (
        "SQLAlchemyError DBAPIError StatementError DatabaseError IntegrityError OperationalError ProgrammingError "
        "DataError InternalError InterfaceError NotSupportedError FlushError StaleDataError"
    ).split()
)
"""What a flush raises."""

ALL_ERRORS = frozenset({"Exception", "BaseException"})
"""What catches those with everything else."""

_FLUSHES = frozenset({"flush", "commit"})
_ENDS = frozenset({"rollback", "close", "aclose", "remove", "invalidate", "reset", "close_all", "expunge_all"})
"""Methods after which the session works again, or is not used any more."""
_ASKS = frozenset("execute scalars scalar stream stream_scalars exec query refresh flush commit begin_nested".split())
"""Methods that raise PendingRollbackError on a session that waits for its rollback."""
_SURE = _ASKS - {"flush"}
"""Those that raise even where nothing is to be written."""

_WITHOUT_PENDING = frozenset({"add", "add_all", "delete", "expunge", *_FLUSHES})
"""Methods that, before a flush, raise nothing a handler for database errors would catch."""

_CLEANS = ("rollback", "roll_back", "close", "cleanup", "clean_up", "reset", "abort")
"""Words in a function's name that say it ends what the session was at."""

_ROUTES = frozenset("get post put patch delete head options route api_route websocket".split())
"""Decorators of endpoints (`@router.post(...)`), whose session ends with the request."""

_OUTLIVES = frozenset({"parameter", "attribute", "module", "scoped"})
"""Where a session comes from that others have too."""


class Unfinished(Struct, frozen=True):
    """A handler after which a session waits for its rollback."""

    handler: HandlerInfo
    flush: SessionUse
    """The flush or commit that fails."""
    session: str
    """The session as the code spells it."""
    use: SessionUse | None
    """The first use after it in the function; None where the session is somebody else's too."""
    certain: bool
    """Nothing lies between the handler and the use."""


def unfinished(
    end: FunctionEnd, caught: frozenset[str], not_caught: frozenset[str] = frozenset()
) -> Iterator[Unfinished]:
    """The handlers of a function for `caught` errors (and none of `not_caught`) that leave a session unfinished."""
    if end.broken:
        return
    for handler in end.handlers:
        names = frozenset(handler.names)
        if names.isdisjoint(caught) or not names.isdisjoint(not_caught) or _is_covered(end, handler):
            continue
        flush = next((use for use in end.uses if _fails_in(end, use, handler)), None)
        if flush is None or _repairs(end, handler, flush):
            continue
        found = _met(end, handler, flush)
        if found is not None:
            yield found


def _is_covered(end: FunctionEnd, handler: HandlerInfo) -> bool:
    """Whether an earlier handler of the same try catches all that a flush raises."""
    wide = ALL_ERRORS | {"exc:SQLAlchemyError"}
    for other in end.handlers:
        if other.node is handler.node:
            return False
        if other.try_key == handler.try_key and not wide.isdisjoint(other.names):
            return True
    return False


def _fails_in(end: FunctionEnd, use: SessionUse, handler: HandlerInfo) -> bool:
    """Whether the use is a flush in the handler's try whose error nobody deals with on the way to the handler."""
    if use.method not in _FLUSHES or not isinstance(use.session, Session) or spelled(use) == "":
        return False
    if (handler.try_key, "body") not in use.tries or "begin" in use.guards or "begin_nested" in use.guards:
        return False
    inner = use.tries[use.tries.index((handler.try_key, "body")) + 1 :]
    if any(_deals(end, key) for key, region in inner if region == "body"):
        return False
    return not _ends_inside(end, use, handler.try_node)


def _deals(end: FunctionEnd, key: int) -> bool:
    """Whether an inner try catches database errors itself, or ends the session in its finally."""
    wide = ALL_ERRORS | DATABASE_ERRORS
    return any(each.try_key == key and not wide.isdisjoint(each.names) for each in end.handlers) or any(
        each.method in _ENDS and (key, "finally") in each.tries for each in end.uses
    )


def _ends_inside(end: FunctionEnd, use: SessionUse, outer: n.Try) -> bool:
    """Whether the session is opened inside the try, by a `with` or a call: nobody meets it afterwards."""
    origin = use.session.origin if isinstance(use.session, Session) else None
    if origin is not None and end.at(outer).holds(origin):
        return True
    root = spelled(use).split(".", 1)[0]
    for each in end.enclosing(use.node):
        if each is outer:
            return False
        if isinstance(each, n.With) and any(_binds(item, root) for item in each.items):
            return True
    return False


def _binds(item: n.WithItem, root: str) -> bool:
    """Whether a `with` hands out the session, or begins its transaction."""
    target = item.target.id if isinstance(item.target, n.Name) else ""
    return target == root or any(isinstance(each, n.Name) and each.id == root for each in walk(item.context))


def spelled(use: SessionUse) -> str:
    """The session of a use as the code spells it; empty where it is no plain dotted name."""
    node = use.node
    owner = node.func.value if isinstance(node, n.Call) and isinstance(node.func, n.Attribute) else None
    return (dotted_name(owner) if owner is not None else None) or ""


# ------------------------------------------------------------------ repaired?


def _repairs(end: FunctionEnd, handler: HandlerInfo, flush: SessionUse) -> bool:
    """Whether the handler (or the try's finally) makes the session work again, raises, or hands it to who may."""
    if ends_with(handler.node.body) == "raise":
        return True
    region = [handler.node, *handler.try_node.finalbody]
    if any(_ends_session(each, flush, end) for each in region):
        return True
    return any(_hands_over(node, flush) for each in region for node in walk(each))


def _ends_session(node: n.Node, flush: SessionUse, end: FunctionEnd) -> bool:
    return any(
        use.method in _ENDS and spelled(use) == spelled(flush) and node.start <= use.node.start < node.end
        for use in end.uses
    )


def _hands_over(node: n.Node, flush: SessionUse) -> bool:
    """Whether a call gives the session away, or says that it cleans up: `self._rollback()`."""
    if not isinstance(node, n.Call):
        return False
    if any(word in last_name(node.func).lower() for word in _CLEANS):
        return True
    given = (*node.args, *(each.value for each in node.keywords))
    return any(dotted_name(each) == spelled(flush) for each in given)


# ------------------------------------------------------------------- who meets it


def _met(end: FunctionEnd, handler: HandlerInfo, flush: SessionUse) -> Unfinished | None:
    """The first use of the session that follows, or that it outlives the function; None where nobody meets it."""
    way = ends_with(handler.node.body)
    own = end.frame.function
    root = spelled(flush).split(".", 1)[0]
    after = statements_after(end.frame, handler.try_node, way, lambda around: _is_other_session(around, root))
    for statement in (*handler.node.body, *after):
        if any(_hands_over(each, flush) for each in walk(statement) if not _is_inside(handler, each)):
            return None
        for use in _uses_in(end, statement, flush):
            if use.method in _ENDS:
                return None
            if use.method in _ASKS and not sometimes_reached(end.frame, use.node, statement):
                return Unfinished(handler, flush, spelled(flush), use, use.method in _SURE)
    session = flush.session
    assert isinstance(session, Session)
    lives_on = session.origin is None and session.source in _OUTLIVES
    if not lives_on or own is None or (session.source == "parameter" and _is_endpoint(own)):
        return None
    return Unfinished(handler, flush, spelled(flush), None, False)


def _is_inside(handler: HandlerInfo, node: n.Node) -> bool:
    return handler.node.start <= node.start < handler.node.end


def _uses_in(end: FunctionEnd, statement: n.Stmt, flush: SessionUse) -> Iterator[SessionUse]:
    """What is done with that session inside a statement."""
    for use in end.uses:
        inside = statement.start <= use.node.start < statement.end
        if inside and spelled(use) == spelled(flush) and use.session == flush.session:
            yield use


def _is_other_session(around: n.Node, root: str) -> bool:
    """Whether outside of that node the session is closed, or each round of the loop has its own."""
    match around:
        case n.With(items=items):
            return any(_binds(item, root) for item in items)
        case n.For(body=body) | n.While(body=body):
            assigned = (each.targets for each in own_statements(body) if isinstance(each, n.Assign))
            return any(isinstance(each, n.Name) and each.id == root for targets in assigned for each in targets)
        case _:
            return False


def _is_endpoint(function: n.FunctionDef) -> bool:
    return any(
        isinstance(each, n.Call) and isinstance(each.func, n.Attribute) and each.func.attr in _ROUTES
        for each in function.decorators
    )


# ------------------------------------------------------------- what rules say


def only_flushes(end: FunctionEnd, found: Unfinished) -> bool:
    """Whether a database error in the try can only come from the flush, so that a rollback loses nothing more."""
    uses = [use for use in end.uses if (found.handler.try_key, "body") in use.tries]
    return all(use.method in _WITHOUT_PENDING for use in uses)


def only_session(found: Unfinished) -> bool:
    """Whether the try does nothing but call the session: whatever it catches comes from there."""
    for statement in found.handler.try_node.body:
        call = statement.value if isinstance(statement, n.ExprStmt) else None
        call = call.value if isinstance(call, n.Await) else call
        owner = call.func.value if isinstance(call, n.Call) and isinstance(call.func, n.Attribute) else None
        if owner is None or dotted_name(owner) != found.session:
            return False
    return True


def head(end: FunctionEnd, found: Unfinished) -> Place:
    """Where the finding stands: what the handler catches, or the word of a bare one."""
    node = found.handler.node
    if node.type is not None:
        return end.at(node.type)
    place = end.at(node)
    return Place(place.path, place.anchor, place.start, place.start + len("except"))


def message(end: FunctionEnd, found: Unfinished) -> str:
    """What happens at the session, and the repair."""
    who = f"whoever uses `{found.session}` next"
    if found.use is not None:
        again = found.use.node.start <= found.handler.node.start
        who = f"{'in the next round ' if again else ''}`{found.session}.{found.use.method}()`"
    harm = f"the session refuses everything until it is rolled back: {who} gets PendingRollbackError"
    if not only_flushes(end, found):
        harm = f"{harm} (when another statement in the `try` fails, PostgreSQL does the refusing)"
    return (
        f"When `{found.session}.{found.flush.method}()` fails, {harm}. "
        f"Begin the handler with `{found.session}.rollback()`."
    )


def proof(end: FunctionEnd, found: Unfinished) -> Iterator[Note]:
    """The flush, and the use that meets what it left."""
    yield Note(end.at(found.flush.node), "what fails")
    if found.use is not None and found.use.node is not found.flush.node:
        yield Note(end.at(found.use.node), "what raises PendingRollbackError then")


def roll_back(end: FunctionEnd, found: Unfinished, *, safe: bool) -> Fix:
    """Begin the handler with a rollback."""
    session = found.flush.session
    wait = "await " if isinstance(session, Session) and session.is_async else ""
    code = f"{wait}{found.session}.rollback()"
    return Fix(f"Begin the handler with `{code}`", safe, (Insert(end.at(found.handler.node), code, "first"),))
