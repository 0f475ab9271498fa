"""What reading a relationship runs at the database, as SQLAlchemy's loader strategies write it."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from sqlassay.project.index import Project
from sqlassay.queries.answers import Column
from sqlassay.queries.naming import attribute_thing, named
from sqlassay.semantics import names
from sqlassay.semantics.models import ModelInfo, Pair, RelationshipInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_EAGER = ("selectin", "joined", "subquery")
_JOINS = ("foreign keys", "foreign_keys")
"""How a join was found that is its pairs of columns and nothing else."""


class Read(Struct):
    """`sql` is '' where the join is not known; `says` is when and how often it runs."""

    sql: str
    says: str


_READING = "Reading it runs nothing more."
_RAISES = "Reading it raises InvalidRequestError"

_SAYS = {
    "select": (
        "One SELECT for each `{owner}` whose `{name}` is read, unless it was loaded:"
        " `selectinload({owner}.{name})` loads all of them in one."
    ),
    "by key": (
        "By primary key: nothing runs where the session holds that `{target}` already, else one SELECT for each."
        " `selectinload({owner}.{name})` loads all of them in one."
    ),
    "immediate": f"One SELECT for each `{{owner}}`, as soon as it is loaded. {_READING}",
    "selectin": f"Loaded with each query for `{{owner}}`: one more SELECT for every 500 of them. {_READING}",
    "joined": f"Loaded in the same SELECT as the `{{owner}}`. {_READING}",
    "subquery": (
        "Loaded with each query for `{owner}`: one more SELECT, which holds that query as a subquery. " + _READING
    ),
    "dynamic": "Reading it runs nothing: rows are fetched each time it is iterated or counted.",
    "write_only": "Cannot be read: rows are fetched by executing `obj.{name}.select()`.",
    "raise": f"{_RAISES}, unless the query loaded it: `selectinload({{owner}}.{{name}})`.",
    "raise_on_sql": f"{_RAISES} where it would emit SQL: `selectinload({{owner}}.{{name}})` loads it.",
    "noload": "Reading it gives nothing, whatever the database holds.",
}
"""When and how often a relationship's rows are loaded, by its `lazy`."""


def read_of(project: Project, model: ModelInfo, info: RelationshipInfo) -> Read:
    """What a read of a relationship of `model` runs."""
    target = project.model(info.target) if info.target is not None else None
    known = target if info.pairs and info.join in _JOINS else None
    lazy = info.lazy or ""
    if lazy in _EAGER and info.self_referential and "join_depth" not in info.keywords:
        lazy = "select"  # an eager loader stops where a class leads to itself
    key = "by key" if lazy == "select" and known is not None and _by_primary_key(known, info) else lazy
    name = _last(info.target) if info.target is not None else info.target_text
    says = _SAYS.get(key, "").format(owner=_last(model.ref), name=info.name, target=name)
    if known is None:
        return Read("", says)
    if lazy in ("select", "immediate", "dynamic", "write_only"):
        return Read(_lazily(project, known, info), says)
    if lazy == "selectin":
        return Read(_selectin(project, model, known, info), says)
    return Read(_joined(project, model, known, info) if lazy == "joined" else "", says)


def lazy_load(project: Project, info: RelationshipInfo) -> str:
    """The SELECT of a lazy load, whatever the relationship does by default; '' where its join is not known."""
    target = project.model(info.target) if info.target is not None else None
    return _lazily(project, target, info) if target is not None and info.pairs and info.join in _JOINS else ""


def _last(ref: Ref) -> str:
    return ref.name.rsplit(".", 1)[-1]


def _primary_key(model: ModelInfo) -> set[tuple[str, str]]:
    """The columns of the primary key, of the model's own table."""
    columns = [model.columns[each] for each in model.primary_key]
    return {(each.table, each.name) for each in columns if each.table is not None}


