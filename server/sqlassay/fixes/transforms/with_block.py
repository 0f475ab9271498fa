"""`name = value` and the rest of its body -> `with value as name:` with the rest indented.

Argument: `async` (`true`) for `async with`. Strings over several lines keep their text.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.assignments import assigned, without_blank_lines
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement


def _with_block(lines: Lines, args: Args) -> Sequence[Statement]:
    first, *rest = lines.statements
    name, assign = assigned(first)
    if not rest:
        raise CannotFix("nothing follows that the with could hold")
    assert isinstance(first, cst.SimpleStatementLine)
    _, rest[0] = without_blank_lines(rest[0])
    value = assign.value
    if isinstance(value, (cst.Tuple, cst.Yield)) and not value.lpar:
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return (
        cst.With(
            [cst.WithItem(value, cst.AsName(cst.Name(name)))],
            cst.IndentedBlock(rest, header=first.trailing_whitespace),
            asynchronous=cst.Asynchronous() if args.get("async") == "true" else None,
            leading_lines=first.leading_lines,
        ),
    )


TRANSFORM = OfLines(_with_block, "rest")
