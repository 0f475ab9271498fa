"""Statements put beside others, in the place of others, and taken away."""

from __future__ import annotations

import pytest
from fixing import Program
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import AnyOp, Insert, ReplaceStatement, TextChange

CODE = "new()"


def changed(marked: str, make: object) -> str:
    """The program after an operation on the statement in ⟦⟧."""
    start = len(marked[: marked.index("⟦")].encode())
    program = Program(marked.replace("⟦", "").replace("⟧", ""))
    end = start + len(marked[marked.index("⟦") + 1 : marked.index("⟧")].encode())
    assert callable(make)
    op: AnyOp = make(program.between(start, end))
    return program.fixed(op)


def inserted(marked: str, where: str, code: str = CODE) -> str:
    return changed(marked, lambda at: Insert(at, code, where))


BEFORE = {
    "a line": ("a\n⟦b⟧\n", "a\nnew()\nb\n"),
    "the first line": ("⟦a⟧\nb\n", "new()\na\nb\n"),
    "in a body": ("if x:\n    a\n    ⟦b⟧\n", "if x:\n    a\n    new()\n    b\n"),
    "first in a body": ("if x:\n    ⟦a⟧\n", "if x:\n    new()\n    a\n"),
    "its comments": ("a\n# b\n# is b\n⟦b⟧\n", "a\nnew()\n# b\n# is b\nb\n"),
    "not the comment of something else": ("a\n# c\n\n⟦b⟧\n", "a\n# c\n\nnew()\nb\n"),
    "after the file's own comments": ("#!/bin/python\n# Copyright\n⟦a⟧\n", "#!/bin/python\n# Copyright\nnew()\na\n"),
    "a comment behind the one before": ("a  # a\n⟦b⟧\n", "a  # a\nnew()\nb\n"),
    "decorators": ("a\n⟦@b\ndef c():\n    pass⟧\n", "a\nnew()\n@b\ndef c():\n    pass\n"),
    "a block": ("a\n⟦for x in y:\n    b⟧\n", "a\nnew()\nfor x in y:\n    b\n"),
    "a statement over lines": ("a\n⟦b(\n1)⟧\n", "a\nnew()\nb(\n1)\n"),
    "in a body on the header's line": ("if x: ⟦a⟧\n", "if x: new(); a\n"),
    "on a shared line": ("a; ⟦b⟧; c\n", "a; new(); b; c\n"),
    "first on a shared line": ("⟦a⟧; b\n", "new()\na; b\n"),
    "behind a backslash": ("if x: \\\n    ⟦a⟧\n", "if x: \\\n    new(); a\n"),
    "in an else": ("if x:\n    a\nelse:\n    ⟦b⟧\n", "if x:\n    a\nelse:\n    new()\n    b\n"),
    "tabs": ("if x:\n\tif y:\n\t\t⟦a⟧\n", "if x:\n\tif y:\n\t\tnew()\n\t\ta\n"),
    "CRLF": ("a\r\n⟦b⟧\r\n", "a\r\nnew()\r\nb\r\n"),
    "text that is not ASCII": ("'é'\nif x:\n    '😀'; a\n    ⟦b⟧\n", "'é'\nif x:\n    '😀'; a\n    new()\n    b\n"),
}

