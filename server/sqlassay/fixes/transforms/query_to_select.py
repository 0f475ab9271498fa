"""A chain of the legacy Query becomes a 2.0 statement, executed: same SQL but for labels, same results.

Argument `entities`: how many of query()'s arguments are mapped classes (or aliases of such), the rest being columns.
Optional: `terminal`, what the chain must end in (`iterate` for none); `session`, the session's code for a chain that
starts at `Model.query`; `select` and `func`, how the file calls them; `unique`, `true` or `false`: whether duplicates
can come back, as joined eager loads of collections bring them. Without it, a join in the chain or a second class in its
criteria decides. (Query removes duplicates of entities silently; a 2.0 result does so only when asked.)
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst
from msgspec import Struct

from sqlassay.fixes.commas import NOTHING
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.query_chain import Chain, Link, called, check_methods, has_joins, names_other_class, read_chain
from sqlassay.fixes.region import parse_expression
from sqlassay.fixes.shifting import shifted
from sqlassay.fixes.transforms import Args, OfExpression, argument

_RENAMED = {"filter": "where"}
_AGGREGATES = ("count", "sum", "max", "min", "avg")


class _Query(Struct):
    """A chain with what is known of it."""

    chain: Chain
    args: Args
    single_entity: bool
    unique: bool
    select: cst.BaseExpression
    """The statement so far."""


def _to_select(expression: cst.BaseExpression, args: Args) -> cst.BaseExpression:
    chain = read_chain(expression, args.get("session"))
    if args.get("terminal", chain.end) != chain.end:
        raise CannotFix("the chain ends in something else")
    entities = int(argument(args, "entities"))
    single = entities == len(chain.entities) == 1
    check_methods(chain)
    said = args.get("unique")
    repeats = said == "true" if said else has_joins(chain) or names_other_class(chain)
    query = _Query(chain, args, single, entities > 0 and repeats, _statement(chain, args))
    return _ENDS[chain.end](query)


def _statement(chain: Chain, args: Args) -> cst.BaseExpression:
    """`select(...)` with the methods of the chain."""
    select = parse_expression(args.get("select", "select"))
    return _with_methods(chain.root.with_changes(func=select), chain.methods)


def _with_methods(statement: cst.BaseExpression, methods: list[Link]) -> cst.BaseExpression:
    for link in methods:
        name = cst.Name(_RENAMED.get(link.name, link.name))
        statement = link.call.with_changes(func=link.attribute.with_changes(value=statement, attr=name))
    return statement


# ------------------------------------------------------------------- the ends


def _rows(query: _Query) -> cst.BaseExpression:
    """The result of the statement: entities, or rows; each once where Query would see to it."""
    result = _executed(query, "scalars" if query.single_entity else "execute")
    return called(result, "unique", dot=query.chain.end_dot) if query.unique else result


def _executed(query: _Query, method: str) -> cst.BaseExpression:
    """`session.method(statement)`, with the statement on lines of its own where the chain goes over lines."""
    chain = query.chain
    target = cst.Attribute(chain.session, cst.Name(method), dot=chain.session_dot)
    blank = next((link.line for link in chain.methods if link.line is not None), None)
    if blank is None:
        return cst.Call(target, [cst.Arg(query.select)])
    outer = blank.last_line.value
    deeper = "\t" if outer.endswith("\t") else "    "
    inner = shifted(query.select, deeper)
    end = cst.ParenthesizedWhitespace(
        cst.TrailingWhitespace(NOTHING), indent=blank.indent, last_line=cst.SimpleWhitespace(outer)
    )
    start = end.with_changes(last_line=cst.SimpleWhitespace(outer + deeper))
    return cst.Call(target, [cst.Arg(inner, whitespace_after_arg=end)], whitespace_before_args=start)


def _ended(query: _Query, result: cst.BaseExpression, name: str) -> cst.BaseExpression:
    """The result, ended as the chain was, by a method of another name."""
    terminal = query.chain.terminal
    assert terminal is not None
    return terminal.call.with_changes(func=terminal.attribute.with_changes(value=result, attr=cst.Name(name)))


def _same(name: str) -> Callable[[_Query], cst.BaseExpression]:
    return lambda query: _ended(query, _rows(query), name)


def _first(query: _Query) -> cst.BaseExpression:
    if any(link.name == "limit" for link in query.chain.methods):
        raise CannotFix("first() would change the limit of the chain")
    query.select = called(query.select, "limit", cst.Integer("1"), dot=query.chain.end_dot)
    return _ended(query, _rows(query), "first")


def _scalar(query: _Query) -> cst.BaseExpression:
    # Query.scalar() raises where there are several rows; Session.scalar() does not.
    if _is_one_row(query.chain):
        return _executed(query, "scalar")
    return _ended(query, _rows(query), "one_or_none" if query.single_entity else "scalar_one_or_none")


def _is_one_row(chain: Chain) -> bool:
    """Whether the query is one aggregate of all rows."""
    value = chain.entities[0].value
    return (
        len(chain.entities) == 1
        and isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and isinstance(value.func.value, (cst.Name, cst.Attribute))
        and _last_name(value.func.value) == "func"
        and value.func.attr.value in _AGGREGATES
        and not any(link.name in ("group_by", "limit", "offset") for link in chain.methods)
    )


def _last_name(node: cst.Name | cst.Attribute) -> str:
    return node.value if isinstance(node, cst.Name) else node.attr.value


def _count(query: _Query) -> cst.BaseExpression:
    chain = query.chain
    if not query.single_entity or any(link.name not in ("filter", "where", "filter_by") for link in chain.methods):
        raise CannotFix("only the rows of one class with criteria can be counted without a subquery")
    count = called(parse_expression(query.args.get("func", "func")), "count")
    counted = cst.Call(parse_expression(query.args.get("select", "select")), [cst.Arg(count)])
    query.select = _with_methods(called(counted, "select_from", chain.entities[0].value), chain.methods)
    return _executed(query, "scalar")


_ENDS: dict[str, Callable[[_Query], cst.BaseExpression]] = {
    "all": _same("all"),
    "one": _same("one"),
    "one_or_none": _same("one_or_none"),
    "first": _first,
    "scalar": _scalar,
    "count": _count,
    "iterate": _rows,
}


TRANSFORM = OfExpression(_to_select)
