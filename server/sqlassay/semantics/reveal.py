"""Values as text a person reads: for the tests that are the evaluator's reference."""

from __future__ import annotations

from sqlassay.semantics import values as v
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule


def reveal_module(world: World, parsed: ParsedModule, path: str) -> dict[int, str]:
    """What every expression statement of a module is worth, by line (from 0)."""
    out: dict[int, str] = {}
    base = 0

    def watch(node: n.ExprStmt, value: v.Value) -> None:
        out[parsed.source.position(base + node.start)[0]] = describe(value)

    evaluator = Evaluator(world, lambda _event: None, watch)
    for statement in parsed.statements:
        base = statement.start
        evaluator.unit(path, statement.anchor, statement.node)
    return out


def describe(value: v.Value) -> str:
    """One line about a value."""
    match value:
        case v.Const(value=constant):
            return repr(constant)
        case v.Text(literals=literals, holes=holes):
            parts = [literals[0]]
            for hole, literal in zip(holes, literals[1:], strict=True):
                parts.append("{" + hole.origin + "}" + literal)
            return f"text {''.join(parts)!r}"
        case v.External(name=name):
            return name
        case v.ExternalObject(name=name):
            return f"{name} object"
        case v.Session():
            return _session(value)
        case v.Engine():
            dialect = f" of {value.dialect}" if value.dialect else ""
            return ("async engine" if value.is_async else "engine") + dialect
        case v.Connection(is_async=is_async):
            return "async connection" if is_async else "connection"
        case v.Maker(is_async=is_async):
            return "maker of async sessions" if is_async else "maker of sessions"
        case v.Model(ref=ref, alias=alias):
            return f"{'alias of' if alias else 'model'} {ref.plain}"
        case v.Entity(model=model, load=load):
            return model.plain + _load(load)
        case v.Mapped(model=model, name=name):
            return f"{model.plain}.{name}"
        case v.Stored(entity=entity, attribute=attribute, depth=depth):
            return f"{'what is in ' * depth}{entity.model.plain}.{attribute}'s object"
        case v.Statement():
            return _statement(value)
        case v.Result(shape=shape, row=row):
            return f"{shape}[{describe(row)}]"
        case v.Collection(element=element, lazy=lazy):
            return f"{'iterator' if lazy else 'list'}[{describe(element)}]"
        case v.TupleValue(items=items):
            return f"({', '.join(describe(each) for each in items)})"
        case v.DictValue(key=key, value=inner):
            return f"dict[{describe(key)}, {describe(inner)}]"
        case v.Awaitable(value=inner):
            return f"awaitable[{describe(inner)}]"
        case v.Manager(value=inner):
            return f"manager[{describe(inner)}]"
        case v.Union(values=values):
            return " | ".join(describe(each) for each in values)
        case v.Option():
            return _option(value)
        case v.Scalar(origin=origin):
            return origin
        case v.Instance(ref=ref):
            return f"{ref.plain} object"
        case v.ClassValue(ref=ref) | v.FunctionValue(ref=ref):
            return ref.plain
        case _:
            return _WORDS.get(type(value), type(value).__name__.lower())


_WORDS: dict[type[v.Value], str] = {
    v.Clause: "clause",
    v.TextClause: "text clause",
    v.Param: "unknown",
    v.Unknown: "unknown",
    v.Method: "method",
    v.LocalFunction: "function",
    v.DeclarativeBase: "declarative base",
    v.ModuleValue: "module",
}


def _session(value: v.Session) -> str:
    words = ["async session" if value.is_async else "session"]
    if value.scoped:
        words.insert(0, "scoped")
    if value.source:
        words.append(f"({value.source}{'' if value.certain else ', by its shape'})")
    return " ".join(words)


def _load(load: v.Load) -> str:
    if load.kind in ("query", "get") and load.statement is not None:
        return f" from {_statement(load.statement)}{_path(load.path)}"
    return f" ({load.kind})"


def _path(path: tuple[tuple[Ref, str], ...]) -> str:
    return "".join(f".{name}" for _, name in path)


def _statement(value: v.Statement) -> str:
    text = f"{value.kind}({', '.join(describe(each).removeprefix('model ') for each in value.entities)})"
    if value.options:
        text += f" with {', '.join(_option(each) for each in value.options)}"
    return text + (" and more" if value.loose else "")


def _option(value: v.Option) -> str:
    steps = [f"{ref.plain}.{name}" if not index else name for index, (ref, name) in enumerate(value.path)]
    return f"{value.strategy}({'.'.join(steps) or '*'})"
