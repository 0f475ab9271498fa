"""What a column that a migration adds brings along."""

from __future__ import annotations

from sqlassay.syntax import nodes as n


def brings_constraint(column: n.Expr | None) -> bool:
    """Whether `sa.Column(...)` has a foreign key or is unique: Alembic adds that as a constraint, after the column."""
    if not isinstance(column, n.Call):
        return False
    for each in column.args:
        match each:
            case n.Call(func=n.Name(id="ForeignKey") | n.Attribute(attr="ForeignKey")):
                return True
            case _:
                pass
    return any(
        each.name == "unique" and isinstance(each.value, n.Constant) and each.value.value is True
        for each in column.keywords
    )
