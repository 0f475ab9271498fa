"""The facts of single statements, and how a module's facts come of them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from sqlassay.facts.model import CallFact, ClassFact, FunctionFact, ImportFact, ModuleFacts, ScopeFact, VariableFact


class StatementFacts(Struct, gc=False):
    """The facts of one top-level statement; a module's are these, merged. Cached with the statement's text."""

    imports: dict[str, ImportFact] = field(default_factory=dict)
    stars: list[ImportFact] = field(default_factory=list)
    exports: tuple[str, ...] | None = None
    classes: dict[str, ClassFact] = field(default_factory=dict)
    functions: dict[str, FunctionFact] = field(default_factory=dict)
    variables: dict[str, VariableFact] = field(default_factory=dict)
    calls: list[CallFact] = field(default_factory=list)
    scopes: dict[str, ScopeFact] = field(default_factory=dict)
    typing: set[str] = field(default_factory=set)
    """Names that an import under `if TYPE_CHECKING:` binds."""
    running: set[str] = field(default_factory=set)
    """Names that any other import binds."""


def merge(path: str, parts: Iterable[StatementFacts]) -> ModuleFacts:
    """A module's facts from its statements' facts, in order."""
    facts = ModuleFacts(path, {}, (), None, {}, {}, {})
    stars: list[ImportFact] = []
    calls: list[CallFact] = []
    typing: set[str] = set()
    running: set[str] = set()
    for part in parts:
        if part.imports:
            facts.imports.update(part.imports)
        if part.classes:
            facts.classes.update(part.classes)
        if part.functions:
            facts.functions.update(part.functions)
        if part.scopes:
            facts.scopes = {**facts.scopes, **part.scopes}
        if part.variables:
            for name, variable in part.variables.items():
                # `x: int` alone declares, it does not assign: it must not hide an earlier value.
                known = facts.variables.get(name)
                if variable.value is not None or known is None:
                    facts.variables[name] = beside(variable, known)
                elif variable.others:
                    facts.variables[name] = beside(known, variable)
        typing |= part.typing
        running |= part.running
        stars.extend(part.stars)
        calls.extend(part.calls)
        if part.exports is not None:
            facts.exports = (facts.exports or ()) + part.exports
    if typing:
        bound = running.union(facts.classes, facts.functions, (e.name for e in facts.variables.values() if e.value))
        facts.typing_only = frozenset(typing - bound)
    facts.stars = tuple(stars)
    facts.calls = tuple(calls)
    return facts


def beside(variable: VariableFact, other: VariableFact | None) -> VariableFact:
    """The variable, knowing what else is assigned to its name."""
    if other is None or other is variable:
        return variable
    more = other.others if other.value is None else (*other.others, other.value)
    return replace(variable, others=(*more, *variable.others)) if more else variable
