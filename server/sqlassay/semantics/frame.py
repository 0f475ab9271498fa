"""Where the walk stands: one function being evaluated, with its names, loops, handlers and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlassay.facts.collect import children, walk
from sqlassay.semantics.names import dotted_name
from sqlassay.semantics.values import Load, Session, Value
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.aside import Aside
    from sqlassay.semantics.events import Change, HandlerInfo, Loop, Opening, Ran, Read, SessionUse, ViewWritten
    from sqlassay.semantics.tasks import Started


class Unit:
    """One top-level statement (or method) being walked: the root that positions and parents are found in."""

    __slots__ = ("_named", "_parents", "anchor", "asks", "base", "members", "names", "path", "root")

    def __init__(self, path: str, anchor: str, root: n.Node, base: int = 0) -> None:
        """`base`: where in the top-level statement the root starts, where `anchor` names a method."""
        self.path = path
        self.anchor = anchor
        self.root = root
        self.base = base
        self.members: dict[int, str] = {}
        """For a class: the anchors of its methods, by where they start."""
        self.names: dict[str, Value] = {}
        """Module-level names looked up so far."""
        self.asks: dict[int, bool] = {}
        """Whether a function asks what instances hold (`asking.asks_first`), by its node's id."""
        self._parents: dict[int, n.Node] | None = None
        self._named: dict[str, list[n.Node]] | None = None

    def parents(self) -> dict[int, n.Node]:
        """Each node's parent, by the node's id. Made when first asked for: few walks need it."""
        if self._parents is None:
            found: dict[int, n.Node] = {}
            stack = [self.root]
            while stack:
                node = stack.pop()
                for child in children(node):
                    found[id(child)] = node
                    stack.append(child)
            self._parents = found
        return self._parents

    def named(self, name: str) -> list[n.Node]:
        """Where a name is read or bound as an expression; those of '' are what could not be parsed."""
        if self._named is None:
            self._named = {}
            for each in walk(self.root):
                if isinstance(each, n.Name):
                    self._named.setdefault(each.id, []).append(each)
                elif isinstance(each, n.Opaque | n.Broken):
                    self._named.setdefault("", []).append(each)
        return self._named.get(name, [])

    def call_at(self, place: Place) -> n.Call | None:
        """The call at a place; None where the place is in another unit."""
        if (place.path, place.anchor) != (self.path, self.anchor):
            return None
        calls = (each for each in walk(self.root) if isinstance(each, n.Call))
        return next((each for each in calls if self.place(each) == place), None)

    def place(self, node: n.Node) -> Place:
        """A node of the unit as a Place."""
        return Place(self.path, self.anchor, node.start - self.base, node.end - self.base)


