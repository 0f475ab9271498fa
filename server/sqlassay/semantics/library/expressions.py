"""SQL expressions: clauses, text, and the places where a string becomes SQL as it is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sqlassay.semantics import clauses
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n


def clause_text(site: Site, sink: str, text: v.Value, node: n.Expr | None) -> None:
    """A string that SQLAlchemy renders as it stands."""
    if node is None:
        return
    site.ev.emit(
        ev.SqlText(
            site.ev.world,
            site.ev.frame,
            site.node,
            site.args,
            site.keywords,
            site.starred,
            sink,
            text,
            node,
            True,
            v.UNKNOWN,
        )
    )


def _text(sink: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        text = site.argument(0, "text")
        clause_text(site, sink, text, site.argument_node(0, "text"))
        return v.TextClause(text, site.place)

    return make


def _literal_column(site: Site) -> v.Value:
    clause_text(site, "literal_column", site.argument(0, "text"), site.argument_node(0, "text"))
    return v.Clause()


def _ddl(site: Site) -> v.Value:
    clause_text(site, "DDL", site.argument(0, "statement"), site.argument_node(0, "statement"))
    return v.Statement("ddl", (), site.place)


def _column(site: Site) -> v.Value:
    literal = site.keywords.get("is_literal")
    if isinstance(literal, v.Const) and literal.value is True:
        clause_text(site, "column", site.argument(0, "text"), site.argument_node(0, "text"))
    return v.Clause()


def _check(sink: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        clause_text(site, sink, site.argument(0, "sqltext"), site.argument_node(0, "sqltext"))
        return v.ExternalObject(f"sa:{sink}")

    return make


def _read_sql(site: Site) -> v.Value:
    """`pandas.read_sql(...)` runs its text as it is."""
    clause_text(site, "read_sql", site.argument(0, "sql"), site.argument_node(0, "sql"))
    escape_arguments(site)
    return v.UNKNOWN


def _boolean(site: Site) -> v.Value:
    return clauses.of_arguments(site, True)


def _and(site: Site) -> v.Value:
    """All of its conditions hold, so what one of them pins is pinned."""
    pinned = frozenset(each for part in site.args if isinstance(part, v.Clause) for each in part.pinned)
    return clauses.of_arguments(site, True, pinned)


def _clause(site: Site) -> v.Value:
    return clauses.of_arguments(site)


def _case(site: Site) -> v.Value:
    """`case((condition, value), else_=...)`; of 1.x, a list of these or a dict."""
    parts = [*clauses.arguments(site), *((each, None) for each in site.keywords.values())]
    return clauses.Gathered(parts).clause(False)


def _converted(site: Site) -> v.Value:
    """`cast(column, Integer)`: the type is not SQL of its own."""
    return clauses.Gathered([(site.argument(0, "expression"), site.argument_node(0, "expression"))]).clause(False)


def _exists(_site: Site) -> v.Value:
    """What it selects from is its own."""
    return v.Clause(True, whole=True)


def _bound(_site: Site) -> v.Value:
    return clauses.PLAIN_CLAUSE


def _extract(site: Site) -> v.Value:
    clause_text(site, "extract", site.argument(0, "field"), site.argument_node(0, "field"))
    return clauses.of_arguments(site)


def constructed(site: Site, name: str) -> v.Value:
    """Anything else of SQLAlchemy that is called: a type, a constraint, a column."""
    if name[:1].isupper():
        return v.ExternalObject(f"sa:{name}")
    escape_arguments(site)
    return v.UNKNOWN


def clause_method(site: Site, name: str) -> v.Value:
    """A method of a column or another expression."""
    if name in ("op", "bool_op"):
        clause_text(site, name, site.argument(0, "opstring"), site.argument_node(0, "opstring"))
        return v.UNKNOWN
    receiver = site.receiver
    if name == "and_" and isinstance(receiver, v.Mapped):
        return receiver
    if name == "of_type" and isinstance(receiver, v.Mapped):
        narrowed = site.argument(0, "entity")
        # What it is taken for must be known: loader options and joins go on from there.
        return msgspec.structs.replace(receiver, narrowed=narrowed) if isinstance(narrowed, v.Model) else v.UNKNOWN
    if name in _INSIDE:
        return v.Clause(name in _CONDITIONS, whole=True)
    if name in _OF_SELECTS:
        return v.Clause(True, whole=isinstance(receiver, v.Clause) and receiver.whole)
    if name in _IN:
        listed = [(each, None) for each in site.args if isinstance(each, v.TupleValue | v.Collection)]
        return clauses.Gathered([(receiver, None), *listed]).clause(True, compared=True)
    if name not in _OPERATORS:
        return v.Clause(name in _CONDITIONS)
    parts = [(receiver, None), *clauses.arguments(site)]
    return clauses.Gathered(parts).clause(name in _CONDITIONS, compared=name in _CONDITIONS)


_INSIDE = frozenset(["any", "has"])
"""Methods of a relationship that make a subquery: what they and their arguments name, stands inside it."""

_OF_SELECTS = frozenset("where select_from correlate correlate_except join outerjoin limit order_by".split())
"""Methods of `exists()` and of a scalar subquery, whose arguments stand inside it."""

_IN = frozenset(["in_", "not_in", "notin_"])
"""Methods that take many values: a list of them, or a subquery, which stands by itself."""

_OPERATORS = frozenset(
    (
        "is_ is_not isnot like ilike not_like notlike startswith endswith between is_distinct_from regexp_match match "
        "contains filter as_string as_integer as_float as_boolean as_json desc asc nulls_first nulls_last nullsfirst "
        "nullslast label cast collate distinct concat icontains istartswith iendswith "
        "is_not_distinct_from regexp_replace self_group"
    ).split()
)
"""Methods whose result is made of the receiver and the arguments, and nothing else."""

_CONDITIONS = frozenset(
    (
        "in_ not_in notin_ is_ is_not isnot like ilike not_like notlike contains startswith endswith between any has "
        "is_distinct_from regexp_match match"
    ).split()
)


def text_method(site: Site, name: str) -> v.Value:
    """`text(...).bindparams(...)`, `.columns(...)`."""
    if name in ("bindparams", "columns", "execution_options"):
        return site.receiver
    return v.Clause()


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "sa:and_": _and,
    "sa:text": _text("text"),
    "sa:TextClause": _text("TextClause"),
    "sa:literal_column": _literal_column,
    "sa:DDL": _ddl,
    "sa:column": _column,
    "sa:table": lambda _site: v.ExternalObject("sa:Table"),
    "sa:extract": _extract,
    "sa:CheckConstraint": _check("CheckConstraint"),
    "sa:Computed": _check("Computed"),
    **dict.fromkeys(("pandas.read_sql", "pandas.read_sql_query"), _read_sql),
    **dict.fromkeys(("sa:or_", "sa:not_", "sa:true", "sa:false"), _boolean),
    **dict.fromkeys(("sa:desc", "sa:asc", "sa:distinct", "sa:nulls_first", "sa:nulls_last", "sa:tuple_"), _clause),
    **dict.fromkeys(("sa:within_group", "sa:over"), lambda _site: v.Clause()),
    **dict.fromkeys(("sa:literal", "sa:bindparam", "sa:null"), _bound),
    "sa:cast": _converted,
    "sa:type_coerce": _converted,
    "sa:case": _case,
    "sa:exists": _exists,
}
