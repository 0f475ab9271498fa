"""`name = value`, the rest of its body and a `return name` at its end -> `with value as name:` that yields it instead.

A single `return value` becomes the same, with `session` for a name. Argument: `async` (`true`) for `async with`.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.assignments import assigned, without_blank_lines
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import walk_scope
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement


def _yield_from_with(lines: Lines, args: Args) -> Sequence[Statement]:
    *before, last = lines.statements
    returned = _returned(last)
    if before:
        first, *rest = before
        name, assign = assigned(first)
        value = assign.value
        if not isinstance(returned, cst.Name) or returned.value != name:
            raise CannotFix(f"the function does not end with a return of {name}")
        if any(isinstance(node, cst.Return) for each in rest for node in walk_scope(each)):
            raise CannotFix("another return leaves the function before")
    else:
        first, rest, name, value = last, [], "session", returned
    assert isinstance(first, cst.SimpleStatementLine)
    assert isinstance(last, cst.SimpleStatementLine)
    end = last.with_changes(body=[cst.Expr(cst.Yield(cst.Name(name)))])
    if before:
        body = [*rest, end]
        _, body[0] = without_blank_lines(body[0])
    else:
        body = [end.with_changes(leading_lines=[])]
    return (
        cst.With(
            [cst.WithItem(value, cst.AsName(cst.Name(name)))],
            cst.IndentedBlock(body, header=first.trailing_whitespace if before else cst.TrailingWhitespace()),
            asynchronous=cst.Asynchronous() if args.get("async") == "true" else None,
            leading_lines=first.leading_lines,
        ),
    )


def _returned(statement: cst.BaseStatement) -> cst.BaseExpression:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        node = statement.body[0]
        if isinstance(node, cst.Return) and node.value is not None:
            return node.value
    raise CannotFix("the last statement does not return anything")


TRANSFORM = OfLines(_yield_from_with, "rest")
