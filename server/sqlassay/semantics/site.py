"""One call as the tables of `library` see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import values as v
from sqlassay.semantics.events import SessionUse
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


class Site:
    """One call being evaluated: its node, its receiver and what its arguments are."""

    __slots__ = ("args", "callee", "ev", "keywords", "node", "receiver", "spread", "starred")

    def __init__(
        self,
        ev: Evaluator,
        node: n.Call,
        callee: v.Value,
        receiver: v.Value,
        args: tuple[v.Value, ...],
        keywords: dict[str, v.Value],
        starred: bool,
        spread: tuple[v.Value, ...] = (),
    ) -> None:
        """`spread`: what stands in the call with a `*`, where its items are not known one by one."""
        self.ev = ev
        self.node = node
        self.callee = callee
        self.receiver = receiver
        self.args = args
        self.keywords = keywords
        self.starred = starred
        self.spread = spread

    @property
    def place(self) -> Place:
        return self.ev.place(self.node)

    def argument(self, index: int, name: str = "") -> v.Value:
        """A positional or keyword argument's value; UNKNOWN where it is not given."""
        if index < len(self.args):
            return self.args[index]
        return self.keywords.get(name, v.UNKNOWN)

    def argument_node(self, index: int, name: str = "") -> n.Expr | None:
        """The expression of an argument; None where it is not given."""
        if index < len(self.node.args) and not any(isinstance(e, n.Starred) for e in self.node.args[: index + 1]):
            return self.node.args[index]
        return next((each.value for each in self.node.keywords if each.name == name), None) if name else None

    def use(self, session: v.Value, method: str, statement: str) -> None:
        """Note in the frame that the call does something with a session; `statement` as in `SessionUse`."""
        frame = self.ev.frame
        frame.order += 1
        loops = tuple(each.key for each in frame.loops)
        frame.uses.append(
            SessionUse(
                session, method, self.node, frame.order, tuple(frame.tries), tuple(frame.guards), loops, statement
            )
        )
