"""Everything after `name = ...`, a `yield name` among it, goes into a `try` with a `finally`.

Argument: `finally`, the statement that cleans up (`db.close()`). Where the body ends in that very statement, it moves
into the `finally` with its comments.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.assignments import assigned, without_blank_lines
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import parse, skeleton, walk_scope
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement, argument


def _try_finally(lines: Lines, args: Args) -> Sequence[Statement]:
    first, *rest = lines.statements
    name, _ = assigned(first)
    cleanup = parse(argument(args, "finally")).body[0]
    if not any(_yields(node, name) for statement in rest for node in walk_scope(statement)):
        raise CannotFix(f"no yield of {name} follows")
    if _bare(rest[-1]) == _bare(cleanup):
        cleanup = rest.pop()
    blank, rest[0] = without_blank_lines(rest[0])
    _, cleanup = without_blank_lines(cleanup)
    block = cst.Try(
        cst.IndentedBlock(rest),
        finalbody=cst.Finally(cst.IndentedBlock([cleanup])),
        leading_lines=blank,
    )
    return (first, block)


def _yields(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Yield) and isinstance(node.value, cst.Name) and node.value.value == name


def _bare(statement: cst.CSTNode) -> list[object]:
    return skeleton(statement)


TRANSFORM = OfLines(_try_finally, "rest")
