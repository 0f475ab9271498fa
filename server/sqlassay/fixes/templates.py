"""Putting new code in the place of an expression, with the parentheses that the place asks for."""

from __future__ import annotations

import re
from typing import TypeVar

import libcst as cst

from sqlassay.fixes.commas import comment_in
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.precedence import LOOSE, binds, fits
from sqlassay.fixes.region import Change, HeaderExpression, Region, Updated, children, parse_expression, walk

_HOLE = re.compile(r"\{(\d+)\}")
_HOLE_NAME = "_sqlassay_part_{}_"

Expression = TypeVar("Expression", bound=cst.BaseExpression)


def replacement(
    region: Region, node: cst.BaseExpression, template: str, parts: tuple[cst.BaseExpression, ...]
) -> Change:
    """Replace `node` by the template with `parts` (nodes of any region) in its holes. Raises CannotFix.

    A part of this region brings along what other changes made of it.
    """
    shape = parse_expression(_HOLE.sub(lambda hole: _HOLE_NAME.format(hole[1]), template))
    names = {_HOLE_NAME.format(number): number for number in range(len(parts))}
    parents = {child: each for each in walk(shape) for child in children(each)}
    holes = {each: names[each.value] for each in walk(shape) if isinstance(each, cst.Name) and each.value in names}

    def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
        assert isinstance(current, cst.BaseExpression)
        filled = _Fill(
            {
                hole: _fitted(_part(parts[number], updated, node), parents.get(hole), hole)
                for hole, number in holes.items()
            }
        )
        made = shape.visit(filled)
        assert isinstance(made, cst.BaseExpression)
        return settled(region, node, current, made, parentheses)

    return change


def settled(
    region: Region,
    node: cst.BaseExpression,
    current: cst.BaseExpression,
    made: cst.BaseExpression,
    parentheses: bool,
) -> cst.BaseExpression:
    """`made` as it stands where `node` of the region stood, which is `current` by now: in its parentheses or others.

    `parentheses`: add them also where only line ends ask for them.
    """
    check_string_around(region, node, made)
    if current.lpar:
        made = _bare(made)
    parent = None if isinstance(region, HeaderExpression) and node is region.root else region.parents.get(node)
    written = region.parentheses(node) > 0
    # What binds as the code before did, and stood there without parentheses, has no need of them.
    alike = binds(made) >= binds(node) and (binds(made) > LOOSE or type(made) is type(node))
    if not made.lpar and not written and (parentheses or not (alike or fits(made, parent, node))):
        made = _wrapped(made)
    return made.with_changes(lpar=[*current.lpar, *made.lpar], rpar=[*made.rpar, *current.rpar])


class _Fill(cst.CSTTransformer):
    def __init__(self, parts: dict[cst.CSTNode, cst.BaseExpression]) -> None:
        super().__init__()
        self.parts = parts

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self.parts.get(original_node, updated_node)


def _part(node: cst.BaseExpression, updated: Updated, place: cst.BaseExpression) -> cst.BaseExpression:
    part = updated.get(node, node)
    assert isinstance(part, cst.BaseExpression)
    if node is place:
        part = part.with_changes(lpar=[], rpar=[])  # the place keeps them
    # The same part may stand in two holes, and a tree holds a node once.
    return part.deep_clone()


def _fitted(part: cst.BaseExpression, parent: cst.CSTNode | None, hole: cst.CSTNode) -> cst.BaseExpression:
    """A part with parentheses where its hole asks for them, and without those that an argument has no need of."""
    if not part.lpar:
        return part if parent is None or fits(part, parent, hole) else _wrapped(part)
    bare = _bare(part)
    return bare if isinstance(parent, cst.Arg) and fits(bare, parent, hole) else part


def _bare(node: Expression) -> Expression:
    """The expression without its parentheses, unless they hold a comment."""
    blanks = [*(left.whitespace_after for left in node.lpar), *(right.whitespace_before for right in node.rpar)]
    return node if any(map(comment_in, blanks)) else node.with_changes(lpar=[], rpar=[])


def _wrapped(node: Expression) -> Expression:
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def check_string_around(region: Region, node: cst.CSTNode, made: cst.CSTNode) -> None:
    """Inside an f-string, older Pythons read no quote of its own kind, no backslash and no line end."""
    around = region.parents.get(node)
    while around is not None:
        if isinstance(around, (cst.FormattedString, cst.TemplatedString)):
            code = region.tree.code_for_node(made)
            if any(character in code for character in (around.start[-1], "\\", "\n", "\r")):
                raise CannotFix("the code is inside an f-string that cannot hold the new code")
        around = region.parents.get(around)
