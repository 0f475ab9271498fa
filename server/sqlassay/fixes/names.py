"""Which names a module binds and uses, scope by scope, as far as adding and removing imports asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.fixes.locate import Spot
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.parser import ParsedModule

FUNCTIONS = (n.FunctionDef, n.Lambda)
SCOPES = (n.FunctionDef, n.ClassDef, n.Lambda)

SAME_NAMES: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("sqlalchemy.sql", "sqlalchemy.sql.expression", "sqlalchemy.future"),
    "sqlalchemy.orm": ("sqlalchemy.orm.session", "sqlalchemy.orm.decl_api"),
    "sqlalchemy.ext.asyncio": ("sqlalchemy.ext.asyncio.session", "sqlalchemy.ext.asyncio.engine"),
    "typing": ("typing_extensions",),
}
"""Modules whose names, where a module of the left has them too, are the same objects (or as good as) ..."""

OWN_NAMES = frozenset(("engine", "exc", "schema", "util"))
"""... but for these, which are modules of each package."""


class Binding(Struct, frozen=True):
    """A name that a scope binds."""

    name: str
    module: str | None = None
    """For an import: the module, ..."""
    imported: str = ""
    """... and the name taken from it, '' for the module itself."""

    def gives(self, module: str, name: str) -> bool:
        """Whether this is `name` of `module`, under its own name."""
        if self.module is None or self.imported != name:
            return False
        same = self.module in SAME_NAMES.get(module, ()) and name not in OWN_NAMES
        return self.module == module or (name != "" and same)


def children(node: n.Node) -> Iterator[n.Node]:
    """The nodes right below a node, in the order of its fields."""
    for field in node.__struct_fields__:
        value = getattr(node, field)
        if isinstance(value, n.Node):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, n.Node))


def bindings(node: n.Node) -> Iterator[Binding]:
    """What a node binds in the scope that it stands in, at any depth, but not what inner scopes bind for themselves."""
    yield from _own(node)
    if isinstance(node, SCOPES):
        return
    for child in children(node):
        yield from bindings(child)


def inner_bindings(scope: n.Node) -> Iterator[Binding]:
    """What a function, class or lambda binds in its own scope."""
    for param in getattr(scope, "params", ()):
        yield Binding(param.name)
    for child in getattr(scope, "body", ()) if not isinstance(scope, n.Lambda) else (scope.body,):
        yield from bindings(child)


def _own(node: n.Node) -> Iterator[Binding]:
    if isinstance(node, n.Import):
        for module, alias in node.names:
            top = module.partition(".")[0]
            # `import a.b` binds a, and makes a.b reachable through it.
            yield Binding(alias or top, module if alias in (None, module) else None)
    elif isinstance(node, n.ImportFrom):
        for name, alias in node.names:
            yield Binding(alias or name, "." * node.level + node.module, name)
    elif isinstance(node, (n.FunctionDef, n.ClassDef, n.TypeAlias, n.Handler)):
        yield Binding(node.name or "")
    elif isinstance(node, (n.Case, n.Scope)):
        yield from map(Binding, node.captures if isinstance(node, n.Case) else node.names)
    if not isinstance(node, n.Generator):  # the names of a comprehension are its own
        for field in ("targets", "target"):
            yield from _targets(getattr(node, field, None))


def _targets(value: object) -> Iterator[Binding]:
    if isinstance(value, tuple):
        for each in value:
            yield from _targets(each)
    elif isinstance(value, n.Name):
        yield Binding(value.id)
    elif isinstance(value, (n.TupleExpr, n.ListExpr)):
        yield from _targets(value.elts)
    elif isinstance(value, n.Starred):
        yield from _targets(value.value)


class Availability(Struct, frozen=True):
    """Whether a name can be had at a place, and from whom."""

    given: bool
    """It is what is asked for, already."""
    taken: bool
    """It is something else."""


def at_module_level(module: ParsedModule, wanted: str, name: str) -> Availability:
    """What the module itself binds `name` of the module `wanted` (or the module, where `name` is '') to."""
    bound = name or wanted.partition(".")[0]
    text = bound.encode("utf-8")
    given = taken = False
    for top in module.statements:
        if text not in top.text:
            continue
        found = [each for each in bindings(top.node) if each.name == bound]
        gives = any(each.gives(wanted, name) for each in found) and not is_type_checking(top.node)
        given = given or gives
        # `try: from a import b` with something else in the except, and the like, are one way to have the name.
        alternatives = isinstance(top.node, (n.Try, n.If)) and gives
        taken = taken or (not alternatives and any(not _harmless(each, wanted, name) for each in found))
    return Availability(given, taken)


def at_place(spot: Spot, offset: int, wanted: str, name: str) -> Availability:
    """What the functions and the class around a byte of the file bind the name to, before the module is asked."""
    bound = name or wanted.partition(".")[0]
    inner = True
    for around in spot.chain:
        scopes = [around.node] if isinstance(around.node, SCOPES) else []
        # The names of a class are seen in its own body only, and those of a def not in its header.
        if scopes and (inner or isinstance(around.node, FUNCTIONS)) and _in_body(around, offset):
            found = [each for each in inner_bindings(around.node) if each.name == bound]
            if found:
                given = all(each.gives(wanted, name) for each in found)
                return Availability(given, not given)
            inner = False
    for node in _expression_scopes(spot.node, offset - spot.base):
        if any(each.name == bound for each in node):
            return Availability(False, True)
    return Availability(False, False)


def _in_body(spot: Spot, offset: int) -> bool:
    return any(start <= offset < end for start, end in spot.inside())


def _expression_scopes(node: n.Node, offset: int) -> Iterator[list[Binding]]:
    """What the lambdas and comprehensions around an offset bind."""
    for child in children(node):
        if child.start <= offset < child.end:
            if isinstance(child, n.Lambda):
                yield list(inner_bindings(child))
            if isinstance(child, n.Comprehension):
                yield [each for generator in child.generators for each in _targets(generator.target)]
            yield from _expression_scopes(child, offset)


def _harmless(binding: Binding, wanted: str, name: str) -> bool:
    """The same thing, or for a module, another module of the same package (`import a.b` binds a too)."""
    if binding.gives(wanted, name):
        return True
    top = wanted.partition(".")[0]
    return not name and binding.module is not None and not binding.imported and binding.module.partition(".")[0] == top


def is_type_checking(node: n.Node) -> bool:
    """Whether it is an `if TYPE_CHECKING:`, whose imports are none when the program runs."""
    if not isinstance(node, n.If):
        return False
    test = node.test
    last = test.attr if isinstance(test, n.Attribute) else getattr(test, "id", "")
    return last == "TYPE_CHECKING"


def uses(module: ParsedModule, name: str) -> bool:
    """Whether anything but an import may name it: code, `__all__`, or an annotation in quotes."""
    text = name.encode("utf-8")
    return any(text in top.text and _uses(top.node, name, top.text) for top in module.statements)


def _uses(node: n.Node, name: str, text: bytes) -> bool:
    # Patterns, type parameters and format specs are in no node: where there are some, the name may be in them.
    if isinstance(node, (n.Opaque, n.Broken, n.Match)) or _has_type_parameters(node, text):
        return name.encode("utf-8") in text[node.start : node.end]
    if isinstance(node, n.Name):
        return node.id == name
    if isinstance(node, n.Formatted) and name in node.spec:
        return True
    if isinstance(node, n.Constant) and isinstance(node.value, str) and name in node.value:
        inner = expression_from(node.value)
        return inner is not None and _uses(inner, name, node.value.encode("utf-8"))
    return any(_uses(child, name, text) for child in children(node))


def _has_type_parameters(node: n.Node, text: bytes) -> bool:
    if not isinstance(node, (n.FunctionDef, n.ClassDef)):
        return False
    return text[node.name_start + len(node.name.encode("utf-8")) :].lstrip().startswith(b"[")