AFTER = {
    "a line": ("⟦a⟧\nb\n", "a\nnew()\nb\n"),
    "the last line": ("a\n⟦b⟧\n", "a\nb\nnew()\n"),
    "no line end": ("a\n⟦b⟧", "a\nb\nnew()"),
    "no line end, in a body": ("if x:\n    ⟦b⟧", "if x:\n    b\n    new()"),
    "its comment": ("⟦a⟧  # a\nb\n", "a  # a\nnew()\nb\n"),
    "a block": ("⟦if x:\n    a\nelse:\n    b⟧\nc\n", "if x:\n    a\nelse:\n    b\nnew()\nc\n"),
    "a block with a comment at its end": (
        "⟦if x:\n    a⟧\n    # b\n\n    # c\n# d\ne\n",
        "if x:\n    a\n    # b\n\n    # c\nnew()\n# d\ne\n",
    ),
    "a block in a block": ("if x:\n    ⟦if y:\n        a⟧\nb\n", "if x:\n    if y:\n        a\n    new()\nb\n"),
    "a block on one line": ("⟦if x: a⟧\nb\n", "if x: a\nnew()\nb\n"),
    "in a body on the header's line": ("if x: ⟦a⟧\nb\n", "if x: a; new()\nb\n"),
    "on a shared line": ("⟦a⟧; b\n", "a; new(); b\n"),
    "last on a shared line": ("a; ⟦b⟧\n", "a; b; new()\n"),
    "before a semicolon": ("⟦a⟧;\nb\n", "a; new();\nb\n"),
    "a statement over lines": ("⟦a(\n  1,\n)⟧\nb\n", "a(\n  1,\n)\nnew()\nb\n"),
    "a string over lines": ('⟦a = """\n# no comment\n"""⟧\nb\n', 'a = """\n# no comment\n"""\nnew()\nb\n'),
    "CRLF": ("⟦a⟧\r\nb\r\n", "a\r\nnew()\r\nb\r\n"),
}

FIRST = {
    "a function": ("⟦def f():\n    a⟧\n", "def f():\n    new()\n    a\n"),
    "after a docstring": ('⟦def f():\n    """Doc."""\n\n    a⟧\n', 'def f():\n    """Doc."""\n    new()\n\n    a\n'),
    "a docstring alone": ('⟦class A:\n    """Doc."""⟧\n', 'class A:\n    """Doc."""\n    new()\n'),
    "before comments": ("⟦def f():\n    # a\n    a⟧\n", "def f():\n    new()\n    # a\n    a\n"),
    "for pass": ("⟦def f():\n    pass  # yet⟧\n", "def f():\n    new()  # yet\n"),
    "for pass on the header's line": ("⟦def f(): pass⟧\n", "def f(): new()\n"),
    "a body on the header's line": ("⟦def f(): a; b⟧\n", "def f(): new(); a; b\n"),
    "a try": ("⟦try:\n    a\nexcept A:\n    b⟧\n", "try:\n    new()\n    a\nexcept A:\n    b\n"),
    "a handler": (
        "try:\n    a\n⟦except A:\n    b⟧\nelse:\n    c\n",
        "try:\n    a\nexcept A:\n    new()\n    b\nelse:\n    c\n",
    ),
    "a handler that passes": ("try:\n    a\n⟦except A:\n    pass⟧\n", "try:\n    a\nexcept A:\n    new()\n"),
    "a handler in a function": (
        "def f():\n    try:\n        a\n    ⟦except A as b:  # c\n        d⟧\n",
        "def f():\n    try:\n        a\n    except A as b:  # c\n        new()\n        d\n",
    ),
    "an if with an else": ("⟦if a:\n    b\nelse:\n    c⟧\n", "if a:\n    new()\n    b\nelse:\n    c\n"),
    "an elif": ("if a:\n    b\n⟦elif c:\n    d⟧\n", "if a:\n    b\nelif c:\n    new()\n    d\n"),
    "a case": ("match a:\n    ⟦case b:\n        c⟧\n", "match a:\n    case b:\n        new()\n        c\n"),
}

LAST = {
    "a function": ("⟦def f():\n    a⟧\nb\n", "def f():\n    a\n    new()\nb\n"),
    "after a block": ("⟦def f():\n    if a:\n        b⟧\nc\n", "def f():\n    if a:\n        b\n    new()\nc\n"),
    "for pass": ("⟦def f():\n    pass⟧\n", "def f():\n    new()\n"),
    "an if with an else": ("⟦if a:\n    b\nelse:\n    c⟧\n", "if a:\n    b\n    new()\nelse:\n    c\n"),
    "a handler": ("try:\n    a\n⟦except A:\n    b⟧  # c\n", "try:\n    a\nexcept A:\n    b  # c\n    new()\n"),
    "no line end": ("⟦def f():\n    a⟧", "def f():\n    a\n    new()"),
}

INSERTED = [
    pytest.param(marked, where, after, id=f"{where}: {name}")
    for where, table in (("before", BEFORE), ("after", AFTER), ("first", FIRST), ("last", LAST))
    for name, (marked, after) in table.items()
]


