"""What a call gives: a library's function by its table, a project's function by walking it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from sqlassay.facts.collect import own_statements
from sqlassay.facts.model import FunctionFact
from sqlassay.semantics import (
    coroutines,
    deeds,
    flow,
    names,
    pins,
    reads,
    scopes,
    signatures,
    states,
    tasks,
    typehints,
    views,
)
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.aside import Aside
from sqlassay.semantics.frame import Frame, Unit
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.site import Site
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator


MAX_DEPTH = 4
"""Calls followed into project functions, one inside the other."""

MAX_CALLS = 4000
"""Project functions walked for the sake of one top-level statement or method: more than real ones need, for where it
runs out, what comes out hangs on what was asked for before."""

CLAUSE_METHODS = frozenset(["where", "filter", "having", "on", "order_by", "filter_by", "join", "outerjoin"])
"""Methods whose arguments are SQL conditions."""

CLAUSE_FUNCTIONS = frozenset("sa:and_ sa:or_ sa:not_ sa:case sa:exists sa:select sa:update sa:delete".split())


def call(self: Evaluator, node: n.Call) -> v.Value:
    """Evaluate a call, its callee and arguments."""
    callee = self.expr(node.func)
    frame = self.frame
    outer_clause = frame.clause
    clause = _clause_of(node, callee)
    frame.clause = clause if clause else ("" if not isinstance(callee, v.Method) else outer_clause)
    args: list[v.Value] = []
    spread: list[v.Value] = []
    starred = False
    for each in node.args:
        value = self.expr(each)
        if isinstance(each, n.Starred):
            starred = True
            if isinstance(value, v.TupleValue):
                args.extend(value.items)
                starred = False if len(node.args) == 1 else starred
            else:
                spread.append(value)
            continue
        args.append(value)
    keywords: dict[str, v.Value] = {}
    for keyword in node.keywords:
        value = self.expr(keyword.value)
        if keyword.name is not None:
            keywords[keyword.name] = value
        elif isinstance(value, v.DictValue) and value.entries:
            keywords.update(dict(value.entries))
        else:
            starred = True
    frame.clause = outer_clause
    receiver = callee.receiver if isinstance(callee, v.Method) else v.UNKNOWN
    site = Site(self, node, callee, receiver, tuple(args), keywords, starred, tuple(spread))
    return self.dispatch(site)


def _clause_of(node: n.Call, callee: v.Value) -> str:
    if isinstance(node.func, n.Attribute) and node.func.attr in CLAUSE_METHODS:
        return node.func.attr
    if isinstance(callee, v.External) and callee.name in CLAUSE_FUNCTIONS:
        return callee.name.removeprefix("sa:")
    return ""


def invoke(site: Site, callee: v.Value) -> v.Value:
    """Call a project's function, class or object."""
    self = site.ev
    match callee:
        case v.FunctionValue():
            escape_arguments(site)
            return coroutines.begun(site, callee, follow(self, callee, site.args, site.keywords, site.node))
        case v.LocalFunction(key=key):
            escape_arguments(site)
            return coroutines.begun(site, callee, _local(self, key, site.args, site.keywords, site.node))
        case v.ClassValue(ref=ref):
            escape_arguments(site)
            _initialise(self, ref, site)
            return _construct(self, ref, site)
        case v.Model(ref=ref):
            if not _is_one_of_several(site.callee):
                made = ev.InstanceMade(self.world, self.frame, site.node, site.args, site.keywords, site.starred, ref)
                self.emit(made)
            views.made(self, site.node, ref)
            model = self.world.model(ref)
            if model is not None and not model.mapped:
                _construct(self, ref, site)
            return _instance(self, ref, site)
        case v.Instance():
            escape_arguments(site)
            method = names.find_attribute(self.world, callee.ref, "__call__")
            if method is not None and isinstance(method[1], FunctionFact):
                ref = Ref(method[0].path, method[1].qualname)
                return follow(self, v.FunctionValue(ref, callee), site.args, site.keywords)
            return v.UNKNOWN
        case v.Union():
            out: v.Value | None = None
            for each in callee.values:
                if each != v.NONE:
                    found = invoke(site, each)
                    out = found if out is None else v.join(out, found)
            return out if out is not None else v.UNKNOWN
        case _:
            escape_arguments(site)
            return v.UNKNOWN


