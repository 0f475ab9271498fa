"""The classes that functions make where it can be followed: in calls at module level, and as attributes are declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping import declaring, lineage, reading, running
from sqlassay.project.mapping.things import Arguments, Scope, Thing
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Closure(Struct, eq=False):
    """What a function has bound where it makes a class. Two are never the same: what they hold leads back to them."""

    names: dict[str, Thing]


class Collector:
    """Keeps the classes that calls make while they are followed for that."""

    def __init__(self) -> None:
        self._into: list[dict[Ref, Closure]] = []

    def put(self, ref: Ref, scope: Scope) -> None:
        """A call made a class; nobody keeps it where calls are followed for other reasons."""
        if self._into and not inner.only_when_called(ref.name):
            self._into[-1][ref] = Closure(dict(scope.names))

    def called(self, world: World, calls: Iterable[tuple[Ref, n.Call, str]]) -> dict[Ref, Closure]:
        """The classes that these calls make."""
        out: dict[Ref, Closure] = {}
        self._into.append(out)
        try:
            for ref, call, anchor in calls:
                reading.read(world, call, reading.outer_scope(world, ref, anchor))
        finally:
            self._into.pop()
        return out

    def declared(self, world: World, methods: Iterable[Ref], models: Iterable[Ref]) -> dict[Ref, Closure]:
        """The classes that these methods make as they declare attributes of these models."""
        out: dict[Ref, Closure] = {}
        by_class: dict[Ref, list[Ref]] = {}
        for method in methods:
            by_class.setdefault(Ref(method.path, method.name.rpartition(".")[0]), []).append(method)
        self._into.append(out)
        try:
            for model in models if by_class else ():
                line = lineage.line(world, model).refs
                for method in [one for each in line for one in by_class.get(each, ())]:
                    _declare(world, method, model)
        finally:
            self._into.pop()
        return out


def _declare(world: World, method: Ref, model: Ref) -> None:
    fact = names.function_fact(world, method)
    if fact is not None:
        nothing = Arguments([], {}, True)
        mark = running.mark_for(model)
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
