"""The casts with which projects make type checkers take a relationship for what loader options are given.

Loaders take a `QueryableAttribute`. A relationship that is annotated as what it holds (`orders: list["Order"]`, as
SQLModel has it, and 1.x code that was given annotations) is none to a type checker, which refuses
`selectinload(User.orders)`. Projects that check their types write a function for it:

    def loaded(attribute: Any) -> InstrumentedAttribute[Any]:
        return cast(InstrumentedAttribute[Any], attribute)
"""

from __future__ import annotations

from sqlassay.semantics import names
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_ATTRIBUTES = frozenset(["InstrumentedAttribute", "QueryableAttribute"])
_MAPPED = frozenset(["Mapped", "WriteOnlyMapped", "DynamicMapped"])


def cast_in(world: World, path: str) -> str:
    """The name that such a function of the project has in a file that defines or imports one; empty where none does."""
    found: str = world.memo.cut(("cast in", path), lambda: _cast_in(world, path))
    return found


def needs_one(relationship: RelationshipInfo) -> bool:
    """Whether a type checker would not take it: it is annotated, and not as `Mapped[...]`."""
    node = relationship.annotation
    if isinstance(node, n.Constant):
        return not str(node.value).startswith(tuple(f"{each}[" for each in _MAPPED))
    return node is not None and not (isinstance(node, n.Subscript) and names.last_name(node.value) in _MAPPED)


def _cast_in(world: World, path: str) -> str:
    facts = world.facts(path)
    if facts is None:
        return ""
    known = [name for name in facts.imports if name not in facts.typing_only]
    for name in (*known, *(each for each in facts.functions if "." not in each)):
        binding = names.resolve(world, path, name)
        if isinstance(binding, names.InProject) and binding.kind == "function" and _is_cast(world, binding.ref):
            return name
    return ""


def _is_cast(world: World, ref: Ref) -> bool:
    """Whether a function takes one thing and gives it back as an attribute of a mapped class."""
    fact = names.function_fact(world, ref)
    if fact is None or fact.is_async or fact.decorators or len(fact.params) != 1 or not _is_attribute(fact.returns):
        return False
    node = world.function_node(ref)
    match node.body[-1] if node is not None else None:
        case n.Return(value=n.Call(func=func, args=(_, n.Name(id=name)))) if names.last_name(func) == "cast":
            return name == fact.params[0].name
        case n.Return(value=n.Name(id=name)):
            return name == fact.params[0].name
        case _:
            return False


def _is_attribute(annotation: n.Expr | None) -> bool:
    node = annotation.value if isinstance(annotation, n.Subscript) else annotation
    return node is not None and names.last_name(node) in _ATTRIBUTES