def _is_one_of_several(callee: v.Value) -> bool:
    """Whether a call may be one of several things: what holds for one of them need not happen."""
    return isinstance(callee, v.Union) and sum(each != v.NONE for each in callee.values) > 1


def _instance(self: Evaluator, ref: Ref, site: Site) -> v.Value:
    """A new instance. What its constructor leaves unset is known where it is SQLAlchemy's own."""
    states.handed_over(self.frame, (*site.args, *site.keywords.values()), awaited=False)
    unclear = site.starred or site.args or names.find_attribute(self.world, ref, "__init__") is not None
    return v.Entity(ref, states.new(site.place, None if unclear else site.keywords))


def escape_arguments(site: Site) -> None:
    """Sessions given to code that is not SQLAlchemy's may be kept or closed there, instances changed."""
    frame = site.ev.frame
    given = [each for each in (*site.args, *site.keywords.values()) if type(each) in v.CARRIERS]
    if given:
        states.handed_over(frame, given, frame.awaited is site.node)
    if frame.is_async:
        deeds.others_may_load(site)
    if given and frame.opens():
        for each in given:
            frame.escape(each, "passed")
    if frame.tasks:
        for each in given:
            tasks.handed_over(frame, each)


def _initialise(self: Evaluator, ref: Ref, site: Site) -> None:
    """What `__init__` of a project's class reads of the instances that it is given."""
    if any(True for _ in reads.brought((*site.args, *site.keywords.values()))):
        found = names.find_attribute(self.world, ref, "__init__")
        if found is not None and isinstance(found[1], FunctionFact):
            method = v.FunctionValue(Ref(found[0].path, found[1].qualname), v.Instance(ref))
            follow(self, method, site.args, site.keywords, site.node)


def _construct(self: Evaluator, ref: Ref, site: Site) -> v.Value:
    session = typehints.session_class(self.world, ref)
    if session is not None:
        from sqlassay.semantics.library.sessions import open_session

        made = open_session(site, session[0], session[1])
        if any(names.find_attribute(self.world, ref, each) is not None for each in ("__init__", "commit")):
            made = replace(made, expires=None, made=None)
        return replace(made, certain=made.certain and not typehints.executes_itself(self.world, ref), cls=ref)
    from sqlassay.semantics.library.serialisers import constructed

    return constructed(site, ref)


# -------------------------------------------------------- functions of a project


class Outcome(Struct):
    """What a call of a project function came to: its value, the relationships that every such call reads, and the
    statements that it may run.
    """

    value: v.Value
    reads: tuple[ev.Read, ...] = ()
    aside: frozenset[Aside] = frozenset()
    """What it loads on its way."""
    runs: tuple[ev.Ran, ...] = ()
    depth: int = 0
    """How deep in other calls it was walked."""
    height: int = 0
    whole: bool = True
    """As `Frame.height` and `Frame.whole`."""

    def holds_at(self, depth: int) -> bool:
        """Whether a call that deep comes to the same: what comes out must not hang on who asked first."""
        return depth == self.depth or (self.whole and depth + self.height < MAX_DEPTH)


def follow(
    self: Evaluator,
    function: v.FunctionValue,
    args: tuple[v.Value, ...],
    keywords: Mapping[str, v.Value],
    node: n.Expr | None = None,
) -> v.Value:
    """What calling a project function with these arguments gives; walked once for each different call.

    `node` is the call (or the read of a property) in the code being walked, where there is one.
    """
    world = self.world
    fact = names.function_fact(world, function.ref)
    if fact is None:
        return v.UNKNOWN
    written = function
    if args and isinstance(args[0], v.Entity | v.Instance) and signatures.is_unbound(fact, function):
        # `User.label(user)`: a method read off its class is given its instance.
        function, args = v.FunctionValue(function.ref, args[0]), args[1:]
    arguments = _arguments(fact, function, args, keywords)
    # Constants rarely decide what comes out; leaving them out makes far fewer different calls.
    given = {name: scopes.given(each) for name, each in arguments.items() if not isinstance(each, _NOT_GIVEN)}
    brought = reads.brought((*given.values(), function.bound or v.UNKNOWN))
    if brought:
        given.update(_flags(fact, arguments))
    elif _says_nothing(self, fact, function.ref):
        return _declared(self, fact, function.ref)
    # Walked once for an instance of any loop: what comes out varies as what went in.
    if any(each.load.loop for each in brought):
        given = {name: v.vary(value, 0) for name, value in given.items()}
        bound = v.vary(function.bound, 0) if function.bound is not None else None
        function = v.FunctionValue(function.ref, bound)
    answer = _followed(self, fact, function, given)
    self.frame.aside.update(answer.aside)
    if node is not None:
        reads.in_call(self, node, answer.reads, brought)
        if answer.runs:
            _run_in_call(self, node, answer.runs, given.values())
    value = pins.of_caller(answer.value, fact, written, node, given)
    return v.with_entities(value, lambda each: _as_given(each, brought)) if brought else value


