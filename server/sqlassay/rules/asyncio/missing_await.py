from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AnyOp, Fix, Replace
from sqlassay.rules.asyncio.callbacks import is_run_sync, may_await
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import coroutines
from sqlassay.semantics import values as v
from sqlassay.semantics.events import CoroutineLost, Event, FunctionEnd
from sqlassay.semantics.names import last_name
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_SAID = {
    "iterated": "no loop can run over a coroutine: TypeError. Await the call.",
    "item": "a coroutine has no items: TypeError. Await the call.",
    "truth": "a coroutine is always true, whatever is in the database. Await the call.",
    "compared": "the comparison is with a coroutine, never with what the database says. Await the call.",
    "argument": "a coroutine is neither rows nor a value: TypeError, or always true. Await the call.",
    "unused": "nothing happens at the database, and Python only warns of a coroutine never awaited. Await the call.",
}
"""What comes of it, by how the coroutine is used."""

_ROUTES = frozenset("get post put patch delete head options route api_route websocket".split())


@rule("ALC801", "missing-await", severity=Severity.ERROR, sqlalchemy=">=1.4", fix="either")
class MissingAwait(Rule):
    """A coroutine of an AsyncSession, AsyncConnection or AsyncEngine is not awaited.

    ## Why
    The methods of an AsyncSession that talk to the database give a coroutine. Until somebody awaits it nothing happens:
    `session.commit()` on a line of its own commits nothing, and says so only in a warning when the coroutine is
    collected. Where the coroutine is taken for the result, reading `.scalars` or `.all` off it raises
    `AttributeError`, a loop over it raises `TypeError`, and a test of it is always true.

    ## Example
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def names(session: AsyncSession):
        result = session.execute(text("SELECT name FROM users"))
        return result.scalars().all()
    ```

    ## Use instead
    ```python
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    async def names(session: AsyncSession):
        result = await session.execute(text("SELECT name FROM users"))
        return result.scalars().all()
    ```

    ## Fix safety
    The fix awaits the call, in `async def` only. It is safe where the code raised, since nothing relied on that; where
    the coroutine was let go, what it would have done was left undone until now, and the fix is unsafe.

    ## What it cannot see
    A coroutine may be awaited later: one that is returned, yielded, stored, passed to a function or awaited under its
    name is taken to be in good hands. Spoken of is only what certainly is a session, connection or engine of asyncio's,
    by its annotation or by how it was made.

    ## References
    - [Synopsis of the asyncio extension](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-orm)
    """

    def coroutine_lost(self, lost: CoroutineLost) -> Iterator[Hit]:
        """A coroutine is taken for its outcome, or let go."""
        if lost.run.owner and is_run_sync(lost):
            return
        said = _SAID.get(lost.how)
        if said is None:
            assert isinstance(lost.node, n.Attribute)
            said = f"a coroutine has no `{lost.node.attr}`: AttributeError. Await the call first, in parentheses."
        yield _hit(lost, lost.run, lost.node, said, lost.how != "unused")

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """A coroutine gives back another one, where it promises something else."""
        if not end.node.is_async or end.fact is None:
            return
        if any(_is_route(each) for each in end.node.decorators):
            said = "the client gets a coroutine, which nobody can serialise. Await the call."
        elif end.node.returns is not None and not _may_be_awaitable(end.node.returns):
            said = "the caller, who awaits this function, gets another coroutine. Await the call."
        else:
            return
        for value, node in end.returned:
            for run in coroutines.bare(value):
                if run.place not in end.frame.unawaited:
                    yield _hit(end, run, node, said, True)


def _hit(event: Event, run: v.Run, node: n.Node, said: str, safe: bool) -> Hit:
    spelled = f"{run.owner}.{run.method}()" if run.owner else f"{run.method}()"
    fix = Fix("Await it", safe, tuple(_operations(event, run.place, node))) if _is_here(event, run, node) else None
    return Hit(run.place, f"`{spelled}` is not awaited: {said}", fix=fix)


def _is_here(event: Event, run: v.Run, node: n.Node) -> bool:
    """Whether an await may stand at the call."""
    call = event.call_at(run.place)
    return call is not None and may_await(event, call)


def _operations(event: Event, call: Place, node: n.Node) -> Iterator[AnyOp]:
    """`await session.scalars(...).all()` awaits the wrong thing: its await moves to the call."""
    yield Replace(call, "await {0}", (call,))
    if isinstance(node, n.Attribute):
        outer = _awaited_whole(event, node)
        if outer is not None:
            yield Replace(event.at(outer), "{0}", (event.at(outer.value),))


def _awaited_whole(event: Event, node: n.Attribute) -> n.Await | None:
    child: n.Node = node
    for around in event.enclosing(node):
        match around:
            case n.Await():
                return around
            case n.Call(func=func) if func is child:
                child = around
            case n.Attribute(value=value) if value is child:
                child = around
            case _:
                return None
    return None


def _may_be_awaitable(annotation: n.Expr) -> bool:
    """Whether what a function promises may be a coroutine, or is nothing that says so."""
    names = [each for each in walk(annotation) if isinstance(each, n.Name | n.Attribute | n.Constant)]
    return any(last_name(each) in _VAGUE or isinstance(getattr(each, "value", None), str) for each in names)


_VAGUE = frozenset("Awaitable Coroutine Future Task Any object Callable Generator".split())


def _is_route(decorator: n.Expr) -> bool:
    match decorator:
        case n.Call(func=n.Attribute(attr=attr)):
            return attr in _ROUTES
        case _:
            return False