@pytest.mark.parametrize(("marked", "where", "after"), INSERTED)
def test_insert(marked: str, where: str, after: str) -> None:
    assert inserted(marked, where) == after


def test_a_block_gets_the_indentation_of_the_file() -> None:
    code = 'with a:\n    # b\n\n    """c\n  d"""\ne'
    assert inserted("if x:\n\t⟦a⟧\n", "after", code) == 'if x:\n\ta\n\twith a:\n\t\t# b\n\n\t\t"""c\n  d"""\n\te\n'
    assert inserted("def f():\n  ⟦a⟧\n", "before", "if b:\n    c") == "def f():\n  if b:\n    c\n  a\n"
    assert inserted("⟦a⟧\r\n", "after", "if b:\n    c") == "a\r\nif b:\r\n    c\r\n"
    assert inserted("⟦a⟧\nif x:\n  b\n", "after", "if b:\n    c") == "a\nif b:\n    c\nif x:\n  b\n"
    assert inserted("⟦a⟧\ndef f():\n  b\n", "after", "if b:\n    c") == "a\nif b:\n  c\ndef f():\n  b\n"


def test_comments_and_empty_lines_of_the_code_come_along() -> None:
    assert inserted("if x:\n    ⟦a⟧\n", "after", "\n# why\nb") == "if x:\n    a\n\n    # why\n    b\n"


def test_inserts_at_one_place_keep_their_order() -> None:
    program = Program("a\nb\n")
    ops = (
        Insert(program.at("a"), "one", "after"),
        Insert(program.at("a"), "two", "after"),
        Insert(program.at("b"), "three", "before"),
    )
    assert program.fixed(*ops) == "a\none\ntwo\nthree\nb\n"