class Frame:
    """One function (or module or class body) being evaluated."""

    __slots__ = (
        "aside",
        "awaited",
        "broken",
        "changes",
        "clause",
        "cls",
        "decided",
        "depth",
        "env",
        "function",
        "guards",
        "handlers",
        "height",
        "hidden_end",
        "is_async",
        "known_reads",
        "locked",
        "loops",
        "maybe",
        "openings",
        "order",
        "outer_names",
        "parent",
        "qualname",
        "quiet",
        "reads",
        "returns",
        "runs",
        "said",
        "tasks",
        "touches",
        "tries",
        "types",
        "unawaited",
        "unit",
        "uses",
        "views",
        "whole",
        "yields",
    )

    def __init__(
        self,
        unit: Unit,
        *,
        parent: Frame | None = None,
        function: n.FunctionDef | None = None,
        qualname: str = "",
        cls: Ref | None = None,
        quiet: bool = False,
        depth: int = 0,
    ) -> None:
        self.unit = unit
        self.parent = parent
        self.function = function
        self.qualname = qualname
        self.cls = cls
        self.quiet = quiet
        self.depth = depth
        self.height = 0
        """How many calls, one inside the other, were followed from here."""
        self.whole = True
        """Whether no call on the way was one too many to be followed."""
        self.is_async = function.is_async if function is not None else False
        self.env: dict[str, Value] = {}
        self.outer_names: set[str] = set()
        self.loops: list[Loop] = []
        self.tries: list[tuple[int, str]] = []
        self.guards: list[str] = []
        self.handlers: list[HandlerInfo] = []
        self.openings: dict[Place, Opening] = {}
        self.uses: list[SessionUse] = []
        self.changes: list[Change] = []
        self.views: list[ViewWritten] = []
        self.said: set[tuple[Ref, str]] = set()
        """Attributes that are given another object, or marked as modified; '' for any of the class."""
        self.returns: list[tuple[Value, n.Return]] = []
        self.yields: list[tuple[Value, n.Yield]] = []
        self.reads: list[Read] = []
        self.runs: list[Ran] = []
        self.aside: set[Aside] = set()
        self.decided: set[int] = set()
        """The ids of `if`s of which this call takes one way only."""
        self.types: Mapping[Ref, Value] = {}
        self.known_reads: set[tuple[object, ...]] = set()
        self.order = 0
        self.clause = ""
        self.maybe = False
        """What is read off is one of several things: each of them may not be it."""
        self.awaited: n.Expr | None = None
        """The expression that is awaited just now."""
        self.unawaited: set[Place] = set()
        """Coroutines that were found out to be awaited by nobody."""
        self.tasks: list[Started] = []
        self.touches: set[str] | None = None
        """The names of sessions that the coroutine uses, where it is walked to know them (`tasks.sessions_used`)."""
        self.locked = 0
        """How many `async with` around may be holding a lock."""
        self.broken = False
        self.hidden_end = False
        """A `with` or a `match` all of whose ways leave was walked: whether control goes on behind it is not known."""

    @property
    def path(self) -> str:
        return self.unit.path

    @property
    def anchor(self) -> str:
        return self.unit.anchor

    def decides(self, node: n.Node, test: n.Expr) -> bool:
        """Whether `node` goes one way for all of this call: its test is a parameter that the call switches."""
        while isinstance(test, n.UnaryOp):
            test = test.operand
        if not self.quiet or self.function is None or not isinstance(test, n.Name):
            return False
        if any(each.name == test.id for each in self.function.params):
            self.decided.add(id(node))
            return True
        return False

    def enclosing(self, node: n.Node) -> tuple[n.Node, ...]:
        """The nodes around `node`, nearest first, up to the top-level statement."""
        parents = self.unit.parents()
        out = []
        each = parents.get(id(node))
        while each is not None:
            out.append(each)
            each = parents.get(id(each))
        return tuple(out)

    def read_again(self, load: Load, name: str) -> bool:
        """Note that the relationship `name` is read off rows that came so; whether it was read off them before."""
        place = load.statement.place if load.statement is not None else load.origin
        if place is None:
            return False
        key = (place, load.path, name)
        known = key in self.known_reads
        self.known_reads.add(key)
        return known

    def first(self, *key: object) -> bool:
        """Whether this is the first time that somebody asks so in this function."""
        known = key in self.known_reads
        self.known_reads.add(key)
        return not known

    def spelling(self, node: n.Expr) -> str:
        """The code of a dotted name that means the same in every call of this function; empty for anything else.

        What a classmethod calls its class is one too: that class or one that inherits from it.
        """
        name = dotted_name(node)
        params = [each.name for each in self.function.params] if self.function is not None else []
        if name is None or name.split(".", 1)[0] not in params:
            return name or ""
        return name if name == params[0] and self.is_classmethod else ""

    @property
    def is_classmethod(self) -> bool:
        decorators = self.function.decorators if self.function is not None else ()
        return self.cls is not None and any(dotted_name(each) == "classmethod" for each in decorators)

    def opens(self) -> bool:
        """Whether a session was opened so far, here or in a function around."""
        frame: Frame | None = self
        while frame is not None:
            if frame.openings:
                return True
            frame = frame.parent
        return False

    def escape(self, value: Value, how: str) -> None:
        """Sessions in `value` left the function's hands."""
        if not self.opens():
            return
        for session in opened_sessions(value):
            frame: Frame | None = self
            while frame is not None:
                opening = frame.openings.get(session.origin) if session.origin is not None else None
                if opening is not None:
                    opening.escaped = opening.escaped or how
                    break
                frame = frame.parent


def opened_sessions(value: Value) -> list[Session]:
    """The sessions with a known opening that a value holds, containers looked into."""
    from sqlassay.semantics import values as v

    found: list[Session] = []
    stack: list[Value] = [value]
    while stack:
        each = stack.pop()
        match each:
            case v.Session() if each.origin is not None:
                found.append(each)
            case v.Union(values=items) | v.TupleValue(items=items):
                stack.extend(items)
            case v.Collection(element=inner) | v.Awaitable(value=inner) | v.Manager(value=inner):
                stack.append(inner)
            case v.DictValue(value=inner) | v.Method(receiver=inner):
                stack.append(inner)
            case _:
                pass
    return found
