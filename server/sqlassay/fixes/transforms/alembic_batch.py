"""`op.alter_column("users", ...)` -> the same in a batch: `with op.batch_alter_table("users") as batch_op: ...`.

Arguments: `index`, where the table stands among the positional arguments, and `keyword`, what it is called otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement, argument

_BATCH = "batch_op"


def _batch(lines: Lines, args: Args) -> Sequence[Statement]:
    (line,) = lines.statements
    call = _call(line)
    assert isinstance(line, cst.SimpleStatementLine)
    assert isinstance(call.func, cst.Attribute)
    table = _table(call, int(argument(args, "index")), argument(args, "keyword"))
    rest = [each for each in call.args if each is not table]
    if rest and table is call.args[-1]:
        rest[-1] = rest[-1].with_changes(comma=table.comma)
    operation = call.with_changes(func=call.func.with_changes(value=cst.Name(_BATCH)), args=rest)
    opened = cst.Call(cst.Attribute(call.func.value, cst.Name("batch_alter_table")), [cst.Arg(table.value)])
    body = cst.SimpleStatementLine([cst.Expr(operation)], trailing_whitespace=line.trailing_whitespace)
    return (
        cst.With(
            [cst.WithItem(opened, cst.AsName(cst.Name(_BATCH)))],
            cst.IndentedBlock([body]),
            leading_lines=line.leading_lines,
        ),
    )


def _call(statement: Statement) -> cst.Call:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call(func=cst.Attribute()) as call)]):
            return call
        case _:
            raise CannotFix("there is no operation that stands alone")


def _table(call: cst.Call, index: int, keyword: str) -> cst.Arg:
    positional = [each for each in call.args if each.keyword is None]
    for each in call.args:
        if each.keyword is not None and each.keyword.value == keyword:
            return each
    if index >= len(positional) or any(each.star for each in positional[: index + 1]):
        raise CannotFix("the table's name is not there")
    return positional[index]


TRANSFORM = OfLines(_batch, "one")