@pytest.mark.parametrize(
    ("marked", "where", "code", "reason"),
    [
        ("if x: ⟦a⟧\n", "before", "if b:\n    c", "shares its line"),
        ("a; ⟦b⟧\n", "after", "if b: c", "shares its line"),
        ("a; ⟦b⟧\n", "after", "c  # d", "shares its line"),
        ("if x:\n    a\n⟦elif y:\n    b⟧\n", "before", CODE, "beside a clause"),
        ("try:\n    a\n⟦except A:\n    b⟧\n", "after", CODE, "beside a clause"),
        ("⟦a⟧\n", "first", CODE, "no body"),
        ("⟦a⟧\n", "after", "b(", "does not parse"),
        ("⟦a⟧\n", "after", "# b", "no statement"),
    ],
)
def test_no_place_for_it(marked: str, where: str, code: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        inserted(marked, where, code)


def replaced(marked: str, code: str) -> str:
    return changed(marked, lambda at: ReplaceStatement(at, code))


REPLACED = {
    "a line": ("a\n⟦b⟧  # b\nc\n", "d", "a\nd  # b\nc\n"),
    "by several": ("if x:\n    ⟦a⟧\n    b\n", "c\nd", "if x:\n    c\n    d\n    b\n"),
    "by a block": ("def f():\n\t⟦a⟧\n", "if b:\n    c", "def f():\n\tif b:\n\t\tc\n"),
    "a block": ("if x:\n    ⟦for a in b:\n        c⟧\n    d\n", "e", "if x:\n    e\n    d\n"),
    "a block by a block": ("⟦if a:\n    b⟧\nc\n", "while d:\n    e\n", "while d:\n    e\nc\n"),
    "on a shared line": ("a; ⟦b⟧; c\n", "d", "a; d; c\n"),
    "in a body on the header's line": ("if x: ⟦a⟧  # a\n", "b; c", "if x: b; c  # a\n"),
    "a comment that the code has too": (
        "⟦if a:\n    b  # c\n    d⟧\n",
        "while a:\n    b  # c",
        "while a:\n    b  # c\n",
    ),
    "CRLF": ("⟦a⟧\r\nb\r\n", "if c:\n    d", "if c:\r\n    d\r\nb\r\n"),
    "decorators too": ("⟦@a\n@b\ndef f(): pass⟧\n", "c", "c\n"),
}


@pytest.mark.parametrize(("marked", "code", "after"), REPLACED.values(), ids=REPLACED)
def test_replace(marked: str, code: str, after: str) -> None:
    assert replaced(marked, code) == after


REMOVED = {
    "a line": ("a\n⟦b⟧\nc\n", "a\nc\n"),
    "the first": ("⟦a⟧\nb\n", "b\n"),
    "the last": ("a\n⟦b⟧\n", "a\n"),
    "the last, no line end": ("a\n⟦b⟧", "a\n"),
    "the only one of a module": ("⟦a⟧\n", ""),
    "the only one of a body": ("if x:\n    ⟦a⟧  # why\n", "if x:\n    pass  # why\n"),
    "the only one on the header's line": ("if x: ⟦a⟧\n", "if x: pass\n"),
    "the only one of an else": ("if x:\n    a\nelse:\n    ⟦b⟧\n", "if x:\n    a\nelse:\n    pass\n"),
    "the only one of a handler": ("try:\n    a\nexcept A:\n    ⟦b⟧\n", "try:\n    a\nexcept A:\n    pass\n"),
    "one of two in a body": ("if x:\n    a\n    ⟦b⟧\nc\n", "if x:\n    a\nc\n"),
    "between empty lines": ("a\n\n⟦b⟧\n\nc\n", "a\n\nc\n"),
    "before a definition": ("a\n\n⟦b⟧\n\n\ndef c(): ...\n", "a\n\n\ndef c(): ...\n"),
    "after a definition": ("def a(): ...\n\n\n⟦b⟧\n\nc\n", "def a(): ...\n\n\nc\n"),
    "at the end, behind empty lines": ("a\n\n\n⟦b⟧\n", "a\n"),
    "at the start of a body": ("def f():\n    ⟦a⟧\n\n    b\n", "def f():\n    b\n"),
    "below its comment": ("a\n# why\n⟦b⟧\nc\n", "a\n# why\nc\n"),
    "over lines": ("a\n⟦b(\n  1\n)⟧\nc\n", "a\nc\n"),
    "a block": ("a\n⟦if x:\n    b\nelse:\n    c⟧\nd\n", "a\nd\n"),
    "first on a shared line": ("⟦a⟧; b\n", "b\n"),
    "in the middle of a shared line": ("a; ⟦b⟧; c\n", "a; c\n"),
    "last on a shared line": ("a; ⟦b⟧  # why\n", "a  # why\n"),
    "last on a shared line in a body": ("if x: a; ⟦b⟧\n", "if x: a\n"),
    "before a semicolon": ("a\n⟦b⟧;\nc\n", "a\nc\n"),
    "CRLF": ("a\r\n\r\n⟦b⟧\r\n\r\nc\r\n", "a\r\n\r\nc\r\n"),
    "tabs": ("if x:\n\ta\n\t⟦b⟧\n", "if x:\n\ta\n"),
}


@pytest.mark.parametrize(("marked", "after"), REMOVED.values(), ids=REMOVED)
def test_remove(marked: str, after: str) -> None:
    assert replaced(marked, "") == after


@pytest.mark.parametrize(
    ("marked", "code", "reason"),
    [
        ("a\n⟦b⟧  # why\nc\n", "", "comment would be lost: # why"),
        ("a\n⟦b(\n    c,  # why\n)⟧\n", "", "comment would be lost: # why"),
        ("if x:\n    ⟦b(\n        c,  # why\n    )⟧\n", "", "comment would be lost: # why"),
        ("⟦if a:\n    # why\n    b⟧\n", "c", "comment would be lost: # why"),
        ("if x:\n    ⟦if a:\n        # why\n        b⟧\n", "c", "comment would be lost: # why"),
        ("if x: ⟦a⟧\n", "if b:\n    c", "shares its line"),
        ("if a:\n    b\n⟦elif c:\n    d⟧\n", "", "beside a clause"),
        ("⟦a⟧\n", "b(", "does not parse"),
    ],
)
def test_what_is_not_replaced(marked: str, code: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        replaced(marked, code)


def test_text_of_comments() -> None:
    program = Program("a = 1  # noqa: ALC601, E501\n# é noqa\n")
    start = len("a = 1  # noqa: ")
    op = TextChange(program.between(start, start + len("ALC601, ")), "")
    assert program.fixed(op, comments_change=True) == "a = 1  # noqa: E501\n# é noqa\n"
