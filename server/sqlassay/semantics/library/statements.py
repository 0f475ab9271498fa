"""Statements being built: select, query, insert, update, delete, and the loader options they carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from sqlassay.semantics import aside, clauses
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.library import parents
from sqlassay.semantics.library.results import fetched, row_of, say_fetched
from sqlassay.semantics.library.shaping import not_given, shaped
from sqlassay.semantics.names import names_of
from sqlassay.semantics.plans import COLUMN_OPTIONS, NOWHERE
from sqlassay.semantics.shapes import Source
from sqlassay.semantics.site import Site
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


def _select(site: Site) -> v.Value:
    return v.Statement("select", _entities(site), site.place, loose=site.starred, spelled=_spelled(site))


def _entities(site: Site) -> tuple[v.Value, ...]:
    out: list[v.Value] = []
    for each in site.args:
        if isinstance(each, v.TupleValue):
            out.extend(each.items)
        else:
            out.append(each)
    return tuple(out)


def _dml(kind: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        return v.Statement(kind, site.args[:1], site.place)

    return make


def _compound(site: Site) -> v.Value:
    first = site.args[0] if site.args else v.UNKNOWN
    entities = first.entities if isinstance(first, v.Statement) else ()
    return v.Statement("union", entities, site.place, loose=True)


def query(site: Site, session: v.Value) -> v.Statement:
    """`session.query(...)`."""
    return v.Statement(
        "query", _entities(site), site.place, loose=site.starred, session=session, spelled=_spelled(site)
    )


def _spelled(site: Site) -> str:
    return site.ev.frame.spelling(site.node.args[0]) if site.node.args else ""


def _aliased(site: Site) -> v.Value:
    model = site.argument(0, "element")
    return v.Model(model.ref, True, site.place) if isinstance(model, v.Model) else v.UNKNOWN


# ------------------------------------------------------------ loader options

STRATEGIES = frozenset(
    (
        "joinedload selectinload subqueryload contains_eager immediateload lazyload raiseload noload defaultload "
        "load_only defer undefer undefer_group defer_group with_expression selectin_polymorphic with_loader_criteria "
        "joinedload_all subqueryload_all eagerload"
    ).split()
)


def _option(name: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        return _made_option(site, name)

    return make


def _made_option(site: Site, name: str, owner: v.Option | None = None) -> v.Value:
    """`owner` is the option that it is chained on."""
    site.ev.emit(
        ev.LoaderOptionMade(
            site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, name, owner
        )
    )
    path = list(owner.path) if owner is not None else []
    if name in COLUMN_OPTIONS:
        return _of_columns(site, name, owner)
    wildcard = False
    narrowed = None
    for each in site.args:
        narrowed = None
        if isinstance(each, v.Mapped):
            path.append((each.model, each.name))
            narrowed = each.narrowed.source if each.narrowed is not None else None
        elif isinstance(each, v.Const) and each.value == "*":
            wildcard = True
        elif isinstance(each, v.Const) and isinstance(each.value, str):
            # 1.x: "posts.comments"; the class is whatever the statement's entity is.
            path.extend((NOWHERE, part) for part in each.value.split("."))
        else:
            return v.UNKNOWN
    if name == "raiseload" and site.keywords.get("sql_only") == v.Const(True):
        name = "raiseload on SQL"
    root = _root(owner, site.args)
    return _placed(site, v.Option(name, tuple(path), wildcard, _before(owner), root=root, narrowed=narrowed))


def _before(owner: v.Option | None) -> tuple[v.Option, ...]:
    """The options of a chain that a new one is chained on."""
    return (*owner.children, replace(owner, children=())) if owner is not None else ()


def _placed(site: Site, option: v.Option) -> v.Option:
    """The option with what is known of the call that makes it."""
    func = site.node.func
    return replace(
        option,
        place=site.place,
        function=site.ev.place(func),
        behind=site.ev.place(func.value) if isinstance(func, n.Attribute) else None,
        keywords=frozenset(site.keywords),
    )


def _root(owner: v.Option | None, args: tuple[v.Value, ...]) -> Source | None:
    if owner is not None:
        return owner.root
    return args[0].source if args and isinstance(args[0], v.Mapped) else None


def _of_columns(site: Site, name: str, owner: v.Option | None) -> v.Value:
    """`load_only(User.name)`, `selectinload(User.posts).defer(Post.text)`: of the entity that the path leads to."""
    columns: list[tuple[Ref, str]] = []
    wildcard = False
    for each in site.args:
        if isinstance(each, v.Mapped):
            columns.append((each.model, each.name))
        elif each == v.Const("*"):
            wildcard = True
        elif isinstance(each, v.Const) and isinstance(each.value, str):
            columns.append((NOWHERE, each.value))
        elif name in ("load_only", "defer", "undefer"):
            return v.UNKNOWN
    raises = site.keywords.get("raiseload") == v.Const(True)
    path = owner.path if owner is not None else ()
    before, root = _before(owner), _root(owner, site.args)
    return _placed(site, v.Option(name, path, wildcard, before, tuple(columns), raises, root))


def option_method(site: Site, name: str) -> v.Value:
    """`selectinload(A.b).joinedload(B.c)`, `.options(...)`, `Load(A).selectinload(...)`."""
    option = site.receiver
    assert isinstance(option, v.Option)
    if name == "options":
        site.ev.emit(
            ev.LoaderOptionMade(
                site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, name, option
            )
        )
        nested: list[v.Option] = []
        for each in _flat(site.args):
            if not isinstance(each, v.Option):
                return v.UNKNOWN
            nested.extend(
                replace(e, path=(*option.path, *e.path), children=(), root=option.root) for e in (*each.children, each)
            )
        return replace(option, children=(*option.children, *nested))
    if name in STRATEGIES:
        return _made_option(site, name, option)
    return option


def _load(site: Site) -> v.Value:
    entity = site.argument(0, "entity")
    return v.Option("defaultload", (), root=entity.source if isinstance(entity, v.Model) else None, place=site.place)


def _flat(args: tuple[v.Value, ...]) -> list[v.Value]:
    out: list[v.Value] = []
    for each in args:
        if isinstance(each, v.TupleValue):
            out.extend(each.items)
        elif isinstance(each, v.Collection):
            out.append(each.element)
        else:
            out.append(each)
    return out


def add_options(statement: v.Statement, args: tuple[v.Value, ...], starred: bool) -> v.Statement:
    """A statement with more options; loose where one of them cannot be read."""
    options = list(statement.options)
    loose = statement.loose
    for each in _flat(args):
        for member in v.members(each):
            if isinstance(member, v.Option):
                options.extend((*member.children, replace(member, children=())))
            elif member != v.NONE:
                loose = True
    return _with(statement, "options", options=tuple(options), loose=loose or (starred and not args))


def _with(statement: v.Statement, trait: str, **changes: Any) -> v.Statement:
    """The statement with a method called on it, and what that changes."""
    if trait in statement.shape.sometimes:
        changes["shape"] = replace(changes.get("shape", statement.shape), sometimes=statement.shape.sometimes - {trait})
    return replace(statement, traits=statement.traits | {trait}, **changes)


# ------------------------------------------------------------------- methods

_TERMINALS: dict[str, str] = {
    "all": "many",
    "first": "one",
    "one": "one",
    "one_or_none": "one",
    "first_or_404": "one",
    "one_or_404": "one",
    "yield_per": "self",
    "get": "get",
    "get_or_404": "get",
    "paginate": "many",
    "scalar": "value",
    "count": "value",
    "exists": "clause",
    "update": "value",
    "delete": "value",
    "subquery": "clause",
    "cte": "clause",
    "scalar_subquery": "clause",
    "alias": "clause",
    "as_scalar": "clause",
    "label": "clause",
    "correlate": "self",
}
"""What the methods that end a query, or turn it into something else, give."""

_AS_VALUES = frozenset(["exists", "scalar_subquery", "as_scalar", "label"])
"""Those that make a value of it: what it selects from stays inside."""

_TAKEN_BACK = frozenset(["order_by", "group_by", "limit", "offset", "yield_per"])
"""Methods that None as their argument makes undone."""
_FETCHING = frozenset([*(name for name, kind in _TERMINALS.items() if kind in ("many", "one")), "scalar", "count"])
"""Those of them that bring rows, or count them."""

_REPLACE_ENTITIES = frozenset({"with_entities", "with_only_columns"})

_TEXT_METHODS = {"prefix_with": 0, "suffix_with": 0, "with_statement_hint": 0, "with_hint": 1}
"""Methods that put text into the statement as it is, and where their text stands."""


def method(site: Site, name: str) -> v.Value:
    """A method of a statement or Query."""
    statement = site.receiver
    assert isinstance(statement, v.Statement)
    site.ev.emit(
        ev.QueryMethod(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, statement, name)
    )
    if name in _TEXT_METHODS:
        from sqlassay.semantics.library.expressions import clause_text

        index = _TEXT_METHODS[name]
        clause_text(site, name, site.argument(index, "text"), site.argument_node(index, "text"))
    shape = shaped(site, statement, name)
    if shape is not statement.shape:
        statement = replace(statement, shape=shape)
    if name in _TAKEN_BACK and len(site.args) == 1:
        if not_given(site.args[0]):
            return replace(statement, traits=statement.traits - {name})
        if v.NONE in v.members(site.args[0]) and name not in statement.traits:
            maybe = replace(statement.shape, sometimes=statement.shape.sometimes | {name})
            return replace(statement, traits=statement.traits | {name}, shape=maybe)
    if name == "options":
        return add_options(statement, site.args, site.starred)
    if name == "execution_options" and not not_given(site.keywords.get("yield_per", v.NONE)):
        statement = _with(statement, "yield_per")
    if name == "add_columns" or name == "add_entity":
        return _with(statement, name, entities=statement.entities + site.args)
    if name in _REPLACE_ENTITIES:
        return _with(statement, name, entities=_entities(site), loose=statement.loose or site.starred)
    if name in ("union", "union_all", "intersect", "except_"):
        return _with(statement, name, loose=statement.loose or not _alike(statement, site.args))
    if name in _CRITERIA:
        return _narrowed(site, statement, name)
    if name == "with_parent":
        entity = statement.entities[0] if statement.entities else None
        return _with(statement, name, pinned=statement.pinned | parents.pins(site, entity))
    kind = _TERMINALS.get(name)
    if kind == "clause":
        return clauses.PLAIN_CLAUSE if name in _AS_VALUES else v.Clause()
    if kind is None or kind == "self":
        one = name == "limit" and site.argument(0, "limit") == v.Const(1)
        return _with(_marked(statement, v.LIMIT_ONE) if one else statement, name)
    if statement.kind != "query":
        return v.UNKNOWN
    site.ev.runs(site.node, statement, name, site.keywords)
    if name in _FETCHING and isinstance(site.node.func, n.Attribute):
        say_fetched(site.ev, site.node, site.node.func.value, statement, name)
    if name in ("update", "delete") and statement.session is not None:
        site.use(statement.session, "execute", name)
    aside.ran(site.ev.frame, statement)
    return _ended(site, statement, kind)


def _alike(statement: v.Statement, others: tuple[v.Value, ...]) -> bool:
    """Whether a Query is put together with others of what it selects, none of which has options."""
    return statement.kind == "query" and all(
        isinstance(each, v.Statement)
        and each.kind == "query"
        and each.entities == statement.entities
        and not (each.loose or each.options or statement.options)
        for each in others
    )


_CRITERIA = frozenset(["where", "filter", "filter_by"])


def _narrowed(site: Site, statement: v.Statement, name: str) -> v.Statement:
    """A statement with more criteria."""
    pins = {each for clause in site.args if isinstance(clause, v.Clause) for each in clause.pinned}
    entity = statement.entities[0] if statement.entities else None
    if isinstance(entity, v.Model):
        given = [each for each in site.node.keywords if each.name is not None]
        pins.update(v.Pin(entity.ref, each.name or "", names_of(each.value)) for each in given)
    reads = statement.reads
    if site.ev.frame.loops:
        read = {found for each in site.node.args for found in names_of(each)}
        reads |= read.difference(*(each.names for each in pins))
    if site.starred or any(isinstance(each, v.Unknown | v.Param | v.TextClause | v.Union) for each in site.args):
        statement = _marked(statement, v.UNREAD)
    return _with(statement, name, pinned=statement.pinned | pins, reads=reads)


def _marked(statement: v.Statement, trait: str) -> v.Statement:
    return replace(statement, traits=statement.traits | {trait})


def _ended(site: Site, statement: v.Statement, kind: str) -> v.Value:
    match kind:
        case "many":
            return v.Collection(row_of(statement, "query"))
        case "one":
            return v.join(v.single(row_of(statement, "query")), v.NONE)
        case "get":
            model = statement.entities[0] if statement.entities else v.UNKNOWN
            if isinstance(model, v.Model):
                return v.join(v.Entity(model.ref, v.Load("get", statement)), v.NONE)
            return v.UNKNOWN
        case _:
            return fetched(statement, "scalar")


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "sa:select": _select,
    "sa:insert": _dml("insert"),
    "dialect:insert": _dml("insert"),
    "sa:update": _dml("update"),
    "sa:delete": _dml("delete"),
    "sa:union": _compound,
    "sa:union_all": _compound,
    "sa:aliased": _aliased,
    "sa:with_polymorphic": _aliased,
    "sa:Load": _load,
    "sa:Query": lambda site: v.Statement("query", _entities(site)[:1], site.place, loose=True),
    **{f"sa:{name}": _option(name) for name in STRATEGIES},
}