def _by_primary_key(target: ModelInfo, info: RelationshipInfo) -> bool:
    """Whether the row is found by its whole primary key: then the identity map is asked first."""
    keys = _primary_key(target)
    return info.direction == "many-to-one" and bool(keys) and {each.remote for each in info.pairs} == keys


# ----------------------------------------------------------------- statements


def _column(column: tuple[str, str]) -> str:
    return ".".join(column)


def _lazily(project: Project, target: ModelInfo, info: RelationshipInfo) -> str:
    """The SELECT of a lazy load."""
    there = info.secondary_table
    tables = _from(project, target)
    if there is None:
        where = [f"{_column(each.remote)} = ?" for each in info.pairs]
    else:
        tables = f"{tables}, {there}"
        where = [f"{_column(each.remote)} = ?" for each in _near(info)]
        where += [f"{_column(each.remote)} = {_column(each.local)}" for each in _far(info)]
    return _select(project, tables, where + _single(project, target), info)


def _near(info: RelationshipInfo) -> list[Pair]:
    """Of a relationship through a table, the columns that join the owner to it."""
    return [each for each in info.pairs if each.remote[0] == info.secondary_table]


def _far(info: RelationshipInfo) -> list[Pair]:
    """Of a relationship through a table, the columns that join it to the target."""
    return [each for each in info.pairs if each.local[0] == info.secondary_table]


def _selectin(project: Project, model: ModelInfo, target: ModelInfo, info: RelationshipInfo) -> str:
    """The SELECT of a selectin load: by the keys of the owners, whose own table is joined in where it must be."""
    tables = _from(project, target)
    through = info.secondary_table
    owned = {each.local for each in (_near(info) if through is not None else info.pairs)} == _primary_key(model)
    if through is not None and owned and not info.self_referential and project.allows(">=2.1"):
        on = " AND ".join(f"{_column(each.remote)} = {_column(each.local)}" for each in _far(info))
        where = [_in([_column(each.remote) for each in _near(info)]), *_single(project, target)]
        return _select(project, f"{through} JOIN {tables} ON {on}", where, info)
    if _by_primary_key(target, info) or (info.direction == "one-to-many" and owned):
        keys = [_column(each.remote) for each in info.pairs]
        return _select(project, tables, [_in(keys), *_single(project, target)], info)
    if len(model.tables) != 1:
        return ""
    here = _alias(model.tables[0])
    keys = [f"{here}.{name}" for _, name in sorted(_primary_key(model))]
    if through is None:
        on = _equal([(f"{here}.{each.local[1]}", _column(each.remote)) for each in info.pairs], info)
        joined = f"JOIN {tables} ON {on}"
    else:
        aliased = _alias(through)
        near = " AND ".join(f"{here}.{each.local[1]} = {aliased}.{each.remote[1]}" for each in _near(info))
        far = " AND ".join(f"{_column(each.remote)} = {aliased}.{each.local[1]}" for each in _far(info))
        joined = f"JOIN {through} AS {aliased} ON {near} JOIN {tables} ON {far}"
    where = [_in(keys), *_single(project, target)]
    return _select(project, f"{model.tables[0]} AS {here} {joined}", where, info)


def _equal(pairs: list[tuple[str, str]], info: RelationshipInfo) -> str:
    """A join condition, the column that is referred to first, as SQLAlchemy writes it."""
    turned = [pair[::-1] for pair in pairs] if info.direction == "many-to-one" else pairs
    return " AND ".join(f"{left} = {right}" for left, right in turned)


def _alias(table: str) -> str:
    return f"{table.rsplit('.', 1)[-1]}_1"


def _in(columns: list[str]) -> str:
    return f"{columns[0]} IN (?, ...)" if len(columns) == 1 else f"({', '.join(columns)}) IN ((?, ...), ...)"


