"""One more call in a chain of them: `select(User).where(...).order_by(...)`."""

from __future__ import annotations

import libcst as cst

from sqlassay.fixes.calls import add_argument
from sqlassay.fixes.commas import without_comment
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.ops import ChainCall
from sqlassay.fixes.region import Change, Region, Updated
from sqlassay.fixes.templates import check_string_around, replacement


def chained(region: Region, node: cst.BaseExpression, op: ChainCall) -> tuple[cst.CSTNode, Change]:
    """The node of the region to change for an operation on `node`, and how. Raises CannotFix."""
    there = _call_along(region, node, op)
    if there is not None:
        return there, _with_argument(region, there, op.argument)
    make = replacement(region, node, f"{{0}}.{op.method}({op.argument})", (node,))
    parent = region.parents.get(node)
    broken = parent.dot.whitespace_before if isinstance(parent, cst.Attribute) and parent.value is node else None
    if not isinstance(broken, cst.ParenthesizedWhitespace):
        return node, make
    dot = cst.Dot(whitespace_before=without_comment(broken))

    def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
        made = make(current, updated, parentheses)
        assert isinstance(made, cst.Call)
        laid_out = made.with_changes(func=made.func.with_changes(dot=dot))
        check_string_around(region, node, laid_out)
        return laid_out

    return node, change


def _call_along(region: Region, node: cst.CSTNode, op: ChainCall) -> cst.Call | None:
    """The call of the method that is on the node's chain already, past others that do not matter."""
    while True:
        attribute = region.parents.get(node)
        call = region.parents.get(attribute) if attribute is not None else None
        if not isinstance(attribute, cst.Attribute) or attribute.value is not node:
            return None
        if not isinstance(call, cst.Call) or call.func is not attribute:
            return None
        if attribute.attr.value == op.method:
            return call
        if attribute.attr.value not in op.past:
            return None
        node = call


def _with_argument(region: Region, call: cst.Call, argument: str) -> Change:
    def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
        del updated, parentheses
        if not isinstance(current, cst.Call):
            raise CannotFix("another change leaves no call at this place")
        made = add_argument(current, argument)
        check_string_around(region, call, made)
        return made

    return change
