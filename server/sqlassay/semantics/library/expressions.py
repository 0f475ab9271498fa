"""SQL expressions: clauses, text, and the places where a string becomes SQL as it is."""

from __future__ import annotations

from collections.abc import Callable

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


def _boolean(_site: Site) -> v.Value:
    return v.Clause(True)


def _and(site: Site) -> v.Value:
    """All of its conditions hold, so what one of them pins is pinned."""
    return v.Clause(True, frozenset(each for part in site.args if isinstance(part, v.Clause) for each in part.pinned))


def _clause(_site: Site) -> v.Value:
    return v.Clause()


def _extract(site: Site) -> v.Value:
    clause_text(site, "extract", site.argument(0, "field"), site.argument_node(0, "field"))
    return v.Clause()


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
    if name in ("of_type", "and_") and isinstance(site.receiver, v.Mapped):
        return site.receiver
    return v.Clause(name in _CONDITIONS)


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
    **dict.fromkeys(("sa:or_", "sa:not_", "sa:exists", "sa:true", "sa:false"), _boolean),
    **dict.fromkeys(
        (
            "sa:case", "sa:cast", "sa:type_coerce", "sa:literal", "sa:bindparam", "sa:desc", "sa:asc", "sa:distinct",
            "sa:null", "sa:nulls_first", "sa:nulls_last", "sa:tuple_", "sa:within_group", "sa:over",
        ),
        _clause,
    ),
}  # fmt: skip
