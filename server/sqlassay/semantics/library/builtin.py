"""The builtins and containers that rows flow through."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import drawing, texts
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments, invoke
from sqlassay.semantics.library.results import consumed
from sqlassay.semantics.names import names_of
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n


def element(site: Site, value: v.Value) -> v.Value:
    """What iterating over a value gives."""
    from sqlassay.semantics.expressions import element_of

    if isinstance(value, v.Statement) and value.kind == "query":
        site.ev.runs(site.node, value, "__iter__", {})
    return element_of(site.ev, value, site.node)


def _same_elements(site: Site) -> v.Value:
    value = site.argument(0)
    if isinstance(value, v.TupleValue) and value.items:
        return value
    consumed(site.ev, site.node, site.argument_node(0), value, "list")
    return v.Collection(element(site, value)) if site.args else v.TupleValue((), True)


def _collection(lazy: bool) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        return v.Collection(element(site, site.argument(0)), lazy)

    return make


def _sorted(site: Site) -> v.Value:
    consumed(site.ev, site.node, site.argument_node(0), site.argument(0), "sorted")
    _apply(site, site.keywords.get("key"), site.argument(0))
    return v.Collection(element(site, site.argument(0)))


def _extreme(site: Site) -> v.Value:
    """`max(rows, key=...)`."""
    _apply(site, site.keywords.get("key"), site.argument(0))
    return element(site, site.argument(0))


def _getter(kind: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        names_ = [each.value for each in site.args if isinstance(each, v.Const) and isinstance(each.value, str)]
        return v.Getter(kind, tuple(map(str, names_[:1] if kind == "method" else names_)))

    return make


def getter_called(site: Site, getter: v.Getter) -> v.Value:
    """What `attrgetter("author.name")` reads off what it is called with."""
    from sqlassay.semantics import attributes

    out: list[v.Value] = []
    for name in getter.names:
        value = site.argument(0)
        for part in name.split(".") if getter.kind != "item" else ():
            node = n.Attribute(site.node.start, site.node.end, site.node, part)
            value = (
                attributes.instance_of_model(site.ev, value, part, site.node)
                if isinstance(value, v.Entity)
                else attributes.of(site.ev, value, node)
            )
        if getter.kind == "method" and isinstance(value, v.FunctionValue):
            value = invoke(Site(site.ev, site.node, value, v.UNKNOWN, (), {}, False), value)
        out.append(value if getter.kind != "item" else v.UNKNOWN)
    return out[0] if len(out) == 1 else v.TupleValue(tuple(out))


def _apply(site: Site, function: v.Value | None, over: v.Value, *before: v.Value) -> v.Value:
    """Call a function given as an argument on each element, after what stands `before` it."""
    if not isinstance(function, v.FunctionValue | v.LocalFunction | v.Method | v.Getter | v.External):
        return v.UNKNOWN
    if isinstance(function, v.Method) and not isinstance(function.receiver, v.ClassValue | v.Model):
        return v.UNKNOWN
    if isinstance(function, v.External) and function.name not in _CONVERSIONS:
        return v.UNKNOWN
    self = site.ev
    key = next(self.keys)
    self.frame.loops.append(ev.Loop(key, site.node, "call", over, frozenset(), site.place))
    receiver = function.receiver if isinstance(function, v.Method) else v.UNKNOWN
    inner = Site(self, site.node, function, receiver, (*before, v.vary(element(site, over), key)), {}, False)
    value = self.dispatch(inner)
    self.frame.loops.pop()
    return v.vary(value, 0)


def _map(site: Site) -> v.Value:
    return v.Collection(_apply(site, site.argument(0), site.argument(1)), True)


def _filter(site: Site) -> v.Value:
    consumed(site.ev, site.node, site.argument_node(1), site.argument(1), "filter")
    _apply(site, site.argument(0), site.argument(1))
    return v.Collection(element(site, site.argument(1)), True)


def _enumerate(site: Site) -> v.Value:
    return v.Collection(v.TupleValue((v.UNKNOWN, element(site, site.argument(0)))), True)


def _zip(site: Site) -> v.Value:
    return v.Collection(v.TupleValue(tuple(element(site, each) for each in site.args)), True)


def _one(site: Site) -> v.Value:
    return element(site, site.argument(0))


def _next(site: Site) -> v.Value:
    value = drawing.next_one(site.ev, element(site, site.argument(0)), site.node)
    return v.join(value, site.args[1]) if len(site.args) > 1 else value


def _batched(site: Site) -> v.Value:
    return v.Collection(v.Collection(element(site, site.argument(0))), True)


def _pairwise(site: Site) -> v.Value:
    one = element(site, site.argument(0))
    return v.Collection(v.TupleValue((one, one)), True)


def _from_iterable(site: Site) -> v.Value:
    return v.Collection(element(site, element(site, site.argument(0))), True)


def _print(site: Site) -> v.Value:
    for value, node in zip(site.args, site.node.args, strict=False):
        texts.shown(site.ev, value, node)
    escape_arguments(site)
    return v.NONE


def _chain(site: Site) -> v.Value:
    out: v.Value = v.UNKNOWN
    for index, each in enumerate(site.args):
        part = element(site, each)
        out = part if index == 0 else v.join(out, part)
    return v.Collection(out, True)


def _reduce(site: Site) -> v.Value:
    return _apply(site, site.argument(0), site.argument(1), v.UNKNOWN)


def _groupby(site: Site) -> v.Value:
    _apply(site, site.argument(1, "key"), site.argument(0))
    one = element(site, site.argument(0))
    return v.Collection(v.TupleValue((v.UNKNOWN, v.Collection(one))), True)


def _dict(site: Site) -> v.Value:
    value = site.argument(0)
    if isinstance(value, v.DictValue):
        return value
    if site.args:
        pair = element(site, value)
        if isinstance(pair, v.TupleValue) and len(pair.items) == 2:
            return v.DictValue(pair.items[0], pair.items[1])
        return v.DictValue(v.UNKNOWN, v.UNKNOWN)
    entries = tuple(site.keywords.items())
    return v.DictValue(v.UNKNOWN, v.UNKNOWN, entries, not entries and not site.starred)


def _defaultdict(site: Site) -> v.Value:
    factory = site.argument(0)
    value: v.Value = v.UNKNOWN
    if isinstance(factory, v.External) and factory.name in ("builtins.list", "builtins.set"):
        value = v.TupleValue((), True)
    return v.DictValue(v.UNKNOWN, value, (), True)


def _closing(site: Site) -> v.Value:
    return v.Manager(site.argument(0))


def _partial(site: Site) -> v.Value:
    escape_arguments(site)
    return site.argument(0)


def _copy(site: Site) -> v.Value:
    """What is in the copy is the same; an instance, or what a column holds, is another one."""
    value = site.argument(0)
    if any(isinstance(each, v.Stored) for each in v.members(value)):
        return v.UNKNOWN
    if isinstance(value, v.Entity):
        return v.Entity(value.model, v.Load("unknown"))
    return value


def _exit(_site: Site) -> v.Value:
    return v.External("sys.exit()")


def _get_args(site: Site) -> v.Value:
    generic = site.argument(0)
    return v.TupleValue(generic.args) if isinstance(generic, v.Parametrized) else v.UNKNOWN


def _cast(site: Site) -> v.Value:
    from sqlassay.semantics import typehints

    declared = (
        typehints.value_of(site.ev.world, site.ev.frame.path, site.node.args[0], "parameter")
        if site.node.args
        else v.UNKNOWN
    )
    given = site.argument(1)
    return given if isinstance(declared, v.Unknown) or not isinstance(given, v.Unknown | v.Param) else declared


def _getattr(site: Site) -> v.Value:
    from sqlassay.semantics import attributes

    name = site.argument(1)
    if isinstance(name, v.Const) and isinstance(name.value, str) and site.node.args:
        node = n.Attribute(site.node.start, site.node.end, site.node.args[0], name.value)
        return attributes.of(site.ev, site.argument(0), node)
    owner = site.argument(0)
    if isinstance(owner, v.External) and owner.name == "sa:func":
        from sqlassay.semantics.library.expressions import clause_text

        clause_text(site, "getattr(func, ...)", name, site.argument_node(1))
    if not isinstance(owner, v.Model):
        return v.UNKNOWN
    return v.join(v.Clause(), site.argument(2, "default")) if len(site.args) > 2 else v.Clause()


def _asks(site: Site) -> v.Value:
    """`any(clauses)`, `all(clauses)`."""
    asked = element(site, site.argument(0))
    if v.is_sql(asked):
        site.ev.emit(ev.BooleanOperator(site.ev.world, site.ev.frame, site.node, (asked,), site.ev.frame.clause))
    return v.UNKNOWN


def _depends(site: Site) -> v.Value:
    from sqlassay.semantics import calls, scopes

    function = site.argument(0)
    if isinstance(function, v.FunctionValue):
        return scopes.given(calls.provided(site.ev, function.ref))
    return v.UNKNOWN


def _text_of(site: Site) -> v.Value:
    value = site.argument(0)
    if site.args:
        texts.shown(site.ev, value, site.node)
    return value if isinstance(value, v.Const | v.Text | v.Param | v.Scalar | v.Instance) else v.UNKNOWN


def _repr(site: Site) -> v.Value:
    texts.shown(site.ev, site.argument(0), site.node, "__repr__")
    return v.UNKNOWN


def _plain(_site: Site) -> v.Value:
    return v.PLAIN


_CONVERSIONS = frozenset(["builtins.str", "builtins.int", "builtins.float"])

_PLAIN_FUNCTIONS = (
    "builtins.int builtins.float builtins.len builtins.round builtins.abs builtins.ord builtins.hash math.ceil "
    "math.floor uuid.uuid1 uuid.uuid4 uuid.uuid5 uuid.uuid7 uuid.UUID datetime.datetime.now datetime.datetime.utcnow "
    "datetime.date.today datetime.timedelta time.time time.monotonic random.randint random.random decimal.Decimal"
).split()
"""What gives a number, a date or a UUID."""


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    **dict.fromkeys(("builtins.list", "builtins.tuple"), _same_elements),
    **dict.fromkeys(
        ("builtins.set", "builtins.frozenset", "builtins.reversed", "collections.deque"), _collection(False)
    ),
    **dict.fromkeys(
        ("builtins.iter", "builtins.aiter", "itertools.islice", "itertools.takewhile", "itertools.dropwhile"),
        _collection(True),
    ),
    **dict.fromkeys(
        ("itertools.batched", "more_itertools.chunked", "more_itertools.batched", "toolz.partition_all"), _batched
    ),
    "itertools.pairwise": _pairwise,
    "itertools.chain.from_iterable": _from_iterable,
    "builtins.sorted": _sorted,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    **dict.fromkeys(("builtins.next", "builtins.anext"), _next),
    **dict.fromkeys(("builtins.min", "builtins.max"), _extreme),
    **dict.fromkeys(("random.choice", "more_itertools.first", "more_itertools.one"), _one),
    "operator.attrgetter": _getter("attribute"),
    "operator.itemgetter": _getter("item"),
    "operator.methodcaller": _getter("method"),
    "builtins.print": _print,
    "builtins.repr": _repr,
    "builtins.format": _text_of,
    "builtins.dict": _dict,
    "builtins.getattr": _getattr,
    "builtins.str": _text_of,
    **dict.fromkeys(_PLAIN_FUNCTIONS, _plain),
    **dict.fromkeys(("builtins.any", "builtins.all"), _asks),
    "collections.defaultdict": _defaultdict,
    "collections.OrderedDict": _dict,
    "itertools.chain": _chain,
    "itertools.groupby": _groupby,
    "contextlib.closing": _closing,
    "contextlib.nullcontext": _closing,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "typing.cast": _cast,
    **dict.fromkeys(("typing.get_args", "typing_extensions.get_args"), _get_args),
    "copy.copy": _copy,
    "sys.exit": _exit,
    "fastapi:Depends": _depends,
}


# ------------------------------------------------------------------- methods


def _rebind(site: Site, value: v.Value) -> None:
    """The container that the method changed, under its name, now holds `value`."""
    func = site.node.func
    frame = site.ev.frame
    match func:
        case n.Attribute(value=n.Name(id=name)) if name in frame.env:
            frame.env[name] = value
        case n.Attribute(value=n.Subscript(value=n.Name(id=name))):
            # `groups[key].append(row)`: every value of the dict may now hold it.
            current = frame.env.get(name)
            if isinstance(current, v.DictValue):
                known = value if current.empty else v.join(current.value, value)
                frame.env[name] = v.DictValue(v.UNKNOWN, known)
        case n.Attribute(value=n.Call(func=n.Attribute(value=n.Name(id=name), attr="setdefault"))):
            current = frame.env.get(name)
            if isinstance(current, v.DictValue):
                frame.env[name] = v.DictValue(current.key, value)
        case _:
            pass


def collection_method(site: Site, name: str) -> v.Value:
    """A method of a list, set or tuple."""
    owner = site.receiver
    frame = site.ev.frame
    empty = isinstance(owner, v.TupleValue) and not owner.items
    current = v.UNKNOWN if empty else element(site, owner)
    match name:
        case "append" | "add" | "appendleft" | "insert":
            value = site.argument(1 if name == "insert" else 0)
            frame.escape(value, "stored")
            _rebind(site, v.Collection(value if empty else v.join(current, value)))
            return v.NONE
        case "extend" | "update":
            value = element(site, site.argument(0))
            _rebind(site, v.Collection(value if empty else v.join(current, value)))
            return v.NONE
        case "pop" | "popleft":
            return drawing.next_one(site.ev, current, site.node)
        case "sort":
            _apply(site, site.keywords.get("key"), owner)
            return v.NONE
        case "copy" | "union" | "difference" | "intersection":
            return v.Collection(current)
        case "items" if isinstance(owner, v.Collection):
            # An object that iterates and also pages: Flask's Pagination.items is an attribute, not a call.
            return v.UNKNOWN
        case _:
            return v.UNKNOWN


def dict_method(site: Site, name: str) -> v.Value:
    """A method of a dict."""
    owner = site.receiver
    assert isinstance(owner, v.DictValue)
    match name:
        case "values":
            return v.Collection(owner.value)
        case "keys":
            return v.Collection(owner.key)
        case "items":
            return v.Collection(v.TupleValue((owner.key, owner.value)))
        case "get" | "pop":
            key = site.argument(0)
            for entry, value in owner.entries:
                if isinstance(key, v.Const) and key.value == entry:
                    return value
            return drawing.by_key(site.ev, owner.value, names_of(site.node.args[0])) if site.node.args else owner.value
        case "setdefault":
            value = site.argument(1)
            known = owner.value if not isinstance(owner.value, v.Unknown) else value
            _rebind(site, v.DictValue(owner.key, known))
            return known
        case "copy":
            return owner
        case "update":
            other = site.argument(0)
            if isinstance(other, v.DictValue):
                _rebind(site, v.DictValue(v.join(owner.key, other.key), v.join(owner.value, other.value)))
            return v.NONE
        case _:
            return v.UNKNOWN


def text_method(site: Site, name: str) -> v.Value:
    """A method of a string: what it makes of its holes."""
    owner = site.receiver
    match name:
        case "format":
            if isinstance(owner, v.Const) and not isinstance(owner.value, str):
                return v.UNKNOWN
            return texts.formatted(site.ev, owner, site.node)
        case "join" if site.node.args:
            return texts.joined(site.ev, owner, site.node.args[0], site.argument(0))
        case "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "expandtabs" | "removeprefix" | "removesuffix":
            return owner
        case "replace":
            return _replaced(site, owner)
        case "encode":
            return v.UNKNOWN
        case _:
            return v.UNKNOWN


def _replaced(site: Site, owner: v.Value) -> v.Value:
    new = site.argument(1)
    if isinstance(owner, v.Const) and isinstance(new, v.Const) and isinstance(site.argument(0), v.Const):
        old = site.argument(0)
        if isinstance(owner.value, str) and isinstance(new.value, str) and isinstance(old, v.Const):
            return v.Const(owner.value.replace(str(old.value), new.value))
    node = site.argument_node(1)
    if isinstance(owner, v.Const | v.Text) and node is not None and not isinstance(new, v.Const):
        found = texts.concatenate(site.ev, owner, new, node)
        return found if found is not None else v.UNKNOWN
    return owner if isinstance(owner, v.Text) else v.UNKNOWN


_SAME_TEXT = frozenset("strip lstrip rstrip lower upper title capitalize casefold removeprefix removesuffix".split())
"""Methods of a string that leave its content to whoever gave it."""


def unknown_method(site: Site, name: str) -> v.Value:
    """A method of a parameter that nobody annotated."""
    escape_arguments(site)
    return site.receiver if name in _SAME_TEXT else v.UNKNOWN


def scalar_method(site: Site, name: str) -> v.Value:
    """A method of a number, a date, or of what a client sent: `uuid4().bytes`, `request.args.get("id", type=int)`."""
    kind = site.keywords.get("type")
    if isinstance(kind, v.External) and kind.name in _CONVERSIONS and kind.name != "builtins.str":
        return v.PLAIN
    if site.receiver == v.REQUEST and name == "replace":
        return v.UNKNOWN  # who replaces quotes has thought of them
    return site.receiver
