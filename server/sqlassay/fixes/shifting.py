"""The lines of an expression that goes to another depth."""

from __future__ import annotations

from typing import TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)


def shifted(node: Node, deeper: str, less: str = "") -> Node:
    """The node with its lines after the first indented by `deeper` instead of `less`. Strings keep their text."""
    moved = node.visit(_Shift(deeper, less))
    assert isinstance(moved, type(node))
    return moved


class _Shift(cst.CSTTransformer):
    def __init__(self, deeper: str, less: str) -> None:
        super().__init__()
        self.deeper = deeper
        self.less = less

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        return updated_node.with_changes(last_line=self._moved(original_node.last_line))

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        if original_node.comment is None:
            return updated_node
        return updated_node.with_changes(whitespace=self._moved(original_node.whitespace))

    def _moved(self, blank: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        return cst.SimpleWhitespace(self.deeper + blank.value.removeprefix(self.less))
