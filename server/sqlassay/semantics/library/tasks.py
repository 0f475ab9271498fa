"""asyncio and its like: what makes tasks of coroutines, and what waits for several."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import tasks
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments, invoke
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n


def _outcome(value: v.Value) -> v.Value:
    return value.value if isinstance(value, v.Awaitable) else v.UNKNOWN


def _runs(*values: v.Value) -> tuple[v.Run, ...]:
    found = [run for each in values for run in tasks.all_runs(each)]
    return tuple(dict.fromkeys(found)) if found else ()


def _gather(site: Site) -> v.Value:
    escape_sessions(site)
    given = (*site.args, *site.spread)
    tasks.together(site.ev, site.node, given)
    rows: v.Value = v.UNKNOWN
    if not site.spread:
        rows = v.TupleValue(tuple(_outcome(each) for each in site.args))
    elif len(given) == 1 and isinstance(given[0], v.Collection):
        rows = v.Collection(_outcome(given[0].element))
    return v.Awaitable(rows, _runs(*given), "wrapped")


def escape_sessions(site: Site) -> None:
    """What is given may be kept: but the tasks among it are waited for by what comes back."""
    frame = site.ev.frame
    running, frame.tasks = frame.tasks, []
    escape_arguments(site)
    frame.tasks = running


def _as_completed(site: Site) -> v.Value:
    """`for each in asyncio.as_completed(coroutines): await each`."""
    escape_sessions(site)
    tasks.together(site.ev, site.node, site.args[:1])
    given = site.argument(0, "fs")
    element = given.element if isinstance(given, v.Collection) else v.UNKNOWN
    return v.Collection(v.Awaitable(_outcome(element), _runs(given), "wrapped"), True)


def _wait(site: Site) -> v.Value:
    escape_sessions(site)
    tasks.together(site.ev, site.node, site.args[:1])
    return v.Awaitable(v.UNKNOWN, _runs(site.argument(0, "fs")), "wrapped")


def _wrap(site: Site) -> v.Value:
    """`wait_for(coroutine)`, `shield(coroutine)`: awaiting it awaits the coroutine."""
    escape_sessions(site)
    given = site.argument(0)
    return v.Awaitable(_outcome(given), _runs(given), given.state if isinstance(given, v.Awaitable) else "")


def _run(site: Site) -> v.Value:
    """`asyncio.run(coroutine)` gives what it gives."""
    escape_arguments(site)
    return _outcome(site.argument(0))


def _create_task(site: Site) -> v.Value:
    escape_sessions(site)
    given = site.argument(0, "coro")
    tasks.start(site.ev, site.node, given)
    return v.Awaitable(_outcome(given), _runs(given), "task")


def _start_soon(site: Site) -> v.Value:
    """`group.start_soon(function, *arguments)`: anyio calls the function itself."""
    escape_sessions(site)
    callee, *args = site.args or (v.UNKNOWN,)
    if isinstance(callee, v.FunctionValue | v.LocalFunction) and not site.starred:
        func = site.node.args[0]
        owner = (dotted_name(func.value) if isinstance(func, n.Attribute) else None) or ""
        spelled = tuple(dotted_name(each) or "" for each in site.node.args[1:])
        run = v.Run(site.place, "", owner, False, callee, tuple(args), spelled)
        tasks.start(site.ev, site.node, v.Awaitable(v.UNKNOWN, (run,)))
    return v.NONE


def _to_thread(site: Site) -> v.Value:
    """`asyncio.to_thread(function, *arguments)` calls it elsewhere."""
    escape_arguments(site)
    callee = site.argument(0)
    if not isinstance(callee, v.FunctionValue):
        return v.Awaitable(v.UNKNOWN)
    inner = Site(site.ev, site.node, callee, v.UNKNOWN, site.args[1:], site.keywords, site.starred)
    value = invoke(inner, callee)
    return v.Awaitable(value if not isinstance(value, v.Awaitable) else v.UNKNOWN)


def _enter_async(site: Site) -> v.Value:
    """`await stack.enter_async_context(manager)` gives what `async with` would."""
    from sqlassay.semantics.expressions import enter

    entered, _guard = enter(site.ev, site.argument(0), site.node, True)
    return v.Awaitable(entered)


def _enter(site: Site) -> v.Value:
    from sqlassay.semantics.expressions import enter

    return enter(site.ev, site.argument(0), site.node, False)[0]


def task_method(site: Site, name: str) -> v.Value:
    """A method of a coroutine or task: a cancelled one is through."""
    frame = site.ev.frame
    if name in ("cancel", "result", "exception", "close"):
        tasks.handed_over(frame, site.receiver)
    escape_arguments(site)
    return _outcome(site.receiver) if name == "result" else v.UNKNOWN


_GROUP = "asyncio:TaskGroup"
_LOOP = "asyncio:Loop"
_STACK = "contextlib:AsyncExitStack"

FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "asyncio.gather": _gather,
    "asyncio.as_completed": _as_completed,
    "asyncio.wait": _wait,
    **dict.fromkeys(("asyncio.wait_for", "asyncio.shield"), _wrap),
    **dict.fromkeys(("asyncio.run", "anyio.run", "asyncer.runnify"), _run),
    **dict.fromkeys(("asyncio.create_task", "asyncio.ensure_future"), _create_task),
    "asyncio.to_thread": _to_thread,
    **dict.fromkeys(
        ("asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"),
        lambda _site: v.ExternalObject(_LOOP),
    ),
    **dict.fromkeys(("asyncio.TaskGroup", "anyio.create_task_group", "trio.open_nursery"), lambda _site: tasks.GROUP),
    **dict.fromkeys(
        ("contextlib.AsyncExitStack", "contextlib.ExitStack"), lambda _site: v.Manager(v.ExternalObject(_STACK))
    ),
}

OBJECT_METHODS: dict[tuple[str, str], Callable[[Site], v.Value]] = {
    (_GROUP, "create_task"): _create_task,
    (_GROUP, "start_soon"): _start_soon,
    (_LOOP, "create_task"): _create_task,
    (_LOOP, "run_until_complete"): _run,
    (_STACK, "enter_async_context"): _enter_async,
    (_STACK, "enter_context"): _enter,
}
