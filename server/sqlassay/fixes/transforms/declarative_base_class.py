"""`Base = declarative_base()` -> `class Base(DeclarativeBase): pass`.

Argument: `base`, how the file calls DeclarativeBase (by default by that name). `metadata=` and `type_annotation_map=`
go into the class; a call with other arguments is refused, since the class has no word for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sqlassay.fixes.assignments import assigned, without_blank_lines
from sqlassay.fixes.commas import NOTHING
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import parse_expression
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement

_IN_CLASS = ("metadata", "type_annotation_map")


def _to_class(lines: Lines, args: Args) -> Sequence[Statement]:
    (line,) = lines.statements
    name, assign = assigned(line)
    assert isinstance(line, cst.SimpleStatementLine)
    if not isinstance(assign.value, cst.Call) or assign.value.lpar:
        raise CannotFix("the value is not a call of declarative_base")
    body = [_attribute(arg) for arg in assign.value.args if not _says_name(arg, name)]
    made = cst.ClassDef(
        cst.Name(name),
        cst.IndentedBlock(body or [cst.SimpleStatementLine([cst.Pass()])], header=line.trailing_whitespace),
        [cst.Arg(parse_expression(args.get("base", "DeclarativeBase")))],
        leading_lines=line.leading_lines,
    )
    return (_spaced(made, lines),)


def _says_name(arg: cst.Arg, name: str) -> bool:
    """Whether it is `name="Base"`, which the class says by itself."""
    said = isinstance(arg.value, cst.SimpleString) and arg.value.evaluated_value == name
    return said and arg.keyword is not None and arg.keyword.value == "name"


def _attribute(arg: cst.Arg) -> cst.SimpleStatementLine:
    if arg.keyword is None or arg.keyword.value not in _IN_CLASS:
        raise CannotFix("declarative_base is called with arguments that a class cannot take over")
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(arg.keyword)], arg.value)])


def _spaced(made: cst.ClassDef, lines: Lines) -> cst.ClassDef:
    """The class with the empty lines around it that PEP 8 asks for at the top of a module."""
    if not lines.top_level:
        return made
    blank, made_tight = without_blank_lines(made)
    assert isinstance(made_tight, cst.ClassDef)
    before = [*blank, *[_EMPTY] * (2 - len(blank))] if lines.follows else blank
    after = 0 if lines.blank_after is None else 2 - lines.blank_after
    body = made_tight.body.with_changes(footer=[_EMPTY] * after)
    return made_tight.with_changes(leading_lines=[*before, *made_tight.leading_lines], body=body)


_EMPTY = cst.EmptyLine(indent=False, whitespace=NOTHING)

TRANSFORM = OfLines(_to_class, "one")
