"""What names mean where a function begins: its parameters, its imports, what it captures; and what handlers catch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sqlassay.facts.collect import imports_of, own_expressions, walk
from sqlassay.semantics import generics, names, typehints
from sqlassay.semantics import values as v
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

SESSION_NAMES = frozenset(
    "db session sess s dbsession db_session async_session sqla_session sa_session orm_session db_sess _session".split()
)
"""Names by which an unannotated parameter may be a session, if the function's code uses it as one."""


def bind_parameters(
    self: Evaluator,
    node: n.FunctionDef | n.Lambda,
    bound: v.Value | None,
    given: Mapping[str, v.Value],
    cls: Ref | None,
) -> None:
    """Give the parameters of the current frame's function their values: what a caller gave, or what is annotated."""
    frame = self.frame
    frame.types = generics.of_owner(self.world, bound)
    is_method = cls is not None and isinstance(node, n.FunctionDef) and not _has_decorator(node, "staticmethod")
    for index, param in enumerate(node.params):
        name = param.name
        if index == 0 and is_method and param.kind in ("positional", "positional-only") and cls is not None:
            frame.env[name] = bound if bound is not None else _self_value(self.world, node, cls)
            continue
        if name in given:
            value = given[name]
            if not isinstance(value, v.Unknown | v.Param):
                frame.env[name] = value
                continue
        frame.env[name] = _parameter(self, node, param, given)


def _parameter(
    self: Evaluator, node: n.FunctionDef | n.Lambda, param: n.Param, given: Mapping[str, v.Value]
) -> v.Value:
    frame = self.frame
    value = typehints.value_of(self.world, frame.path, param.annotation, "parameter", given=frame.types)
    if param.kind == "vararg":
        return v.Collection(value)
    if param.kind == "kwarg":
        return v.DictValue(v.UNKNOWN, v.UNKNOWN)
    if isinstance(value, v.Unknown) and param.annotation is not None:
        value = self_provided(self, param.annotation)
    if isinstance(value, v.Unknown) and param.default is not None:
        value = self_provided(self, param.default)
    if isinstance(value, v.Unknown):
        shape = _session_by_shape(self, node, param.name, given) if param.annotation is None else None
        return shape or v.Param(frame.qualname, param.name)
    if isinstance(value, v.Clause) and isinstance(param.default, n.Constant):
        return v.join(value, v.Const(param.default.value))
    if isinstance(value, v.Session) and value.expires is None:
        return _as_provided(self, value, param)
    return value


def _as_provided(self: Evaluator, session: v.Session, param: n.Param) -> v.Session:
    """A session that is annotated and injected: what its provider knows of how it was made."""
    for node in (param.annotation, param.default):
        provided = self_provided(self, node) if node is not None else v.UNKNOWN
        if isinstance(provided, v.Session) and provided.is_async == session.is_async:
            return replace(session, expires=provided.expires, made=provided.made)
    return session


def self_provided(self: Evaluator, node: n.Expr) -> v.Value:
    """What `Depends(get_db)` (as a default, or inside Annotated) injects, get_db's body included."""
    from sqlassay.semantics import calls, lookups

    if isinstance(node, n.Subscript) and isinstance(node.index, n.TupleExpr):
        for each in node.index.elts[1:]:
            found = self_provided(self, each)
            if not isinstance(found, v.Unknown):
                return found
        return v.UNKNOWN
    if isinstance(node, n.Name | n.Attribute):
        binding = names.resolve_expression(self.world, self.frame.path, node)
        if isinstance(binding, names.InProject) and binding.kind == "variable":
            fact = names.variable_fact(self.world, binding.ref)
            if fact is not None and isinstance(fact.value, n.Subscript | n.Call):
                return lookups.in_module(self, binding.ref.path, fact.anchor, fact.value, self_provided)
        return v.UNKNOWN
    if not isinstance(node, n.Call) or not node.args:
        return v.UNKNOWN
    declared = typehints.dependency(self.world, self.frame.path, node)
    if not isinstance(declared, v.Unknown | v.Session):
        return declared
    match node.func:
        case n.Name(id="Depends" | "Security") | n.Attribute(attr="Depends" | "Security"):
            binding = names.resolve_expression(self.world, self.frame.path, node.args[0])
            if isinstance(binding, names.InProject) and binding.kind == "function":
                provided = given(calls.provided(self, binding.ref))
                return declared if isinstance(provided, v.Unknown) else provided
        case _:
            pass
    return declared


def given(value: v.Value) -> v.Value:
    """A value handed in from elsewhere: a session in it was not opened here."""
    match value:
        case v.Session():
            return v.moved(value, "parameter")
        case v.Awaitable(value=inner) | v.Manager(value=inner):
            return given(inner)
        case v.Union():
            found = value.values[0]
            out = given(found)
            for each in value.values[1:]:
                out = v.join(out, given(each))
            return out
        case _:
            return value


def _self_value(world: World, node: n.FunctionDef | n.Lambda, cls: Ref) -> v.Value:
    model = world.model(cls)
    on_class = isinstance(node, n.FunctionDef) and _has_decorator(
        node, "classmethod", "declared_attr", "expression", "comparator"
    )
    if model is not None:
        return v.Model(cls) if on_class else v.Entity(cls, v.Load("self"))
    return v.ClassValue(cls) if on_class else v.Instance(cls)


def _has_decorator(node: n.FunctionDef, *wanted: str) -> bool:
    for decorator in node.decorators:
        match decorator.func if isinstance(decorator, n.Call) else decorator:
            case n.Name(id=name) | n.Attribute(attr=name) if name in wanted:
                return True
            case n.Attribute(value=n.Name(id=name) | n.Attribute(attr=name)) if name in wanted:
                return True
            case _:
                pass
    return False


