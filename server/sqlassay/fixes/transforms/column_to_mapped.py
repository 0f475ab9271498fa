"""`name = Column(...)` -> `name: Mapped[T] = mapped_column(...)`.

Arguments: `annotation` (`Mapped[int]`), `constructor` (`mapped_column`), `drop_nullable` (`true`) where the annotation
says what `nullable=` said (it stays where a comment would go with it), and `drop_argument`, the index of the SQL type
where the annotation says that too.
"""

from __future__ import annotations

import libcst as cst

from sqlassay.fixes.calls import has_keyword, remove_argument, remove_keyword
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import comments, parse_expression
from sqlassay.fixes.transforms import Args, OfStatement, argument
from sqlassay.fixes.transforms.annotate import annotated


def _to_mapped(statement: cst.BaseSmallStatement, args: Args) -> cst.BaseSmallStatement:
    made = annotated(statement, argument(args, "annotation"))
    call = made.value
    if not isinstance(call, cst.Call) or call.func.lpar:
        raise CannotFix("the value is not a call of Column")
    call = call.with_changes(func=parse_expression(argument(args, "constructor")))
    if args.get("drop_nullable") == "true" and has_keyword(call, "nullable"):
        shorter = remove_keyword(call, "nullable")
        call = call if comments(call) - comments(shorter) else shorter
    if "drop_argument" in args:
        call = remove_argument(call, int(args["drop_argument"]))
    return made.with_changes(value=call)


TRANSFORM = OfStatement(_to_mapped)
