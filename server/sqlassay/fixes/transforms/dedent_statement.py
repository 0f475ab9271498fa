"""Moves the last statement of a loop's body, which is at the place, to after the loop. No arguments."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.assignments import as_statements
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import walk_scope
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement


def _dedent(lines: Lines, args: Args) -> Sequence[Statement]:
    del args
    (loop,) = lines.statements
    if not isinstance(loop, (cst.For, cst.While)):
        raise CannotFix("the statement is not in the body of a loop")
    if loop.orelse is not None:
        raise CannotFix("the loop has an else, which runs only when the loop ends by itself")
    if not isinstance(loop.body, cst.IndentedBlock) or len(loop.body.body) < 2:
        raise CannotFix("nothing would be left in the loop")
    *rest, last = as_statements(loop.body.body)
    # A return leaves the function between the loop and what now comes after it.
    if any(isinstance(node, cst.Return) for node in walk_scope(loop)):
        raise CannotFix("a return in the loop would leave before the statement")
    return (loop.with_changes(body=loop.body.with_changes(body=rest)), last)


TRANSFORM = OfLines(_dedent, "owner")
