"""What a loop leaves behind: the state where it is left early, and what its next round meets that its first did not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.states import EXPIRED, held
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator
    from sqlassay.semantics.frame import Frame

_KEPT = ("uses", "handlers", "returns", "yields", "changes", "reads", "tasks")
"""What a frame collects in lists: the second walk of a loop's body says nothing new of it."""


def jumped(frame: Frame) -> None:
    """`break` or `continue`: what names are worth here, they are worth after the loop too."""
    if frame.loops:
        frame.loops[-1].left.append(dict(frame.env))


def again(self: Evaluator, node: n.For | n.While, loop: ev.Loop, bind: Callable[[], None]) -> None:
    """Walk the body a second time, where the first has expired instances that it holds on to: reads of them are told.

    `bind` begins the next round: it gives the target of a `for` its value, and tests a `while`.
    """
    frame = self.frame
    if frame.quiet or not frame.is_async or not any(EXPIRED in each.load.state for each in held(frame)):
        return
    env, order = frame.env, frame.order
    openings, aside = dict(frame.openings), set(frame.aside)
    collected = {name: list(getattr(frame, name)) for name in _KEPT}
    outer = self.sink
    self.sink = lambda event: outer(event) if isinstance(event, _TOLD) and event.why == "expired" else None
    frame.env = dict(env)
    try:
        bind()
        self.block(node.body)
    finally:
        self.sink = outer
        frame.env, frame.order, frame.openings, frame.aside = env, order, openings, aside
        for name, value in collected.items():
            setattr(frame, name, value)
        loop.left.clear()


_TOLD = (ev.ColumnRead, ev.ColumnReadInCall)


def next_element(frame: Frame, target: n.Expr, element: v.Value) -> v.Value:
    """What the next round's target is: expired where this round's is, since rows of one query share a session."""
    mine = frame.env.get(target.id) if isinstance(target, n.Name) else None
    if not isinstance(mine, v.Entity) or EXPIRED not in mine.load.state:
        return element
    return v.with_entities(
        element, lambda each: v.Entity(each.model, replace(each.load, state=mine.load.state), each.parent_link)
    )
