"""What a fix does, as data.

A rule says *what* to change as a list of operations; `fixes.apply` turns them into text edits with libcst, and only
when somebody wants the edits. Operations travel between processes and wait for `codeAction/resolve`, so they hold
places and strings, never nodes or functions.
"""

from __future__ import annotations

from typing import Union

from msgspec import Struct

from sqlassay.syntax.place import Place


class Op(Struct, frozen=True, tag=True):
    """One change at one place."""

    at: Place


class AddKeyword(Op, frozen=True):
    """Add `name=value` to the call at `at`, after its other arguments; nothing if it has that keyword."""

    name: str
    value: str


class RemoveKeyword(Op, frozen=True):
    """Remove the keyword argument `name` from the call at `at`."""

    name: str


class SetKeyword(Op, frozen=True):
    """Replace the value of the keyword argument `name` of the call at `at`."""

    name: str
    value: str


class ExtendKeyword(Op, frozen=True):
    """Add `value` to the list that the call at `at` takes as the keyword `name`; a new list where it has none."""

    name: str
    value: str


class ChainCall(Op, frozen=True):
    """Call `method` with `argument` on the expression at `at`.

    A call of that method further along its chain takes the argument, where nothing but methods of `past` comes before
    it; else the call is put right there, on a line of its own where the chain has its calls so.
    """

    method: str
    argument: str
    past: tuple[str, ...] = ()


class Replace(Op, frozen=True):
    """Replace the expression at `at` by `template`, in which `{0}`, `{1}` ... stand for the code at `parts`.

    Parts keep their formatting and comments; parentheses are added around a part, or around the whole, where
    precedence asks for them.
    """

    template: str
    parts: tuple[Place, ...] = ()


class AddImport(Op, frozen=True):
    """Make `name` of `module` available in the file of `at` (its offsets say nothing): `from module import name`.

    Merged into an import of the same module where there is one; nothing if the name is imported already.
    With `name` empty: `import module`.
    """

    module: str
    name: str = ""


class RemoveImport(Op, frozen=True):
    """Remove `name` of `module` from the imports of the file of `at`, if nothing else in the file uses it."""

    module: str
    name: str


class MoveImport(Op, frozen=True):
    """In the import statement at `at`, take `name` from `module` instead of the module it names now."""

    name: str
    module: str


class Insert(Op, frozen=True):
    """Insert the statement `code` relative to the statement at `at`.

    `where`: before, after, first (in its body; of a try's handler, give the place of the handler) or last.
    """

    code: str
    where: str


class ReplaceStatement(Op, frozen=True):
    """Replace the statement at `at` by `code` (empty: remove it, leaving `pass` where a body would be empty)."""

    code: str


class Transform(Op, frozen=True):
    """A rewrite with a name of its own (`fixes.transforms`), for what the operations above cannot say."""

    name: str
    args: dict[str, str]


class TextChange(Op, frozen=True):
    """Replace the bytes at `at` as they are. Only for comments, which no syntax tree holds."""

    text: str


AnyOp = Union[
    AddKeyword,
    RemoveKeyword,
    SetKeyword,
    ExtendKeyword,
    ChainCall,
    Replace,
    AddImport,
    RemoveImport,
    MoveImport,
    Insert,
    ReplaceStatement,
    Transform,
    TextChange,
]


class Fix(Struct, frozen=True):
    """A promise: after the operations the code means what it meant before, less the harm. Else `safe` is False."""

    title: str
    safe: bool
    ops: tuple[AnyOp, ...]
