"""A loop that does nothing but build and add becomes one `add_all()`. At the place: the loop. No arguments.

`for row in rows: session.add(User(**row))`, with the object in a variable of its own or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.shifting import shifted
from sqlassay.fixes.transforms import Args, Lines, OfLines, Statement


def _add_all(lines: Lines, args: Args) -> Sequence[Statement]:
    del args
    (loop,) = lines.statements
    if not isinstance(loop, cst.For) or loop.asynchronous is not None or loop.orelse is not None:
        raise CannotFix("there is no plain for loop at this place")
    call, element, before = _parts(loop)
    assert isinstance(call.func, cst.Attribute)
    adding = call.with_changes(
        func=call.func.with_changes(attr=cst.Name("add_all")), **_arguments(call, element, before, loop)
    )
    # The comment behind `add` goes with it; another one would be lost, and then there is no fix.
    last = loop.body.body[-1]
    assert isinstance(last, cst.SimpleStatementLine)
    line = cst.SimpleStatementLine(
        [cst.Expr(adding)], leading_lines=loop.leading_lines, trailing_whitespace=last.trailing_whitespace
    )
    return (line,)


def _parts(loop: cst.For) -> tuple[cst.Call, cst.BaseExpression, str]:
    """The call of `add`, what it adds, and the code in front of that."""
    body = loop.body.body
    small = [each for line in body if isinstance(line, cst.SimpleStatementLine) for each in line.body]
    if len(small) != len(body):
        raise CannotFix("the loop does more than add")
    match small:
        case [cst.Expr(value=cst.Call() as call)]:
            return call, call.args[0].value, f"{_code(call.func)}("
        case [cst.Assign(targets=[target], value=value), cst.Expr(value=cst.Call() as call)]:
            if isinstance(target.target, cst.Name) and target.target.deep_equals(call.args[0].value):
                return call, value, _code(target)
    raise CannotFix("the loop does more than add")


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _arguments(call: cst.Call, element: cst.BaseExpression, before: str, loop: cst.For) -> dict[str, object]:
    """What `add_all` is given, and the blanks around it: in one line, or where a part of it has several, one a line."""
    iterated = loop.iter if _is_safe(loop.iter) else _parenthesized(loop.iter)
    lines = [each for part in (element, loop.target, iterated) for each in _line_starts(part)]
    if not lines:
        comprehension = cst.ListComp(element, cst.CompFor(loop.target, iterated))
        return {"args": [cst.Arg(comprehension)], "whitespace_before_args": cst.SimpleWhitespace("")}
    step = "\t" if any("\t" in each for each in lines) else "    "
    comprehension = cst.ListComp(
        shifted(element, step * 2, _outdent(call, element, before)),
        cst.CompFor(shifted(loop.target, step * 2), shifted(iterated, step * 2), whitespace_before=_line(step * 2)),
        cst.LeftSquareBracket(_line(step * 2)),
        cst.RightSquareBracket(_line(step)),
    )
    return {
        "args": [cst.Arg(comprehension, whitespace_after_arg=_line(""))],
        "whitespace_before_args": _line(step),
    }


def _outdent(call: cst.Call, element: cst.BaseExpression, before: str) -> str:
    """The blanks that the element's further lines lose: those it starts behind, where they are laid out from there."""
    stood = call.whitespace_before_args
    if element is call.args[0].value and isinstance(stood, cst.ParenthesizedWhitespace):
        return stood.last_line.value
    hangs = isinstance(element, cst.Call) and isinstance(element.whitespace_before_args, cst.ParenthesizedWhitespace)
    column = " " * len(before)
    return "" if hangs or not all(each.startswith(column) for each in _line_starts(element)) else column


def _line(blanks: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(blanks))


def _line_starts(node: cst.CSTNode) -> Iterator[str]:
    """The blanks at the start of each further line of a node."""
    if isinstance(node, cst.ParenthesizedWhitespace):
        yield node.last_line.value
    for each in node.children:
        yield from _line_starts(each)


def _is_safe(iterated: cst.BaseExpression) -> bool:
    """Whether an expression can stand after `in` of a comprehension as it is."""
    return not isinstance(iterated, (cst.IfExp, cst.Lambda, cst.Tuple, cst.NamedExpr))


def _parenthesized(node: cst.BaseExpression) -> cst.BaseExpression:
    if getattr(node, "lpar", ()):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


TRANSFORM = OfLines(_add_all, "one")
