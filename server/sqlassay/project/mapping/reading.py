"""Reads expressions of mapping code: names through files, helper functions, the strings that name tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlassay.facts import inner
from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.project.mapping import local, operators, running, strings
from sqlassay.project.mapping.things import (
    PLAIN,
    UNREAD,
    Arguments,
    Attr,
    Bound,
    Const,
    Made,
    Map,
    Scope,
    Seq,
    Thing,
    Unread,
)
from sqlassay.project.mapping.world import World
from sqlassay.semantics import names
from sqlassay.semantics.canonical import SA_NAMESPACE, canonical
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

MAX_DEPTH = 8
"""Functions that call functions: past this we do not look."""

_SAME_THING = frozenset(
    ("with_variant", "ddl_if", "desc", "asc", "nulls_last", "nulls_first", "label", "evaluates_none")
)
"""Methods that give what they are called on, as far as mapping goes."""

DEFAULT_DIALECT = "(default dialect)"
"""The dialect that types are printed for where nobody names one: what `load_dialect_impl` is asked with."""

_SECOND_ARGUMENT = frozenset(("typing.cast", "typing_extensions.cast"))
_FIRST_ARGUMENT = frozenset(("copy.copy", "copy.deepcopy", "builtins.tuple", "builtins.list"))


def outer_scope(world: World, ref: Ref, anchor: str) -> Scope:
    """The scope that a class or variable stands in: that of the module, or of the function that declares it."""
    within = inner.around(ref.name)
    return Scope(ref.path, anchor, None, world.graph.closure(ref) if within else {}, within)


def class_scope(world: World, ref: Ref) -> Scope:
    """The scope of a class body."""
    fact = names.class_fact(world, ref)
    scope = outer_scope(world, ref, fact.anchor if fact is not None else "")
    scope.owner = ref
    return scope


def read(world: World, node: n.Expr, scope: Scope) -> Thing:
    """What an expression stands for."""
    reader = _READERS.get(type(node))
    return reader(world, node, scope) if reader is not None else UNREAD


def constant(world: World, node: n.Expr | None, scope: Scope) -> Const | None:
    """The plain value of an expression; None where it has none that can be read."""
    if node is None:
        return None
    if isinstance(node, n.Constant):
        return Const(node.value) if node.kind in PLAIN else None
    found = read(world, node, scope)
    return found if isinstance(found, Const) else None


def text(world: World, node: n.Expr | None, scope: Scope) -> str | None:
    """The string that an expression is; None for anything else."""
    found = constant(world, node, scope)
    return found.value if found is not None and isinstance(found.value, str) else None


# ----------------------------------------------------------------------- names


def _name(world: World, node: n.Name, scope: Scope) -> Thing:
    known = scope.names.get(node.id)
    if known is not None:
        return known
    if scope.owner is not None:
        fact = names.class_fact(world, scope.owner)
        if fact is not None:
            for attribute in fact.attributes:
                # `registry = registry()`: what the body binds further down is not bound yet.
                if attribute.name == node.id and attribute.end <= node.start:
                    return class_name(world, scope.owner, attribute)
            nested = Ref(scope.owner.path, f"{scope.owner.name}.{node.id}")
            if names.class_fact(world, nested) is not None:
                return names.InProject("class", nested)
    binding = names.resolve(world, scope.path, node.id, within=scope.function)
    return names.Outside(f"builtins.{node.id}") if binding is None else bound(world, binding)


def bound(world: World, binding: names.Binding | None) -> Thing:
    """What a resolved name stands for."""
    if binding is None:
        return UNREAD
    if isinstance(binding, names.InProject) and binding.kind == "variable":
        return variable(world, binding.ref)
    return binding


def variable(world: World, ref: Ref) -> Thing:
    """What a module-level variable stands for."""
    found: Thing = world.memo.of(("thing", ref), lambda: _variable(world, ref), UNREAD)
    return found


def _variable(world: World, ref: Ref) -> Thing:
    fact = names.variable_fact(world, ref)
    if fact is None or fact.value is None:
        return UNREAD
    scope = outer_scope(world, ref, fact.anchor)
    found = read(world, fact.value, scope)
    if fact.others and isinstance(found, Const | Seq | Map):
        for other in fact.others:
            if read(world, other, scope) != found:
                return UNREAD
    return found


def class_name(world: World, owner: Ref, attribute: VariableFact) -> Thing:
    """What a name of a class body stands for: plain values are read, anything made is the attribute itself."""
    value = attribute.value
    if value is None or isinstance(value, n.Call | n.Lambda):
        return Attr(names.InProject("class", owner), attribute.name)
    scope = class_scope(world, owner)
    if isinstance(value, n.Name) and value.id == attribute.name:
        scope.owner = None
    found = read(world, value, scope)
    return Attr(names.InProject("class", owner), attribute.name) if isinstance(found, Made | Unread) else found


# ------------------------------------------------------------------ attributes


def _attribute(world: World, node: n.Attribute, scope: Scope) -> Thing:
    if isinstance(node.value, n.Name):
        # `cls.Address = type(...)`, further up in the function.
        given = scope.names.get(f"{node.value.id}.{node.attr}")
        if given is not None:
            return given
    return member(world, read(world, node.value, scope), node.attr)


def member(world: World, owner: Thing, name: str) -> Thing:
    """What an attribute of something stands for."""
    match owner:
        case names.Outside(name=dotted) if dotted == DEFAULT_DIALECT and name == "name":
            return Const("default")
        case names.Outside() | names.ProjectModule():
            return bound(world, names.member(world, owner, name))
        case names.InProject(kind="class", ref=ref):
            return _class_member(world, owner, ref, name)
        case Made(name="sa:aliased", call=call, scope=scope) if call.args:
            return member(world, read(world, call.args[0], scope), name)
        case Made(name="flask:SQLAlchemy") if name in SA_NAMESPACE and name != "Table":
            return names.Outside(f"sqlalchemy.{name}")
        case Unread():
            return UNREAD
        case Const() if name == "value":
            # Of a member of an enumeration, which reads as its value.
            return owner
        case _:
            return Attr(owner, name)


def _class_member(world: World, owner: Thing, ref: Ref, name: str) -> Thing:
    if name == "__name__":
        return Const(ref.name.rsplit(".", 1)[-1])
    if name == "__tablename__":
        return world.graph.table_name_of(ref)
    if name in ("metadata", "registry", "__table__", "__mapper__", "__mapper_args__", "__table_args__"):
        return Attr(owner, name)
    nested = names.member(world, names.InProject("class", ref), name)
    if isinstance(nested, names.InProject) and nested.kind == "class":
        return nested
    assigned = Ref(ref.path, f"{ref.name}.{name}")
    if names.variable_fact(world, assigned) is not None:
        # `History.table = Table(...)`, after the class.
        later = variable(world, assigned)
        if isinstance(later, Made) and later.name.endswith("Table"):
            return later
    found = names.find_attribute(world, ref, name)
    if found is None:
        return Attr(owner, name)
    where, fact = found
    if isinstance(fact, FunctionFact):
        if running.decorated(fact, "declared_attr"):
            declared = _declared_text(world, owner, ref, where, fact)
            return declared if declared is not None else Attr(owner, name)
        if running.decorated(fact, "property", "hybrid_property", "cascading", "directive"):
            return Attr(owner, name)
        return Bound(None, Ref(where.path, f"{where.name}.{name}"), outer_scope(world, where, fact.anchor), owner)
    thing = class_name(world, where, fact)
    return Attr(owner, name) if isinstance(thing, Attr) else thing


def _declared_text(world: World, owner: Thing, ref: Ref, where: Ref, fact: FunctionFact) -> Const | None:
    """`ForeignKey(User.id_path)`: the string that a `declared_attr` gives a class; None for anything else."""

    def find() -> Const | None:
        method = Ref(where.path, fact.qualname)
        found = running.run_function(world, method, fact, Arguments([], {}, True), owner, 0)
        return found if isinstance(found, Const) and isinstance(found.value, str) else None

    text: Const | None = world.memo.of(("declared text", ref, fact.qualname), find)
    return text


# ----------------------------------------------------------------------- calls


def _call(world: World, node: n.Call, scope: Scope) -> Thing:
    if isinstance(node.func, n.Name) and node.func.id == "super" and "super" not in scope.names:
        return scope.names.get("(super)", UNREAD)
    return apply(world, read(world, node.func, scope), node, scope)


def apply(world: World, func: Thing, node: n.Call, scope: Scope, given: tuple[Arguments, ...] = ()) -> Thing:
    """What calling something gives."""
    match func:
        case names.Outside(name=dotted):
            return _library_call(world, canonical(dotted), node, scope, given)
        case names.InProject(kind="class", ref=ref):
            return Made(world.graph.library_root(ref), node, scope, ref, None, given)
        case names.InProject(kind="function", ref=ref):
            return running.follow(world, Bound(None, ref, scope), node, scope, given)
        case Bound():
            return running.follow(world, func, node, scope, given)
        case Made(name="functools.partial", call=call, scope=made_in):
            if not call.args:
                return UNREAD
            before = Arguments([(each, made_in) for each in call.args[1:]], {}, True)
            before.keywords = {each.name: (each.value, made_in) for each in call.keywords if each.name is not None}
            return apply(world, read(world, call.args[0], made_in), node, scope, (*given, before))
        case Attr(owner=owner, name=name):
            return _method_call(world, owner, name, node, scope)
        case _:
            return UNREAD


def _library_call(world: World, name: str, node: n.Call, scope: Scope, given: tuple[Arguments, ...]) -> Thing:
    if name == f"{DEFAULT_DIALECT}.type_descriptor" and node.args:
        return read(world, node.args[0], scope)
    if name == "builtins.type" and len(node.args) == 3:
        return local.made(world, node, scope)
    if name in _SECOND_ARGUMENT:
        return read(world, node.args[1], scope) if len(node.args) > 1 else UNREAD
    if name in _FIRST_ARGUMENT and len(node.args) == 1:
        found = read(world, node.args[0], scope)
        return found if isinstance(found, Seq | Map | Made) else strings.function(world, name, node, scope)
    if name == "builtins.dict":
        opened = arguments(world, node, scope)
        entries: list[tuple[Thing, n.Expr, Scope]] = [(Const(k), *value) for k, value in opened.keywords.items()]
        return Map(entries, opened.whole and not opened.positional)
    if name == "builtins.getattr" and len(node.args) >= 2:
        attribute = text(world, node.args[1], scope)
        return member(world, read(world, node.args[0], scope), attribute) if attribute is not None else UNREAD
    if name.startswith(("builtins.", "re.")):
        return strings.function(world, name, node, scope)
    if name.endswith(".as_mutable") and node.args:
        return read(world, node.args[0], scope)
    return Made(name, node, scope, None, None, given)


def _method_call(world: World, owner: Thing, name: str, node: n.Call, scope: Scope) -> Thing:
    if isinstance(owner, Const) or (isinstance(owner, Made) and owner.name == "re.compile"):
        return strings.method(world, owner, name, node, scope)
    if name in _SAME_THING and isinstance(owner, Made | Attr):
        return owner
    if name == "as_mutable" and node.args:
        return read(world, node.args[0], scope)
    if name == "get" and isinstance(owner, Attr) and owner.name in ("c", "columns") and len(node.args) == 2:
        return read(world, node.args[1], scope)
    if isinstance(owner, Made) and owner.name == "flask:SQLAlchemy":
        return Made(f"db.{name}", node, scope, None, owner)
    return Made(f".{name}", node, scope, None, owner)


def arguments(world: World, call: n.Call, scope: Scope, given: tuple[Arguments, ...] = ()) -> Arguments:
    """The arguments of a call, stars opened."""
    out = Arguments([], {}, True)
    for before in given:
        out.positional.extend(before.positional)
        out.keywords.update(before.keywords)
        out.whole = out.whole and before.whole
    for each in call.args:
        if isinstance(each, n.Starred):
            opened = read(world, each.value, scope)
            if isinstance(opened, Seq):
                out.positional.extend(opened.items)
                out.whole = out.whole and opened.whole
            else:
                out.whole = False
        else:
            out.positional.append((each, scope))
    for keyword in call.keywords:
        if keyword.name is not None:
            out.keywords[keyword.name] = (keyword.value, scope)
            continue
        opened = read(world, keyword.value, scope)
        if isinstance(opened, Map):
            out.whole = out.whole and opened.whole
            for key, node, where in opened.entries:
                if isinstance(key, Const) and isinstance(key.value, str):
                    out.keywords[key.value] = (node, where)
        else:
            out.whole = False
    return out


def made_arguments(world: World, made: Made) -> Arguments:
    return arguments(world, made.call, made.scope, made.given)


# ------------------------------------------------------------------ containers


def items(world: World, node: n.Expr, scope: Scope) -> tuple[list[tuple[n.Expr, Scope]], bool]:
    """What stands in a tuple or list (or the one thing that stands in its place), and whether that is all."""
    found = read(world, node, scope)
    if isinstance(found, Seq):
        return found.items, found.whole
    return [(node, scope)], not isinstance(found, Unread)


_READERS: dict[type, Callable[..., Thing]] = {
    n.Name: _name,
    n.Attribute: _attribute,
    n.Call: _call,
    n.Constant: operators.constant,
    n.FString: strings.fstring,
    n.TupleExpr: operators.sequence,
    n.ListExpr: operators.sequence,
    n.DictExpr: operators.mapping,
    n.Subscript: operators.subscript,
    n.BinOp: operators.binop,
    n.UnaryOp: operators.condition,
    n.Compare: operators.condition,
    n.IfExp: operators.ifexp,
    n.BoolOp: operators.boolop,
    n.Lambda: operators.function,
    n.NamedExpr: operators.named,
    n.Comprehension: strings.comprehension,
}


def chain(thing: Thing) -> Iterator[Thing]:
    """A thing and what it is an attribute of, outwards in."""
    while True:
        yield thing
        if not isinstance(thing, Attr):
            return
        thing = thing.owner
