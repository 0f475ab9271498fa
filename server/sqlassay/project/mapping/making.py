"""The classes that functions make where that is followed: calls at module level, methods that declare attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import declaring, lineage, local, reading, running
from sqlassay.project.mapping.things import Arguments, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

T = TypeVar("T")


class Parts(Protocol):
    """What is counted in each file."""

    def __call__(self, count: Callable[[World, ModuleFacts], T], /) -> Iterator[T]: ...


class Closure(Struct, eq=False):
    """What a function has bound where it makes a class. Two are never the same: what they hold leads back to them."""

    names: dict[str, Thing]


class Making:
    """The classes that calls make, followed for all files together."""

    def __init__(self, world: World, parts: Parts, models: Callable[[], tuple[Ref, ...]]) -> None:
        """`parts` counts something in each file; `models` are the mapped classes but for those that methods make."""
        self.world = world
        self._parts = parts
        self._models = models
        self._into: list[dict[Ref, Closure]] = []
        """Where classes are kept that the calls make which are being followed now."""

    def made_in(self, ref: Ref, scope: Scope) -> None:
        """A call made a class; nobody keeps it where calls are followed for other reasons."""
        if self._into and not inner.only_when_called(ref.name):
            self._into[-1][ref] = Closure(dict(scope.names))

    def closure(self, ref: Ref) -> Closure | None:
        """What was bound where a call made a class, or the one that it is nested in."""
        while True:
            found = self.called().get(ref) or self.declared().get(ref)
            if found is not None or "." not in inner.inside(ref.name):
                return found
            ref = Ref(ref.path, ref.name.rpartition(".")[0])

    def called(self) -> dict[Ref, Closure]:
        """The classes that calls at module level make."""
        found: dict[Ref, Closure] = self.world.memo.cut(("made by calls",), self._by_calls, {})
        return found

    def _by_calls(self) -> dict[Ref, Closure]:
        world = self.world
        with self._kept() as out:
            for part in self._parts(self._calls) if self._makers() else ():
                for ref, call, anchor in part:
                    reading.read(world, call, reading.outer_scope(world, ref, anchor))
        return out

    def _makers(self) -> frozenset[str]:
        """The names of functions that declare classes."""
        found: frozenset[str] = self.world.memo.cut(
            ("makers",), lambda: frozenset(name for part in self._parts(makers) for name in part), frozenset()
        )
        return found

    def _calls(self, _world: World, facts: ModuleFacts) -> tuple[tuple[Ref, n.Call, str], ...]:
        return tuple(calls(facts, self._makers()))

    def declared(self) -> dict[Ref, Closure]:
        """The classes that methods make as they declare attributes of models."""
        found: dict[Ref, Closure] = self.world.memo.cut(("made as declared",), self._as_declared, {})
        return found

    def _as_declared(self) -> dict[Ref, Closure]:
        methods: dict[Ref, list[Ref]] = {}
        for part in self._parts(declaring_methods):
            for method in part:
                methods.setdefault(Ref(method.path, method.name.rpartition(".")[0]), []).append(method)
        with self._kept() as out:
            for model in self._models() if methods else ():
                for each in lineage.line(self.world, model).refs:
                    for method in methods.get(each, ()):
                        _declare(self.world, method, model)
        return out

    @contextmanager
    def _kept(self) -> Iterator[dict[Ref, Closure]]:
        out: dict[Ref, Closure] = {}
        self._into.append(out)
        try:
            yield out
        finally:
            self._into.pop()


def _declare(world: World, method: Ref, model: Ref) -> None:
    fact = names.function_fact(world, method)
    if fact is not None:
        nothing = Arguments([], {}, True)
        mark = local.mark_for(model)
        running.run_function(world, method, fact, nothing, names.InProject("class", model), 0, mark)


# --------------------------------------------------------------- file by file


def makers(_world: World, facts: ModuleFacts) -> tuple[str, ...]:
    """The functions of a file's module that declare classes, by name."""
    return tuple(name for name in facts.scopes if "." not in name)


def calls(facts: ModuleFacts, functions: frozenset[str]) -> Iterator[tuple[Ref, n.Call, str]]:
    """The calls of a file's module that may be of functions of these names: what each is for, and its anchor."""
    for name, variable in facts.variables.items():
        if isinstance(variable.value, n.Call) and _is_of(variable.value, functions):
            yield Ref(facts.path, name), variable.value, variable.anchor
    for name, fact in facts.classes.items():
        if not inner.around(name):
            for base in fact.bases:
                if isinstance(base, n.Call) and _is_of(base, functions):
                    yield Ref(facts.path, name), base, fact.anchor
    for each in facts.calls:
        if not each.function and _is_of(each.call, functions):
            yield Ref(facts.path, each.anchor), each.call, each.anchor


def _is_of(call: n.Call, functions: frozenset[str]) -> bool:
    match call.func:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name in functions
        case _:
            return False


def declaring_methods(_world: World, facts: ModuleFacts) -> tuple[Ref, ...]:
    """The methods of a file that declare attributes and make classes on the way."""
    return tuple(Ref(facts.path, name) for name in facts.scopes if _declares(facts, name))


def _declares(facts: ModuleFacts, name: str) -> bool:
    method = facts.functions.get(name)
    return method is not None and declaring.is_declared(name.rpartition(".")[2], method)


def superseded(facts: ModuleFacts, name: str) -> bool:
    """Whether a class of a function is there only as calls make it: it has another for each."""
    around = inner.around(name)
    return bool(around) and (_declares(facts, around) or inner.inside(name).startswith("<"))
