"""What the rules on asyncio's API must not be misled by: functions that `run_sync` calls, and awaits that fixes add."""

from __future__ import annotations

from sqlassay.semantics.events import Event
from sqlassay.syntax import nodes as n


def is_run_sync(event: Event) -> bool:
    """Whether the code may run inside `run_sync`, which gives it what blocks, whatever its annotations say.

    The first time a name is asked for, all texts are searched for it: ask when all else says that there is a finding.
    """
    frame = event.frame
    while frame is not None and frame.function is not None:
        if frame.function.is_async:
            return False
        if event.world.runs_sync(frame.function.name):
            return True
        frame = frame.parent  # type: ignore[assignment]
    return False


def may_await(event: Event, node: n.Node) -> bool:
    """Whether an `await` may be written at `node`: in `async def`, and in no lambda or generator inside it."""
    function = event.frame.function
    if function is None or not function.is_async:
        return False
    for around in event.enclosing(node):
        if around is function:
            return True
        if isinstance(around, n.Lambda) or (isinstance(around, n.Comprehension) and around.kind == "generator"):
            return False
    return False