def _as_given(entity: v.Entity, brought: Iterable[v.Entity]) -> v.Entity:
    """An instance that a function gave back, varying as the argument does that it came from."""
    origin = reads.origin_of(entity, brought)
    return v.varying(entity, origin.load.loop) if origin is not None and not entity.load.loop else entity


def _followed(self: Evaluator, fact: FunctionFact, function: v.FunctionValue, given: Mapping[str, v.Value]) -> Outcome:
    frame = self.frame
    if frame.depth >= MAX_DEPTH or self.calls_left <= 0:
        frame.whole = False
        return Outcome(_declared(self, fact, function.ref))
    key = ("call", function.ref, function.bound, tuple(sorted(given.items(), key=lambda e: e[0])))
    ask = self.world.memo.fleeting
    walk = functools.partial(_walk, self, fact, function, given)

    def promised() -> Outcome:
        """What a recursive call sees: what the annotation says."""
        return Outcome(_declared(self, fact, function.ref))

    answer: Outcome = ask(key, walk, promised=promised)
    if not answer.holds_at(frame.depth):
        answer = ask((*key, frame.depth), walk, promised=promised)
    frame.height = max(frame.height, answer.height + 1)
    frame.whole = frame.whole and answer.whole
    return answer


def _run_in_call(self: Evaluator, node: n.Expr, runs: Iterable[ev.Ran], given: Iterable[v.Value]) -> None:
    """The call runs statements that it was given. What it began itself is said where it stands."""
    begun = {part.place for each in given for part in v.members(each) if isinstance(part, v.Statement)}
    for each in runs:
        if each.statement.place in begun:
            self.runs(node, each.statement, each.method, each.keywords)


def _says_nothing(self: Evaluator, fact: FunctionFact, ref: Ref) -> bool:
    """Whether a call can only give what the annotation says: nothing is returned, or only something plain."""
    if fact.is_generator:
        return False
    if signatures.is_plain(fact.returns):
        return True
    silent: bool = self.world.memo.of(("silent", ref), lambda: not _returns(self, ref), False)
    return silent


def _returns(self: Evaluator, ref: Ref) -> bool:
    node = self.world.function_node(ref)
    return node is not None and any(
        isinstance(each, n.Return) and each.value is not None and not isinstance(each.value, n.Constant)
        for each in own_statements(node.body)
    )


def _arguments(
    fact: FunctionFact,
    function: v.FunctionValue,
    args: tuple[v.Value, ...],
    keywords: Mapping[str, v.Value],
) -> dict[str, v.Value]:
    """The arguments by parameter name."""
    positional = [each.name for each in fact.params if each.kind in ("positional", "positional-only")]
    bound = signatures.is_bound(fact, function)
    if bound and positional:
        positional = positional[1:]
    wanted = {each.name for each in fact.params}
    out = dict(zip(positional, args, strict=False))
    out.update((name, value) for name, value in keywords.items() if name in wanted)
    return out


def _flags(fact: FunctionFact, given: Mapping[str, v.Value]) -> Iterator[tuple[str, v.Const]]:
    """The parameters that a call switches on or off, by an argument or a default: what is read may hang on it."""
    for param in fact.params:
        value = given.get(param.name)
        if value is None and isinstance(param.default, n.Constant):
            value = v.Const(param.default.value)
        if isinstance(value, v.Const) and (value.value is None or isinstance(value.value, bool)):
            yield param.name, value


