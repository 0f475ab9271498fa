"""What a SQL expression is made of: the attributes of mapped classes in it, and whether that is all there is in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlassay.facts.collect import walk
from sqlassay.semantics import values as v
from sqlassay.semantics.shapes import Source
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.site import Site

Part = tuple[v.Value, "n.Expr | None"]
"""A value, and the expression that gave it."""


class Gathered:
    """The parts of a clause, brought together."""

    __slots__ = ("columns", "links", "whole")

    def __init__(self, parts: Iterable[Part]) -> None:
        self.columns: set[v.Mapped] = set()
        self.links: set[frozenset[Source]] = set()
        self.whole = True
        for value, node in parts:
            self._add(value, node)

    def _add(self, value: v.Value, node: n.Expr | None) -> None:
        match value:
            case v.Mapped():
                self.columns.add(value)
            case v.Clause():
                self.columns |= value.columns
                self.links |= value.links
                self.whole = self.whole and value.whole
            case v.Union(values=items) | v.TupleValue(items=items):
                for each in items:
                    self._add(each, None)
            case v.Collection(element=inner):
                self._add(inner, None)
            case v.Unknown() | v.Param() | v.Method():
                self.whole = self.whole and node is not None and not _may_be_sql(node)
            case v.TextClause() | v.Model() | v.FunctionValue() | v.LocalFunction():
                self.whole = False
            case v.ExternalObject(name=name):
                self.whole = self.whole and not name.startswith("sa:")
            case _:
                pass

    def clause(self, boolean: bool, pinned: frozenset[v.Pin] = frozenset(), *, compared: bool = False) -> v.Clause:
        """The clause of these parts; `compared` where they stand in one comparison."""
        if compared:
            sources = frozenset(each.source for each in self.columns)
            if len(sources) > 1:
                self.links.add(sources)
        return v.Clause(boolean, pinned, frozenset(self.columns), frozenset(self.links), self.whole)


def _may_be_sql(node: n.Expr) -> bool:
    """Whether an expression of unknown value may be SQL: `subquery.c.id`, `User.what`, a call of who knows what."""
    return any(
        isinstance(each, n.Call | n.Lambda)
        or (isinstance(each, n.Attribute) and (each.attr in _COLUMNS or _names_class(each.value)))
        for each in walk(node)
    )


_COLUMNS = frozenset(["c", "columns"])


def _names_class(node: n.Expr) -> bool:
    name = node.attr if isinstance(node, n.Attribute) else node.id if isinstance(node, n.Name) else ""
    return name[:1].isupper()


def of_arguments(site: Site, boolean: bool = False, pinned: frozenset[v.Pin] = frozenset()) -> v.Clause:
    """The clause that a function makes of its arguments: `func.lower(User.name)`, `or_(...)`."""
    return Gathered(arguments(site)).clause(boolean, pinned)


def arguments(site: Site) -> list[Part]:
    """The positional arguments of a call; something unknown where they cannot be told one by one."""
    nodes: tuple[n.Expr | None, ...] = site.node.args
    if site.starred or len(nodes) != len(site.args):
        return [*((each, None) for each in site.args), *([(v.UNKNOWN, None)] if site.starred else [])]
    return list(zip(site.args, nodes, strict=True))


PLAIN_CLAUSE = v.Clause(whole=True)
"""A clause that names nothing of what is around it: a subquery as a value, a bound parameter."""
