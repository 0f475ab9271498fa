"""What an expression in mapping code stands for. Names are `semantics.names` bindings."""

from __future__ import annotations

from typing import Any, Union

from msgspec import Struct, field

from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


class Scope(Struct):
    """Where an expression is written, and what its names mean there."""

    path: str
    anchor: str
    owner: Ref | None = None
    """The class in whose body it stands: names of the body are seen."""
    names: dict[str, Thing] = field(default_factory=dict)
    """Parameters and local names of the function it stands in."""
    function: str = ""
    """The dotted name of that function."""
    depth: int = 0

    def place(self, node: n.Node) -> Place:
        return Place(self.path, self.anchor, node.start, node.end)


class Unread(Struct, frozen=True):
    """Nobody can say."""


UNREAD = Unread()


PLAIN = frozenset(("str", "int", "float", "bool", "none"))
"""The kinds of literals that are plain values."""


class Const(Struct, frozen=True):
    """A plain value; or, while names are computed, a tuple of such."""

    value: Any


class Seq(Struct):
    """A tuple or list, item by item; `whole` is False where some items are not known."""

    items: list[tuple[n.Expr, Scope]]
    whole: bool = True


class Map(Struct):
    """A dict with its known keys."""

    entries: list[tuple[Thing, n.Expr, Scope]]
    whole: bool = True

    def entry(self, name: str) -> tuple[n.Expr, Scope] | None:
        """The value of a key; the last one counts."""
        for key, node, scope in reversed(self.entries):
            if isinstance(key, Const) and key.value == name:
                return node, scope
        return None


class Made(Struct):
    """What calling something of a library gave: `name` is what was called, canonically."""

    name: str
    call: n.Call
    scope: Scope
    ref: Ref | None = None
    """The class of the project that was called, where `name` is the library class it comes from."""
    owner: Thing | None = None
    """Of a method, the object."""
    given: tuple[Arguments, ...] = ()
    """Arguments that a `partial` gave before."""

    @property
    def place(self) -> Place:
        return self.scope.place(self.call)

    @property
    def identity(self) -> str:
        """The same call gives the same object, but for calls in functions, which are made for each class."""
        place = self.place
        return f"{place.path}:{place.anchor}:{place.start}"


class Attr(Struct):
    """An attribute of something: `User.id`, `table.c`, `db.Model`."""

    owner: Thing
    name: str


class Bound(Struct):
    """A lambda, or a function of the project with what it is bound to."""

    node: n.Lambda | None
    ref: Ref | None
    scope: Scope
    receiver: Thing | None = None


class Annotation(Struct):
    """A subscript that is not of a known container: `Mapped[int]`, `list["User"]`."""

    node: n.Subscript
    scope: Scope


class Arguments(Struct):
    """The arguments of a call, with `*` and `**` opened where they can be."""

    positional: list[tuple[n.Expr, Scope]]
    keywords: dict[str, tuple[n.Expr, Scope]]
    whole: bool
    """False where some `*` or `**` could not be opened: anything may be there."""


Thing = Union[
    names.InProject,
    names.ProjectModule,
    names.Outside,
    Unread,
    Const,
    Seq,
    Map,
    Made,
    Attr,
    Bound,
    Annotation,
]