_NOT_GIVEN = (v.Unknown, v.Const, v.Scalar, v.Param, v.Method, v.LocalFunction, v.Text, v.Stored)
"""Arguments that a call is not told from another by."""


def _walk(self: Evaluator, fact: FunctionFact, function: v.FunctionValue, given: Mapping[str, v.Value]) -> Outcome:
    ref = function.ref
    body = self.world.body(ref)
    if body is None:
        return Outcome(_declared(self, fact, ref))
    node = body.node
    self.calls_left -= 1
    cls = Ref(ref.path, ref.name.rsplit(".", 1)[0]) if "." in ref.name else None
    frame = self.walk_quietly(
        Unit(ref.path, body.anchor, node, body.base),
        node,
        ref.name,
        cls,
        lambda _frame: scopes.bind_parameters(self, node, function.bound, given, cls),
    )
    value = v.with_entities(_given_back(self, fact, frame, ref), _unless_new)
    certain = tuple(each for each in frame.reads if each.certain)
    return Outcome(
        value, certain, frozenset(frame.aside), tuple(frame.runs), frame.depth - 1, frame.height, frame.whole
    )


def _unless_new(entity: v.Entity) -> v.Entity:
    """An instance that a call made is not followed further: another call makes another at the same place."""
    return v.Entity(entity.model, v.Load("unknown")) if entity.load.kind == "new" else entity


def _vetted(frame: Frame, value: v.Value) -> v.Value:
    """What a function gives back of a request: where it asked if that is one of some, it is no other."""
    if frame.function is None or not flow.looks_up(frame.function):
        return value
    items = value.items if isinstance(value, v.TupleValue) else (value,)
    known = tuple(v.UNKNOWN if each == v.REQUEST else each for each in items)
    return v.TupleValue(known, value.is_list) if isinstance(value, v.TupleValue) else v.UNKNOWN


def _given_back(self: Evaluator, fact: FunctionFact, frame: Frame, ref: Ref) -> v.Value:
    """What the caller gets of a function that was walked."""
    declared = typehints.value_of(self.world, ref.path, fact.returns, "returned", given=frame.types)
    if fact.is_generator:
        element = _joined([value for value, _ in frame.yields])
        if isinstance(element, v.Unknown) and isinstance(declared, v.Collection):
            element = declared.element
        element = returned(element)
        if signatures.decorated(fact, "contextmanager", "asynccontextmanager"):
            return v.Manager(element)
        return v.Collection(element, True)
    value = _joined([value for value, _ in frame.returns])
    # `return None` beside one real answer is a guard: callers test for it.
    if isinstance(value, v.Unknown | v.Const | v.Param | v.Method | v.Stored) and not isinstance(declared, v.Unknown):
        value = declared
    if isinstance(value, v.Param | v.Method | v.Stored):
        value = v.UNKNOWN
    if v.REQUEST in (value.items if isinstance(value, v.TupleValue) else (value,)):
        value = _vetted(frame, value)
    value = returned(value)
    return v.Awaitable(value) if fact.is_async else value


def _joined(found: list[v.Value]) -> v.Value:
    if not found:
        return v.NONE
    out = found[0]
    for each in found[1:]:
        out = v.join(out, each)
    return out


def returned(value: v.Value) -> v.Value:
    """A value seen from the caller's side: a session that came from the callee was opened there."""
    match value:
        case v.Session() if value.origin is not None:
            return v.moved(value, "returned")
        case v.Manager(value=inner):
            return v.Manager(returned(inner))
        case v.Awaitable(value=inner):
            return v.Awaitable(returned(inner))
        case v.Union():
            out = returned(value.values[0])
            for each in value.values[1:]:
                out = v.join(out, returned(each))
            return out
        case _:
            return value


def _declared(self: Evaluator, fact: FunctionFact, ref: Ref) -> v.Value:
    """What the return annotation alone promises."""
    value = typehints.value_of(self.world, ref.path, fact.returns, "returned")
    if fact.is_generator:
        if isinstance(value, v.Collection) and signatures.decorated(fact, "contextmanager", "asynccontextmanager"):
            return v.Manager(value.element)
        return value
    return v.Awaitable(value) if fact.is_async else value