def has_decorator(node: n.FunctionDef, *wanted: str) -> bool:
    """Whether a function carries one of these decorators (`@name`, `@module.name`, `@name.some`, `@name()`)."""
    return _has_decorator(node, *wanted)


def _session_by_shape(
    self: Evaluator, node: n.FunctionDef | n.Lambda, name: str, given: Mapping[str, v.Value]
) -> v.Value | None:
    """A parameter with a session's name that the body uses on SQLAlchemy things; nothing where it only looks so.

    A mapped class among the other arguments is such a thing: `session.query(model)`.
    """
    if name not in SESSION_NAMES or not isinstance(node, n.FunctionDef):
        return None
    proved = awaited = False
    for each in own_expressions(node.body):
        if isinstance(each, n.Await):
            awaited = awaited or _is_method_of(each.value, name) is not None
            continue
        method = _is_method_of(each, name)
        if method is None or not isinstance(each, n.Call) or not each.args:
            continue
        argument = each.args[0]
        known = given.get(argument.id) if isinstance(argument, n.Name) else None
        proved = proved or isinstance(known, v.Model) or _is_sqlalchemy(self, method, argument)
    return v.Session(awaited, False, False, None, "parameter") if proved else None


def _is_method_of(node: n.Node, name: str) -> str | None:
    match node:
        case n.Call(func=n.Attribute(value=n.Name(id=owner), attr=method)) if owner == name:
            return method
        case _:
            return None


def _is_sqlalchemy(self: Evaluator, method: str, argument: n.Expr) -> bool:
    """Whether an argument shows that a method's owner is a session: query(Model), execute(select()), add(Model())."""
    world, path = self.world, self.frame.path
    if method in ("query", "get", "get_one"):
        owner = argument.value if isinstance(argument, n.Attribute) else argument
        for node in (argument, owner):
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.InProject) and binding.kind == "class":
                return world.model(binding.ref) is not None
        return isinstance(argument, n.Call) and _starts_with_sqlalchemy(self, argument)
    if method in ("execute", "scalars", "scalar", "add", "stream", "exec"):
        if isinstance(argument, n.Call):
            return _starts_with_sqlalchemy(self, argument)
        if isinstance(argument, n.Name):
            # A local statement: look at what it was assigned.
            function = self.frame.function
            for each in own_expressions(function.body) if function is not None else ():
                match each:
                    case n.Assign(targets=(n.Name(id=target),), value=n.Call() as value) if target == argument.id:
                        if _starts_with_sqlalchemy(self, value):
                            return True
                    case _:
                        pass
    return False


_BUILDERS = frozenset("sa:select sa:insert sa:update sa:delete sa:text dialect:insert sa:func sa:exists".split())


def _starts_with_sqlalchemy(self: Evaluator, node: n.Expr) -> bool:
    while True:
        match node:
            case n.Call(func=n.Attribute() as func):
                binding = names.resolve_expression(self.world, self.frame.path, func)
                if isinstance(binding, names.Outside):
                    return canonical(binding.name) in _BUILDERS
                node = func.value
            case n.Call(func=n.Name() as func):
                binding = names.resolve_expression(self.world, self.frame.path, func)
                if isinstance(binding, names.Outside):
                    return canonical(binding.name) in _BUILDERS
                if isinstance(binding, names.InProject) and binding.kind == "class":
                    return self.world.model(binding.ref) is not None
                return False
            case n.Attribute():
                node = node.value
            case _:
                return False


def bind_imports(self: Evaluator, node: n.Import | n.ImportFrom) -> None:
    """Names that an import inside a function binds."""
    from sqlassay.semantics import lookups

    if self.frame.function is None and self.frame.cls is None:
        return
    for local, fact in imports_of(node):
        if fact.name == "*":
            continue
        binding = names.follow(self.world, self.frame.path, fact)
        self.frame.env[local] = lookups.binding_value(self, binding)


def capture(self: Evaluator, node: n.FunctionDef | n.Lambda) -> None:
    """Sessions that an inner function uses are out of the outer one's hands."""
    frame = self.frame
    if not frame.openings:
        return
    used = {each.id for each in walk(node) if isinstance(each, n.Name)}
    for name, value in frame.env.items():
        if name in used:
            frame.escape(value, "captured")


def exception_names(self: Evaluator, node: n.Expr | None) -> Iterator[str]:
    """Canonical names of what an `except` catches; '' for one that is unknown."""
    if node is None:
        yield "BaseException"
        return
    for each in node.elts if isinstance(node, n.TupleExpr) else (node,):
        binding = names.resolve_expression(self.world, self.frame.path, each)
        if isinstance(binding, names.Outside):
            yield canonical(binding.name)
        elif binding is None and isinstance(each, n.Name):
            local = self.frame.env.get(each.id)
            yield local.name if isinstance(local, v.External) else each.id
        elif isinstance(each, n.Attribute):
            value = self.expr(each)
            yield value.name if isinstance(value, v.External) else ""
        else:
            yield ""


def is_dependency(world: World, path: str, qualname: str) -> bool:
    """Whether some file of the project hands this function to FastAPI's Depends (or Security)."""
    return Ref(path, qualname) in world.dependencies()


def join_env(left: dict[str, v.Value], right: dict[str, v.Value]) -> dict[str, v.Value]:
    """What names are worth where two ways of the code meet."""
    if left is right:
        return left
    out = dict(left)
    for name, value in right.items():
        known = out.get(name)
        if known is None:
            # Bound in one branch only: reading it elsewhere would raise, so the other branch says nothing.
            out[name] = value
        elif known is not value:
            out[name] = v.join(known, value)
    return out
