"""`name = value` -> `name: annotation = value`. Argument: `annotation`."""

from __future__ import annotations

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import parse_expression
from sqlassay.fixes.transforms import Args, OfStatement, argument


def annotated(statement: cst.BaseSmallStatement, annotation: str) -> cst.AnnAssign:
    """The assignment to one name with an annotation. Raises CannotFix for any other statement."""
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        raise CannotFix("only an assignment to one name can have an annotation")
    target = statement.targets[0]
    if not isinstance(target.target, cst.Name) or target.target.lpar:
        raise CannotFix("only an assignment to one name can have an annotation")
    equal = cst.AssignEqual(target.whitespace_before_equal, target.whitespace_after_equal)
    return cst.AnnAssign(
        target.target,
        cst.Annotation(parse_expression(annotation)),
        statement.value,
        equal,
        semicolon=statement.semicolon,
    )


def _annotate(statement: cst.BaseSmallStatement, args: Args) -> cst.BaseSmallStatement:
    return annotated(statement, argument(args, "annotation"))


TRANSFORM = OfStatement(_annotate)