def _local(
    self: Evaluator, key: int, args: tuple[v.Value, ...], keywords: Mapping[str, v.Value], call: n.Expr
) -> v.Value:
    """Call a function defined inside the one being walked, or a lambda."""
    found = self.locals.get(key)
    if found is None or self.frame.depth >= MAX_DEPTH or self.calls_left <= 0:
        self.frame.whole = False
        return v.UNKNOWN
    self.calls_left -= 1
    node, closure = found
    outer = self.frame
    frame = Frame(
        closure.unit,
        parent=closure,
        function=node if isinstance(node, n.FunctionDef) else None,
        qualname=closure.qualname,
        quiet=True,
        depth=outer.depth + 1,
    )
    self.frame = frame
    try:
        names_ = [each.name for each in node.params if each.kind in ("positional", "positional-only")]
        scopes.bind_parameters(self, node, None, {**dict(zip(names_, args, strict=False)), **keywords}, None)
        if isinstance(node, n.Lambda):
            value = returned(self.expr(node.body))
        else:
            self.block(node.body)
            value = returned(_joined([value for value, _ in frame.returns]))
    finally:
        self.frame = outer
    outer.height = max(outer.height, frame.height + 1)
    outer.whole = outer.whole and frame.whole
    for read in frame.reads:
        reads.here(self, read)
    outer.aside |= frame.aside
    if frame.runs:
        _run_in_call(self, call, frame.runs, (*args, *keywords.values()))
    return v.Awaitable(value) if isinstance(node, n.FunctionDef) and node.is_async else value


def provided(self: Evaluator, ref: Ref) -> v.Value:
    """What a dependency or context-managed function hands out: its yield, or its return."""
    answer = follow(self, v.FunctionValue(ref), (), {})
    match answer:
        case v.Collection(element=inner, lazy=True) | v.Manager(value=inner) | v.Awaitable(value=inner):
            return inner
        case _:
            return answer


def iteration(self: Evaluator, owner: v.Instance) -> v.Value:
    """What iterating over an object of a project class gives, by its `__iter__`."""
    for name in ("__iter__", "__aiter__"):
        found = names.find_attribute(self.world, owner.ref, name)
        if found is not None and isinstance(found[1], FunctionFact):
            answer = follow(self, v.FunctionValue(Ref(found[0].path, found[1].qualname), owner), (), {})
            if isinstance(answer, v.Collection):
                return answer.element
    return v.UNKNOWN


def enter_instance(self: Evaluator, owner: v.Instance, is_async: bool) -> v.Value:
    """What `with` on an object of a project class binds."""
    name = "__aenter__" if is_async else "__enter__"
    found = names.find_attribute(self.world, owner.ref, name)
    if found is None or not isinstance(found[1], FunctionFact):
        return v.UNKNOWN
    answer = follow(self, v.FunctionValue(Ref(found[0].path, found[1].qualname), owner), (), {})
    if isinstance(answer, v.Awaitable):
        answer = answer.value
    return owner if isinstance(answer, v.Unknown) else answer


# ------------------------------------------------------------------- queries


def has_query_property(self: Evaluator, model: ModelInfo) -> bool:
    """Whether `Model.query` is a query: Flask-SQLAlchemy's, or a `query_property()` that is set on the base or stands
    in its body.
    """
    own = model.others.get("query")
    if own is not None:
        return isinstance(own.node, n.Call) and names.last_name(own.node.func) == "query_property"
    return model.flavour == "flask" or self.world.query_properties() > 0


def chain_of(self: Evaluator, node: n.Expr) -> tuple[n.Expr, str]:
    """The longest chain of attribute reads and calls that begins with `node`, and its last method's name."""
    parents = self.frame.unit.parents()
    chain: n.Expr = node
    terminal = ""
    while True:
        parent = parents.get(id(chain))
        if isinstance(parent, n.Attribute) and parent.value is chain:
            above = parents.get(id(parent))
            if isinstance(above, n.Call) and above.func is parent:
                chain, terminal = above, parent.attr
                continue
            break
        break
    return chain, terminal