def _joined(project: Project, model: ModelInfo, target: ModelInfo, info: RelationshipInfo) -> str:
    """The SELECT of an eager join. With joined inheritance the join is too long to be read."""
    if len(target.tables) != 1:
        return ""
    inner = info.keywords.get("innerjoin")
    join = "JOIN" if isinstance(inner, n.Constant) and inner.value in (True, "unnested") else "LEFT OUTER JOIN"
    table = target.tables[0]
    there = _alias(table)
    if info.secondary_table is None:
        on = [_equal([(_column(each.local), f"{there}.{each.remote[1]}") for each in info.pairs], info)]
        goal = f"{table} AS {there}"
    else:
        through = _alias(info.secondary_table)
        on = [f"{_column(each.local)} = {through}.{each.remote[1]}" for each in _near(info)]
        far = " AND ".join(f"{there}.{each.remote[1]} = {through}.{each.local[1]}" for each in _far(info))
        goal = f"({info.secondary_table} AS {through} JOIN {table} AS {there} ON {far})"
    on += [each.replace(f"{table}.", f"{there}.", 1) for each in _single(project, target)]
    return f"SELECT ... FROM {_from(project, model)}\n{join} {goal} ON {' AND '.join(on)}"


def _from(project: Project, model: ModelInfo) -> str:
    """The tables that a class is loaded from: with joined inheritance, its parents' first."""
    tables = list(reversed(model.tables))
    out = tables[0] if tables else model.table_key or "?"
    for above, key in pairwise(tables):
        table = project.table(key, model.metadata)
        columns = table.columns.values() if table is not None else ()
        on = [
            f"{above}.{each.column} = {key}.{column.name}"
            for column in columns
            if column.primary_key
            for each in column.foreign_keys
            if each.table == above
        ]
        out += f" JOIN {key} ON {' AND '.join(on) or '...'}"
    return out


def _single(project: Project, target: ModelInfo) -> list[str]:
    """What tells the rows of a class from those of others in the same table."""
    if target.inheritance != "single" or target.polymorphic_on is None:
        return []
    base = target
    while base.inherits is not None and base.inheritance == "single":
        above = project.model(base.inherits)
        if above is None:
            return []
        base = above
    column = base.columns.get(target.polymorphic_on)
    if column is None:
        column = next((each for each in base.columns.values() if each.name == target.polymorphic_on), None)
    return [f"{column.table}.{column.name} IN (?, ...)"] if column is not None and column.table is not None else []


def _select(project: Project, tables: str, where: list[str], info: RelationshipInfo) -> str:
    text = f"SELECT ... FROM {tables}\nWHERE {' AND '.join(where)}"
    order = _ordered(project, info)
    return f"{text}\nORDER BY {order}" if order else text


# ------------------------------------------------------------------- ordering


def _ordered(project: Project, info: RelationshipInfo) -> str:
    node = info.order_by
    if node is None or (isinstance(node, n.Constant) and node.value in (None, False)):
        return ""
    if isinstance(node, n.Constant) and isinstance(node.value, str):
        node = expression_from(f"[{node.value}]")
    parts = node.elts if isinstance(node, n.TupleExpr | n.ListExpr) else (node,)
    written = [_order_part(project, info.owner, each) for each in parts if each is not None]
    return "..." if None in written or not written else ", ".join(each for each in written if each)


def _order_part(project: Project, owner: Ref, node: n.Expr) -> str | None:
    match node:
        case n.Lambda(body=body):
            return _order_part(project, owner, body)
        case n.Call(func=n.Attribute(value=inner, attr="desc" | "asc" as way), args=()):
            found = _order_part(project, owner, inner)
            return f"{found} {way.upper()}" if found is not None else None
        case n.Call(func=n.Name(id="desc" | "asc" as way) | n.Attribute(attr="desc" | "asc" as way), args=(inner,)):
            found = _order_part(project, owner, inner)
            return f"{found} {way.upper()}" if found is not None else None
        case n.Name(id=name):
            thing = attribute_thing(project, owner, name)
        case n.Attribute():
            dotted = names.dotted_name(node)
            thing = named(project, owner, dotted.split(".")) if dotted is not None else None
        case _:
            return None
    return f"{thing.table}.{thing.name}" if isinstance(thing, Column) and thing.table else None
