"""Loops and comprehensions over fetched rows that are used for nothing else, and what they read of each row."""

from __future__ import annotations

from collections.abc import Iterable

from sqlassay.facts.collect import walk
from sqlassay.rules.loading import rows
from sqlassay.semantics import uses
from sqlassay.semantics.events import RowsFetched
from sqlassay.semantics.models import ColumnInfo, ModelInfo
from sqlassay.syntax import nodes as n


def around(event: RowsFetched) -> n.Comprehension | n.For | n.Call | None:
    """The one loop over the rows, or the one function that takes them, where nothing else reads them."""
    if event.method not in (*rows.ALL, "__iter__", "sorted", "filter"):
        return None
    if event.method in ("sorted", "filter"):
        return event.node if isinstance(event.node, n.Call) else None
    read = uses.reads(event.frame, event.node)
    if read is None or len(read) != 1:
        return None
    parents = event.frame.unit.parents()
    match parents.get(id(read[0])):
        case n.For(iter=iterated) as loop if iterated is read[0]:
            return loop
        case n.Generator(iter=iterated) as generator if iterated is read[0]:
            whole = parents.get(id(generator))
            return whole if isinstance(whole, n.Comprehension) and len(whole.generators) == 1 else None
        case n.Call(args=args) as call if any(each is read[0] for each in args):
            return call
        case _:
            return None


def reads_of_target(event: RowsFetched, node: n.Comprehension | n.For) -> list[n.Node] | None:
    """Where the row is read, by the one name that the loop gives it; None where it has none, or shares it."""
    target = node.target if isinstance(node, n.For) else node.generators[0].target
    if not isinstance(target, n.Name):
        return None
    if isinstance(node, n.For):
        # The name lives on behind the loop.
        found = uses.of_name(event.frame, target)
        return list(found) if found is not None else None
    return [each for each in walk(node) if isinstance(each, n.Name) and each.id == target.id and each is not target]


def columns_read(event: RowsFetched, model: ModelInfo, reads: Iterable[n.Node]) -> list[str]:
    """The columns that are read off a row, each once; empty where anything else is done with it."""
    parents = event.frame.unit.parents()
    found: list[str] = []
    for each in reads:
        parent = parents.get(id(each))
        if not isinstance(parent, n.Attribute) or parent.attr not in model.columns:
            return []
        if uses.is_bound(event.frame, parent):
            return []
        if parent.attr not in found:
            found.append(parent.attr)
    return found


_PLAIN_TYPES = frozenset(
    (
        "Integer SmallInteger BigInteger String Text Unicode UnicodeText Boolean Date DateTime Time Numeric Float "
        "Double Uuid UUID Enum"
    ).split()
)
"""Types of columns that the database compares as Python does, or nearly so."""


def is_plain(column: ColumnInfo) -> bool:
    """Whether the database can compare and sort by a column as Python does."""
    kind = column.sql_type
    return kind is not None and kind.decorator is None and kind.name in _PLAIN_TYPES
