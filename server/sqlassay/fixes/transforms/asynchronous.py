"""`with` and `for` become `async with` and `async for`, or the other way round.

Argument: `on` (`true` or `false`).
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement, argument


def _asynchronous(lines: Lines, args: Args) -> Sequence[Statement]:
    (statement,) = lines.statements
    if not isinstance(statement, (cst.With, cst.For)):
        raise CannotFix("the statement is no `with` and no `for`")
    on = argument(args, "on") == "true"
    return (statement.with_changes(asynchronous=cst.Asynchronous() if on else None),)


TRANSFORM = OfLines(_asynchronous, "one")
