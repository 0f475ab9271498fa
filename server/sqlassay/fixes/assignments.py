"""What the rewrites that wrap the rest of a body have in common."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.transforms import Statement


def assigned(statement: cst.BaseStatement) -> tuple[str, cst.Assign]:
    """The name and the assignment of a line that is `name = value`. Raises CannotFix for any other."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        assign = statement.body[0]
        if isinstance(assign, cst.Assign) and len(assign.targets) == 1:
            target = assign.targets[0].target
            if isinstance(target, cst.Name):
                return target.value, assign
    raise CannotFix("the statement is not an assignment to one name")


def as_statements(statements: Sequence[cst.BaseStatement]) -> list[Statement]:
    """The same statements. libcst's types leave open that there could be other kinds."""
    return [each for each in statements if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement))]


def without_blank_lines(statement: Statement) -> tuple[list[cst.EmptyLine], Statement]:
    """The empty lines before a statement, up to its first comment, and the statement without them."""
    lines = list(statement.leading_lines)
    count = next((at for at, line in enumerate(lines) if line.comment is not None), len(lines))
    return lines[:count], statement.with_changes(leading_lines=lines[count:])
