"""What a column that a migration adds brings along."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.syntax import nodes as n


def brings_constraint(column: n.Expr | None) -> bool:
    """Whether `sa.Column(...)` has a foreign key or is unique: Alembic adds that as a constraint, after the column."""
    return any(True for _ in _foreign_keys(column)) or _is_unique(column)


def names_constraints(column: n.Expr | None) -> bool:
    """Whether all constraints that the column brings have names."""
    keys = [any(keyword.name == "name" for keyword in each.keywords) for each in _foreign_keys(column)]
    return all(keys) and not _is_unique(column)


def _foreign_keys(column: n.Expr | None) -> Iterator[n.Call]:
    for each in column.args if isinstance(column, n.Call) else ():
        match each:
            case n.Call(func=n.Name(id="ForeignKey") | n.Attribute(attr="ForeignKey")):
                yield each
            case _:
                pass


def _is_unique(column: n.Expr | None) -> bool:
    return isinstance(column, n.Call) and any(
        each.name == "unique" and isinstance(each.value, n.Constant) and each.value.value is True
        for each in column.keywords
    )
