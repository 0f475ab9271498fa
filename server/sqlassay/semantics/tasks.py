"""Which coroutines run at once with which sessions: an AsyncSession serves one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.semantics import events as ev
from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.flow import exclude, rebound_in
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.touching import sessions_used
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

GROUP = v.Manager(v.ExternalObject("asyncio:TaskGroup"))
"""`asyncio.TaskGroup()`, anyio's and trio's: leaving it waits for its tasks."""


class Started(Struct):
    """A task of the function being walked."""

    run: v.Run
    sessions: frozenset[str]
    node: n.Node
    """The call of its coroutine."""
    done: bool = False


# ---------------------------------------------------------------- what runs at once


def awaited(self: Evaluator, value: v.Awaitable, node: n.Await) -> None:
    """Something is awaited: note its sessions where they are asked for, and see what runs beside it."""
    frame = self.frame
    if frame.touches is not None:
        if not frame.locked:
            for run in value.runs:
                frame.touches |= sessions_used(self, run)
        return
    ours = {run.place for run in value.runs}
    finished(each for each in frame.tasks if each.run.place in ours)
    for run in value.runs:
        for other in frame.tasks:
            if other.done or value.state:
                continue
            for session in sorted(sessions_used(self, run) & other.sessions):
                if not exclude(frame, other.node, node):
                    other.done = True
                    _say(self, node, session, other.run, run, "waiting")


def together(self: Evaluator, node: n.Call, coroutines: Iterable[v.Value]) -> None:
    """Coroutines are set going at once by a call of `asyncio.gather` or its like."""
    frame = self.frame
    if frame.quiet:
        return
    seen: list[tuple[v.Run, frozenset[str], bool]] = []
    said: set[str] = set()
    for run, of_many in _runs(coroutines):
        sessions = sessions_used(self, run) - said
        if not sessions:
            continue
        call = frame.unit.call_at(run.place)
        others = [(each, used) for each, used, many in seen if not (many and of_many and _apart(frame, each, call))]
        for session in sorted(sessions):
            other = next((each for each, used in others if session in used), None)
            if other is None and of_many and _is_repeated(frame, call, node, session):
                other = run
            if other is not None:
                said.add(session)
                _say(self, node, session, other, run, "gather")
        seen.append((run, sessions, of_many))


def _apart(frame: Frame, run: v.Run, call: n.Node | None) -> bool:
    """Whether two coroutines of one list are never both in it."""
    other = frame.unit.call_at(run.place)
    return call is None or other is None or exclude(frame, other, call)


def _runs(coroutines: Iterable[v.Value]) -> Iterator[tuple[v.Run, bool]]:
    """What coroutines do that do not run yet, and whether there may be any number of each."""
    for each in coroutines:
        match each:
            case v.Awaitable(runs=(run,), state=""):
                yield run, False
            case v.Collection(element=v.Awaitable(runs=runs, state="")):
                yield from ((run, True) for run in runs)
            case v.TupleValue(items=items):
                yield from _runs(items)
            case _:
                pass


def start(self: Evaluator, node: n.Call, value: v.Value) -> None:
    """A task is made of a coroutine: it runs beside those that run already."""
    frame = self.frame
    if frame.quiet or not (isinstance(value, v.Awaitable) and len(value.runs) == 1):
        return
    run = value.runs[0]
    sessions = sessions_used(self, run)
    call = frame.unit.call_at(run.place)
    if not sessions or call is None:
        return
    for session in sorted(sessions):
        for other in frame.tasks:
            if not other.done and session in other.sessions and not exclude(frame, other.node, call):
                _say(self, node, session, other.run, run, "task")
                return
    frame.tasks.append(Started(run, sessions, node))


def loop_ended(self: Evaluator, loop: n.Node) -> None:
    """What was started in each round of a loop, and not waited for in it, runs beside what the next round starts."""
    frame = self.frame
    for each in frame.tasks:
        if each.done or not any(one is loop for one in frame.enclosing(each.node)) or _leaves(frame, each.node, loop):
            continue
        if _is_awaited_next_round(frame, each.node, loop):
            continue
        for session in sorted(each.sessions):
            if not is_bound(loop, session):
                each.done = True
                _say(self, each.node, session, each.run, each.run, "task")
                break


def _is_awaited_next_round(frame: Frame, node: n.Node, loop: n.Node) -> bool:
    """Whether the task has a name of which something is awaited in the loop, before the name is given the next one."""
    match next(iter(frame.enclosing(node)), None):
        case n.Assign(targets=(target,)) if (name := names.dotted_name(target)) is not None:
            waits = (each for each in walk(loop) if isinstance(each, n.Await))
            parts = (part for each in waits for part in walk(each) if isinstance(part, n.Name | n.Attribute))
            return any(names.dotted_name(part) == name for part in parts)
        case _:
            return False


def _leaves(frame: Frame, node: n.Node, loop: n.Node) -> bool:
    from sqlassay.semantics.flow import leaves_loop

    found = next((each for each in frame.loops if each.node is loop), None)
    return found is not None and leaves_loop(frame, node, found)


def finished(tasks: Iterable[Started]) -> None:
    """Tasks are waited for."""
    for each in tasks:
        each.done = True


def handed_over(frame: Frame, value: v.Value) -> None:
    """A task is given to code that may wait for it."""
    for run in all_runs(value):
        finished(each for each in frame.tasks if each.run.place == run.place)


def all_runs(value: v.Value) -> Iterator[v.Run]:
    """What the coroutines in a value do, containers looked into."""
    match value:
        case v.Awaitable(runs=runs):
            yield from runs
        case v.Collection(element=inner) | v.DictValue(value=inner):
            yield from all_runs(inner)
        case v.TupleValue(items=items) | v.Union(values=items):
            for each in items:
                yield from all_runs(each)
        case _:
            pass


def _is_repeated(frame: Frame, call: n.Node | None, node: n.Call, session: str) -> bool:
    """Whether the coroutine is made in each round of a loop, with the same session, before all are set going."""
    if call is None:
        return False
    around = frame.enclosing(node)
    for each in frame.enclosing(call):
        if each is frame.function or any(each is one for one in around):
            return False
        if isinstance(each, n.For | n.While | n.Comprehension):
            return not is_bound(each, session)
    return False


def is_bound(loop: n.Node, session: str) -> bool:
    """Whether each round of the loop may give the name another session."""
    if isinstance(loop, n.Comprehension):
        bound = frozenset(name for each in loop.generators for name in names.names_of(each.target))
    elif isinstance(loop, n.For | n.While):
        bound = rebound_in(loop)
    else:
        return True
    return any(session == each or session.startswith(f"{each}.") for each in bound)


def _say(self: Evaluator, node: n.Node, session: str, first: v.Run, second: v.Run, how: str) -> None:
    self.emit(ev.SessionShared(self.world, self.frame, node, session, first.place, second.place, how))
