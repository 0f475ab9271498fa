"""What the code in a relationship's strings names: `primaryjoin="Order.id == Line.order_id"`, `order_by="Line.id"`."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from sqlassay.facts.collect import children
from sqlassay.project.mapping import classes
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.relating import by_name, table_named
from sqlassay.project.mapping.things import Const, Scope
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import SA_NAMESPACE
from sqlassay.semantics.models import Mention
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_KEYWORDS = ("primaryjoin", "secondaryjoin", "foreign_keys", "remote_side", "order_by")
"""Arguments whose strings are code, in which the registry's classes and the MetaData's tables are names."""

_COLLECTIONS = ("c", "columns")

_OTHER_NAMES = frozenset(
    "foreign remote sql types dialects orm engine exc event pool util inspection schema ext log sqlalchemy".split()
) | frozenset((*SA_NAMESPACE, *dir(builtins)))
"""Names that the code may use besides: of SQLAlchemy's package, and Python's own."""


def mentions(world: World, ref: Ref, raw: RawRelationship) -> tuple[Mention, ...]:
    """What the strings of a relationship of the class `ref` name, as far as that is known."""
    out: list[Mention] = list(_secondary(world, ref, raw))
    for keyword in _KEYWORDS:
        node, _ = raw.arguments.keywords.get(keyword, (None, None))
        if isinstance(node, n.Constant) and isinstance(node.value, str):
            code = expression_from(node.value) or expression_from(f"({node.value},)")
            if code is not None:
                out.extend(_in_code(world, ref, keyword, code))
    return tuple(out)


def _secondary(world: World, ref: Ref, raw: RawRelationship) -> Iterator[Mention]:
    """The table that the string of a `secondary` means, where it certainly means none."""
    node, _ = raw.arguments.keywords.get("secondary", (None, None))
    text = node.value if isinstance(node, n.Constant) else None
    if not isinstance(text, str) or not text.replace(".", "_").isidentifier():
        return
    first, _, rest = text.partition(".")
    known = table_named(world, ref, Const(text)) is not None or by_name(world, ref, first, Scope(ref.path, "")).ref
    if not known and _is_nothing_else(world, ref, [rest or first]):
        yield Mention("secondary", text, "", found=False)


def _in_code(world: World, ref: Ref, keyword: str, code: n.Expr) -> Iterator[Mention]:
    """The chains of names in an expression; where it binds names itself, nobody looks."""
    stack: list[tuple[n.Node, bool]] = [(code, True)]
    found: list[list[str]] = []
    while stack:
        node, operand = stack.pop()
        match node:
            case n.Lambda() | n.Comprehension() | n.NamedExpr() | n.Opaque():
                return
            case n.Name(id=name):
                if operand:
                    found.append([name])
            case n.Attribute() if (dotted := names.dotted_name(node)) is not None:
                found.append(dotted.split("."))
            case _:
                alone = isinstance(node, n.Compare | n.ListExpr | n.TupleExpr)
                stack.extend((each, alone) for each in children(node))
    for parts in found:
        mention = _mention(world, ref, keyword, parts)
        if mention is not None:
            yield mention


def _mention(world: World, ref: Ref, keyword: str, parts: list[str]) -> Mention | None:
    name, attribute = parts[0], parts[1] if len(parts) > 1 else ""
    known = by_name(world, ref, name, Scope(ref.path, ""))
    if known.ref is not None:
        return Mention(keyword, name, attribute, model=known.ref, found=True)
    if known.candidates:
        return None
    table = table_named(world, ref, Const(name))
    if table is not None:
        column = parts[2] if attribute in _COLLECTIONS and len(parts) > 2 else ""
        return Mention(keyword, name, column, table=table.key, found=True)
    nowhere = known.found is False and _is_nothing_else(world, ref, parts)
    return Mention(keyword, name, attribute, found=False) if nowhere else None


def _is_nothing_else(world: World, ref: Ref, parts: list[str]) -> bool:
    """Whether a name that no class has is certainly that of no table, schema, module or function either."""
    name = parts[0]
    metadata = classes.metadata_of_class(world, ref)
    if name in _OTHER_NAMES or any(each in _COLLECTIONS for each in parts[2:]):
        return False
    if metadata is None or metadata.reflected or not metadata.certain or not world.graph.closed(metadata.key):
        return False
    return not world.graph.tables_keyed(name) and not any(
        name in world.module_name(path).split(".") for path in world.paths
    )
