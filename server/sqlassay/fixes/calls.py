"""Keywords of a call: added, removed and set, in the layout that the call has."""

from __future__ import annotations

import libcst as cst

from sqlassay.fixes.commas import NOTHING, CommaList
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.precedence import BIT_OR, binds
from sqlassay.fixes.region import parse_expression

_TIGHT = cst.AssignEqual(whitespace_before=NOTHING, whitespace_after=NOTHING)


def add_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with `name=value` after its other arguments, but before any `**rest`. As it is if it has the keyword."""
    if has_keyword(call, name):
        return call
    added = cst.Arg(parse_expression(value), keyword=cst.Name(name), equal=_TIGHT)
    args = tuple(_own_parentheses(arg) if len(call.args) == 1 else arg for arg in call.args)
    index = next((at for at, arg in enumerate(args) if arg.star == "**"), len(args))
    return _with_list(call, _list(call.with_changes(args=args)).with_item(index, added))


def add_argument(call: cst.Call, code: str) -> cst.Call:
    """The call with another positional argument after those it has."""
    args = tuple(_own_parentheses(arg) if len(call.args) == 1 else arg for arg in call.args)
    index = next((at for at, arg in enumerate(args) if arg.keyword is not None or arg.star == "**"), len(args))
    return _with_list(call, _list(call.with_changes(args=args)).with_item(index, cst.Arg(parse_expression(code))))


def extend_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with `value` at the end of the list that is its keyword `name`; with a new list where it has none."""
    index = _index(call, name)
    if index is None:
        return add_keyword(call, name, f"[{value}]")
    changed = call.args[index].with_changes(value=_extended(call.args[index].value, value))
    return call.with_changes(args=(*call.args[:index], changed, *call.args[index + 1 :]))


def _extended(listed: cst.BaseExpression, value: str) -> cst.List:
    added = cst.Element(parse_expression(value))
    if not isinstance(listed, cst.List):
        if not listed.lpar and binds(listed) < BIT_OR:
            listed = listed.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return cst.List([cst.StarredElement(listed), added])
    items, closing = tuple(listed.elements), listed.rbracket.whitespace_before
    last = items[-1] if items else None
    if last is not None and isinstance(last.comma, cst.Comma):
        items = (*items[:-1], last.with_changes(comma=last.comma.with_changes(whitespace_after=closing)))
        closing = NOTHING
    changed = CommaList(items, listed.lbracket.whitespace_after, closing).with_item(len(items), added)
    return listed.with_changes(
        elements=changed.items,
        lbracket=listed.lbracket.with_changes(whitespace_after=changed.opening),
        rbracket=listed.rbracket.with_changes(whitespace_before=changed.closing),
    )


def remove_keyword(call: cst.Call, name: str) -> cst.Call:
    """The call without the keyword. Raises CannotFix if it has none."""
    return _with_list(call, _list(call).without(_known_index(call, name)))


def remove_argument(call: cst.Call, index: int) -> cst.Call:
    """The call without the positional argument at `index`. Raises CannotFix if it has no such one."""
    if index >= len(call.args) or call.args[index].keyword is not None or call.args[index].star:
        raise CannotFix("the call has no such argument")
    return _with_list(call, _list(call).without(index))


def set_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with another value for a keyword that it has. Raises CannotFix if it has none."""
    index = _known_index(call, name)
    changed = call.args[index].with_changes(value=parse_expression(value))
    return call.with_changes(args=(*call.args[:index], changed, *call.args[index + 1 :]))


def has_keyword(call: cst.Call, name: str) -> bool:
    return _index(call, name) is not None


def _index(call: cst.Call, name: str) -> int | None:
    found = (at for at, arg in enumerate(call.args) if arg.keyword is not None and arg.keyword.value == name)
    return next(found, None)


def _known_index(call: cst.Call, name: str) -> int:
    index = _index(call, name)
    if index is None:
        raise CannotFix(f"the call has no keyword {name}")
    return index


def _own_parentheses(arg: cst.Arg) -> cst.Arg:
    """A generator can share the call's parentheses only while it is alone in them."""
    if not isinstance(arg.value, cst.GeneratorExp) or arg.value.lpar:
        return arg
    return arg.with_changes(value=arg.value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]))


def _list(call: cst.Call) -> CommaList[cst.Arg]:
    closing = call.args[-1].whitespace_after_arg if call.args else NOTHING
    return CommaList(tuple(call.args), call.whitespace_before_args, closing)


def _with_list(call: cst.Call, changed: CommaList[cst.Arg]) -> cst.Call:
    """The blank before the closing bracket belongs to the last argument; those of the others are always empty."""
    args = [arg.with_changes(whitespace_after_arg=NOTHING) for arg in changed.items]
    if args:
        args[-1] = args[-1].with_changes(whitespace_after_arg=changed.closing)
    return call.with_changes(args=args, whitespace_before_args=changed.opening)
