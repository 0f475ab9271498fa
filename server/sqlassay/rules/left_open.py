"""Sessions that a function opens and leaves open: what the rules on blocking and on async ones have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlassay.facts.collect import own_statements
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionEnd, Opening, SessionUse
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n

_ENDS = frozenset(("commit", "rollback", "close", "aclose", "reset", "invalidate", "close_all"))
"""Methods after which a session holds no connection."""

_IDLE = _ENDS | {"begin", "begin_nested"}
"""Methods that do nothing with the database by themselves."""

_HELD = "its connection does not return to the pool before the garbage collector comes by"


def left_open(end: FunctionEnd, is_async: bool) -> Iterator[Hit]:
    """Sessions that the function opened, worked with, and did not end on every way out."""
    if end.broken or _endless(end.node.body):
        return
    for opening in end.openings:
        theirs = opening.session.is_async != is_async
        if theirs or opening.managed or opening.escaped or opening.borrowed or opening.closed_in_finally:
            continue
        uses = [each for each in end.uses if _is(each.session, opening)]
        work = [each for each in uses if each.method not in _IDLE and "begin" not in each.guards]
        if not work or _ended_on_error(uses):
            continue
        name = f"`{opening.name}`" if opening.name else "The session"
        repair = _repair(opening, end)
        if opening.closed:
            said = f"{name} is closed only at the end: where something raises or returns before, {_HELD}."
            severity = Severity.INFO
        elif _after(uses) in _ENDS:
            said, severity = f"{name} is never closed: where something raises, {_HELD}.", Severity.INFO
        else:
            said, severity = f"{name} is never closed: {_HELD}.", Severity.WARNING
        yield Hit(end.at(opening.call), f"{said} {repair}", fix=_fix(opening, end), severity=severity)


def _is(session: v.Value, opening: Opening) -> bool:
    return any(each.origin == opening.session.origin for each in v.sessions(session))


def _after(uses: Sequence[SessionUse]) -> str:
    """What was done with the session last, handlers aside."""
    methods = [each.method for each in uses if all(region != "handler" for _, region in each.tries)]
    return methods[-1] if methods else ""


def _ended_on_error(uses: Sequence[SessionUse]) -> bool:
    """Whether a handler ends the session, and so does what comes without an error."""
    handled = any(each.method in _ENDS and any(region == "handler" for _, region in each.tries) for each in uses)
    return handled and _after(uses) in _ENDS


def _endless(body: Sequence[n.Stmt]) -> bool:
    """Whether the function is a loop without an end, which has no way out on which to close anything."""
    last = body[-1] if body else None
    match last:
        case n.While(test=n.Constant(value=value)) if value:
            return not any(isinstance(each, n.Simple) and each.kind == "break" for each in own_statements(last.body))
        case _:
            return False


def _repair(opening: Opening, end: FunctionEnd) -> str:
    name = opening.name or "session"
    opened = (
        f"{dotted_name(opening.call.func) or 'Session'}({'...' if opening.call.args or opening.call.keywords else ''})"
    )
    if not end.world.allows(">=1.4"):
        return f"Close it in a `finally`: `{name}.close()`."
    return f"Open it with `{'async ' if opening.session.is_async else ''}with {opened} as {name}:`."


def _fix(opening: Opening, end: FunctionEnd) -> Fix | None:
    """The rest of the function in a `with`, where the session is opened by a statement of its own."""
    around = end.enclosing(opening.call)
    if len(around) < 2 or not isinstance(around[0], n.Assign) or around[1] is not end.node:
        return None
    if not end.world.allows(">=1.4") or (opening.session.is_async and not end.node.is_async):
        return None
    args = {"async": "true"} if opening.session.is_async else {}
    return Fix("Open the session with `with`", False, (Transform(end.at(around[0]), "with-block", args),))
