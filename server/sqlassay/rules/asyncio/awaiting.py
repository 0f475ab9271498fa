"""Repairs at a read that cannot wait for the database: wait for it there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.fixes.ops import Fix, Insert, Replace
from sqlassay.rules.asyncio.on_read import has_awaitable_attrs
from sqlassay.semantics import values as v
from sqlassay.semantics.events import RelationshipRead
from sqlassay.syntax import nodes as n

_STATEMENTS = (n.Assign, n.AugAssign, n.AnnAssign, n.Delete, n.ExprStmt, n.Return, n.Assert, n.Raise)
_HEADERS = (n.If, n.For, n.With)
"""Statements before which another one runs just as often. (Not so a `while`.)"""


def awaiting(read: RelationshipRead, session: v.Session) -> Iterator[Fix]:
    """Ways to await the attribute where it is read, for a read off a plain name or a dotted one; none where none fits.

    They load it for this one instance: in a loop the option is better.
    """
    node, name = read.node, read.relationship.name
    if not isinstance(node, n.Attribute) or not read.frame.is_async:
        return
    inside: list[n.Node] = []
    statement: n.Node | None = None
    around: n.Node | None = None
    for each in read.enclosing(node):
        if statement is not None:
            around = each
            break
        if isinstance(each, (*_STATEMENTS, *_HEADERS, n.While)):
            statement = each
        else:
            inside.append(each)
    if statement is None or any(isinstance(each, n.Lambda) for each in inside):
        return
    loops = [each for each in inside if isinstance(each, n.Comprehension)]
    fits = not _is_target(statement, node) and not any(each.kind == "generator" for each in loops)
    if fits and has_awaitable_attrs(read.world, read.entity.model):
        awaited = Replace(read.at(node), f"await {{0}}.awaitable_attrs.{name}", (read.at(node.value),))
        yield Fix(f"Await `{name}` of `awaitable_attrs`", False, (awaited,))
    here = _session_name(read, session)
    is_elif = isinstance(statement, n.If) and isinstance(around, n.If) and around.orelse == (statement,)
    if isinstance(node.value, n.Name) and here and not loops and not isinstance(statement, n.While) and not is_elif:
        code = f'await {here}.refresh({node.value.id}, ["{name}"])'
        yield Fix(f"Refresh `{name}` before it is read", False, (Insert(read.at(statement), code, "before"),))


def _is_target(statement: n.Node, node: n.Node) -> bool:
    """Whether the statement gives the attribute a value, or takes it away."""
    targets = getattr(statement, "targets", ()) or (getattr(statement, "target", None),)
    return any(each is not None and each.start <= node.start < each.end for each in targets)


def _session_name(read: RelationshipRead, session: v.Session) -> str:
    """The one name that the function has for the session."""
    found = [name for name, value in read.frame.env.items() if value == session]
    return found[0] if len(found) == 1 else ""
