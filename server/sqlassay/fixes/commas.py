"""Adding to and taking from a comma-separated list (arguments, imported names, items) in the layout that it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, Union, cast

import libcst as cst
from msgspec import Struct

Item = TypeVar("Item", bound=Union[cst.Arg, cst.ImportAlias, cst.BaseElement])

Blank = cst.BaseParenthesizableWhitespace
NOTHING = cst.SimpleWhitespace("")
SPACE = cst.SimpleWhitespace(" ")
MaybeComma = Union[cst.Comma, cst.MaybeSentinel]


class CommaList(Struct, Generic[Item]):
    """The items of a list with the blanks at its ends: `opening` after the bracket, `closing` before the other one.

    Where the last item has a comma, the blank before the closing bracket is that comma's, and `closing` is empty.
    """

    items: tuple[Item, ...]
    opening: Blank = NOTHING
    closing: Blank = NOTHING

    def with_item(self, index: int, item: Item) -> CommaList[Item]:
        """The list with another item before the one at `index` (or last)."""
        if not self.items:
            return self._first(item)
        if index < len(self.items):
            return self._replaced(index, index, [_with_comma(item, self._separator())])
        last = self.items[-1]
        separator = self._separator()
        if isinstance(last.comma, cst.Comma):
            end = last.comma.whitespace_after
            comma: MaybeComma = last.comma.with_changes(whitespace_after=_without_first_comment(end))
            closing = self.closing
        else:
            end = self.closing
            comma = cst.MaybeSentinel.DEFAULT
            closing = _without_first_comment(end)
        between = separator.with_changes(whitespace_after=_after_comment(end, separator.whitespace_after, self.opening))
        items = (*self.items[:-1], _with_comma(last, between), _with_comma(item, comma))
        return CommaList(items, self.opening, closing)

    def without(self, index: int) -> CommaList[Item]:
        """The list without one item.

        Comments behind the item and above it go with it: the caller looks for lost ones.
        """
        item = self.items[index]
        last_index = len(self.items) - 1
        if index == 0:
            if last_index == 0:
                return CommaList((), NOTHING, NOTHING)
            return CommaList(self.items[1:], _without_lines(self.opening), self.closing)
        before = self.items[index - 1]
        assert isinstance(before.comma, cst.Comma)
        if index < last_index:
            comma = before.comma.with_changes(whitespace_after=_without_lines(before.comma.whitespace_after))
            return self._replaced(index - 1, index + 1, [_with_comma(before, comma)])
        end = item.comma.whitespace_after if isinstance(item.comma, cst.Comma) else self.closing
        joined = _joined(before.comma.whitespace_after, end)
        if isinstance(item.comma, cst.Comma):
            last = _with_comma(before, item.comma.with_changes(whitespace_after=joined))
            return CommaList((*self.items[: index - 1], last), self.opening, self.closing)
        last = _with_comma(before, cst.MaybeSentinel.DEFAULT)
        return CommaList((*self.items[: index - 1], last), self.opening, joined)

    def _replaced(self, start: int, end: int, items: Sequence[Item]) -> CommaList[Item]:
        return CommaList((*self.items[:start], *items, *self.items[end:]), self.opening, self.closing)

    def _separator(self) -> cst.Comma:
        """A comma as the list has them between two items."""
        commas = [item.comma for item in self.items[:-1] if isinstance(item.comma, cst.Comma)]
        if commas:
            return commas[-1].with_changes(
                whitespace_before=without_comment(commas[-1].whitespace_before),
                whitespace_after=without_comment(commas[-1].whitespace_after),
            )
        if isinstance(self.opening, cst.ParenthesizedWhitespace):
            return cst.Comma(whitespace_after=without_comment(self.opening))
        return cst.Comma(whitespace_after=SPACE)

    def _first(self, item: Item) -> CommaList[Item]:
        """The first item of an empty list, whose brackets may hold a comment."""
        if not isinstance(self.opening, cst.ParenthesizedWhitespace):
            return CommaList((item,), NOTHING, NOTHING)
        indented = cst.SimpleWhitespace(self.opening.last_line.value + "    ")
        return CommaList((item,), self.opening.with_changes(last_line=indented), without_comment(self.opening))


def _with_comma(item: Item, comma: MaybeComma) -> Item:
    return cast(Item, item.with_changes(comma=comma))


def without_comment(blank: Blank) -> Blank:
    """The same blank with its line end and indentation, but without comments and blank lines."""
    if not isinstance(blank, cst.ParenthesizedWhitespace):
        return blank
    first = cst.TrailingWhitespace(newline=blank.first_line.newline, whitespace=NOTHING)
    return blank.with_changes(first_line=first, empty_lines=[])


def comment_in(blank: Blank) -> bool:
    if not isinstance(blank, cst.ParenthesizedWhitespace):
        return False
    return blank.first_line.comment is not None or any(line.comment is not None for line in blank.empty_lines)


def _without_first_comment(blank: Blank) -> Blank:
    """The same blank without the comment that stands behind what comes before it."""
    if not isinstance(blank, cst.ParenthesizedWhitespace):
        return blank
    return blank.with_changes(first_line=cst.TrailingWhitespace(NOTHING, newline=blank.first_line.newline))


def _without_lines(blank: Blank) -> Blank:
    """The same blank without the comments that stand above what comes after it."""
    return blank.with_changes(empty_lines=[]) if isinstance(blank, cst.ParenthesizedWhitespace) else blank


def _after_comment(end: Blank, between: Blank, opening: Blank) -> Blank:
    """`between`, with the comment that stood behind the last item: it stays behind that item."""
    if not isinstance(end, cst.ParenthesizedWhitespace) or end.first_line.comment is None:
        return between
    layouts = [each for each in (between, opening) if isinstance(each, cst.ParenthesizedWhitespace)]
    layout = layouts[0] if layouts else end
    return layout.with_changes(first_line=end.first_line, empty_lines=[])


def _joined(before: Blank, end: Blank) -> Blank:
    """The blank before the closing bracket once the last item, between `before` and `end`, is gone.

    The comment behind the item that stays does too.
    """
    end = _without_first_comment(end)
    if not isinstance(before, cst.ParenthesizedWhitespace) or before.first_line.comment is None:
        return end
    if isinstance(end, cst.ParenthesizedWhitespace):
        return end.with_changes(first_line=before.first_line)
    return before.with_changes(empty_lines=[])
