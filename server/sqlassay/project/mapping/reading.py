"""Reads expressions of mapping code: names through files, helper functions, the strings that name tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlassay.facts.model import FunctionFact, VariableFact
from sqlassay.project.mapping import running, strings
from sqlassay.project.mapping.things import (
    UNREAD,
    Annotation,
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


def class_scope(world: World, ref: Ref) -> Scope:
    """The scope of a class body."""
    fact = names.class_fact(world, ref)
    return Scope(ref.path, fact.anchor if fact is not None else "", ref)


def read(world: World, node: n.Expr, scope: Scope) -> Thing:
    """What an expression stands for."""
    reader = _READERS.get(type(node))
    return reader(world, node, scope) if reader is not None else UNREAD


def constant(world: World, node: n.Expr | None, scope: Scope) -> Const | None:
    """The plain value of an expression; None where it has none that can be read."""
    if node is None:
        return None
    if isinstance(node, n.Constant):
        return Const(node.value) if node.kind in _PLAIN else None
    found = read(world, node, scope)
    return found if isinstance(found, Const) else None


_PLAIN = frozenset(("str", "int", "float", "bool", "none"))


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
    binding = names.resolve(world, scope.path, node.id)
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
    scope = Scope(ref.path, fact.anchor)
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
        if running.decorated(fact, "declared_attr", "property", "hybrid_property", "cascading", "directive"):
            return Attr(owner, name)
        return Bound(None, Ref(where.path, fact.qualname), Scope(where.path, fact.anchor), owner)
    thing = class_name(world, where, fact)
    return Attr(owner, name) if isinstance(thing, Attr) else thing


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


def _sequence(world: World, node: n.TupleExpr | n.ListExpr, scope: Scope) -> Thing:
    out = Seq([])
    for each in node.elts:
        if isinstance(each, n.Starred):
            opened = read(world, each.value, scope)
            if isinstance(opened, Seq):
                out.items.extend(opened.items)
                out.whole = out.whole and opened.whole
            else:
                out.whole = False
        else:
            out.items.append((each, scope))
    return out


def _dict(world: World, node: n.DictExpr, scope: Scope) -> Thing:
    out = Map([])
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            opened = read(world, value, scope)
            if isinstance(opened, Map):
                out.entries.extend(opened.entries)
                out.whole = out.whole and opened.whole
            else:
                out.whole = False
        else:
            out.entries.append((read(world, key, scope), value, scope))
    return out


def entry(found: Map, name: str) -> tuple[n.Expr, Scope] | None:
    """The value of a key of a dict; the last one counts."""
    for key, node, scope in reversed(found.entries):
        if isinstance(key, Const) and key.value == name:
            return node, scope
    return None


def items(world: World, node: n.Expr, scope: Scope) -> tuple[list[tuple[n.Expr, Scope]], bool]:
    """What stands in a tuple or list (or the one thing that stands in its place), and whether that is all."""
    found = read(world, node, scope)
    if isinstance(found, Seq):
        return found.items, found.whole
    return [(node, scope)], not isinstance(found, Unread)


def _subscript(world: World, node: n.Subscript, scope: Scope) -> Thing:
    owner = read(world, node.value, scope)
    match owner:
        case Const():
            return strings.item(world, owner, node, scope)
        case Seq():
            index = constant(world, node.index, scope)
            if index is not None and isinstance(index.value, int) and owner.whole:
                where = range(len(owner.items))
                if -len(where) <= index.value < len(where):
                    return read(world, *owner.items[index.value])
            return UNREAD
        case Map():
            key = constant(world, node.index, scope)
            found = entry(owner, key.value) if key is not None and isinstance(key.value, str) else None
            return read(world, *found) if found is not None else UNREAD
        case Attr(name="tables"):
            # metadata.tables["user"]
            key = constant(world, node.index, scope)
            return Attr(owner, str(key.value)) if key is not None else UNREAD
        case Attr(name="c" | "columns"):
            key = constant(world, node.index, scope)
            return Attr(owner, str(key.value)) if key is not None else UNREAD
        case Unread():
            return UNREAD
        case _:
            return Annotation(node, scope)


# ------------------------------------------------------------------- operators


def _binop(world: World, node: n.BinOp, scope: Scope) -> Thing:
    left, right = read(world, node.left, scope), read(world, node.right, scope)
    match left, right:
        case Seq(), Seq() if node.op == "+":
            return Seq(left.items + right.items, left.whole and right.whole)
        case Seq(), _ if node.op == "+":
            return Seq(left.items, False)
        case _, Seq() if node.op == "+":
            return Seq(right.items, False)
        case Map(), Map() if node.op == "|":
            return Map(left.entries + right.entries, left.whole and right.whole)
        case Const(), _:
            return strings.operator(world, left, node.op, right, node, scope)
        case _:
            return UNREAD


def _ifexp(world: World, node: n.IfExp, scope: Scope) -> Thing:
    truth = running.truth(world, node.test, scope)
    if truth is not None:
        return read(world, node.body if truth else node.orelse, scope)
    left, right = read(world, node.body, scope), read(world, node.orelse, scope)
    return running.either(left, right)


def _boolop(world: World, node: n.BoolOp, scope: Scope) -> Thing:
    for each in node.values[:-1]:
        found = read(world, each, scope)
        if not isinstance(found, Const):
            return found if not isinstance(found, Unread) and node.op == "or" else UNREAD
        if bool(found.value) == (node.op == "or"):
            return found
    return read(world, node.values[-1], scope)


def _condition(world: World, node: n.Expr, scope: Scope) -> Thing:
    if isinstance(node, n.UnaryOp) and node.op in "+-":
        found = constant(world, node.operand, scope)
        if found is None or not isinstance(found.value, int | float):
            return UNREAD
        return Const(-found.value if node.op == "-" else found.value)
    known = running.truth(world, node, scope)
    return Const(known) if known is not None else UNREAD


def _constant(_world: World, node: n.Constant, _scope: Scope) -> Thing:
    return Const(node.value) if node.kind in _PLAIN else UNREAD


def _lambda(_world: World, node: n.Lambda, scope: Scope) -> Thing:
    return Bound(node, None, scope)


def _named(world: World, node: n.NamedExpr, scope: Scope) -> Thing:
    found = scope.names[node.target.id] = read(world, node.value, scope)
    return found


_READERS: dict[type, Callable[..., Thing]] = {
    n.Name: _name,
    n.Attribute: _attribute,
    n.Call: _call,
    n.Constant: _constant,
    n.FString: strings.fstring,
    n.TupleExpr: _sequence,
    n.ListExpr: _sequence,
    n.DictExpr: _dict,
    n.Subscript: _subscript,
    n.BinOp: _binop,
    n.UnaryOp: _condition,
    n.Compare: _condition,
    n.IfExp: _ifexp,
    n.BoolOp: _boolop,
    n.Lambda: _lambda,
    n.NamedExpr: _named,
    n.Comprehension: strings.comprehension,
}


def chain(thing: Thing) -> Iterator[Thing]:
    """A thing and what it is an attribute of, outwards in."""
    while True:
        yield thing
        if not isinstance(thing, Attr):
            return
        thing = thing.owner
