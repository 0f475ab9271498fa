"""Keywords added to, taken from and set in calls of every layout."""

from __future__ import annotations

import pytest
from fixing import Program
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import AddKeyword, RemoveKeyword, SetKeyword

ADDED = {
    "after the others": ("engine = f(url, echo=True)", "engine = f(url, echo=True, k=1)"),
    "to none": ("f()", "f(k=1)"),
    "to none but a blank": ("f( )", "f(k=1)"),
    "after a trailing comma": ("f(a, b,)", "f(a, b, k=1,)"),
    "before **rest": ("f(*a, **rest)", "f(*a, k=1, **rest)"),
    "before **rest alone": ("f(**rest)", "f(k=1, **rest)"),
    "one argument a line": ("f(\n    a,\n    b,\n)", "f(\n    a,\n    b,\n    k=1,\n)"),
    "one argument a line, before **rest": ("f(\n    a,\n    **rest,\n)", "f(\n    a,\n    k=1,\n    **rest,\n)"),
    "no trailing comma": ("f(\n    a,\n    b\n)", "f(\n    a,\n    b,\n    k=1\n)"),
    "one alone on its line": ("f(\n    a\n)", "f(\n    a,\n    k=1\n)"),
    "several on one hanging line": ("f(\n    a, b\n)", "f(\n    a, b, k=1\n)"),
    "several on one hanging line, trailing comma": ("f(\n    a, b,\n)", "f(\n    a, b, k=1,\n)"),
    "aligned with the bracket": ("f(a,\n  b)", "f(a,\n  b,\n  k=1)"),
    "commas first": ("f(a\n  , b)", "f(a\n  , b\n  , k=1)"),
    "a comment behind the last": ("f(\n    a,  # why\n)", "f(\n    a,  # why\n    k=1,\n)"),
    "a comment behind the last, no comma": ("f(\n    a  # why\n)", "f(\n    a,  # why\n    k=1\n)"),
    "a comment behind one of several on a line": ("f(\n    a, b,  # why\n)", "f(\n    a, b,  # why\n    k=1,\n)"),
    "comments below the last": (
        "f(\n    a,  # why\n    # b,\n    # c,\n)",
        "f(\n    a,  # why\n    k=1,\n    # b,\n    # c,\n)",
    ),
    "comments below the last, no comma": ("f(\n    a\n    # b,\n)", "f(\n    a,\n    k=1\n    # b,\n)"),
    "a comment between": ("f(\n    a,  # a\n    b,\n)", "f(\n    a,  # a\n    b,\n    k=1,\n)"),
    "a comment where there is no argument": ("f(  # none\n)", "f(  # none\n    k=1\n)"),
    "a bare generator": ("f(x for x in y)", "f((x for x in y), k=1)"),
    "tabs": ("if x:\n\tf(\n\t\ta,\n\t)", "if x:\n\tf(\n\t\ta,\n\t\tk=1,\n\t)"),
    "CRLF": ("f(\r\n    a,\r\n)\r\n", "f(\r\n    a,\r\n    k=1,\r\n)\r\n"),
    "CRLF without a trailing comma": ("f(\r\n    a\r\n)\r\n", "f(\r\n    a,\r\n    k=1\r\n)\r\n"),
    "continued with a backslash": ("x = \\\n    f(a, \\\n      b)", "x = \\\n    f(a, \\\n      b, \\\n      k=1)"),
    "text that is not ASCII before it": ("'é' + '😀'; f('ü')", "'é' + '😀'; f('ü', k=1)"),
    "in an f-string": ("x = f'{f(a)}'", "x = f'{f(a, k=1)}'"),
    "in a lambda": ("g(lambda: f(a), b)", "g(lambda: f(a, k=1), b)"),
    "in a decorator": ("@f(a)\ndef g():\n    pass", "@f(a, k=1)\ndef g():\n    pass"),
    "in a walrus": ("if (x := f(a)):\n    pass", "if (x := f(a, k=1)):\n    pass"),
    "in a with": ("with f(a) as x, g():\n    pass", "with f(a, k=1) as x, g():\n    pass"),
    "in a class header": ("class A(f(a), metaclass=B):\n    pass", "class A(f(a, k=1), metaclass=B):\n    pass"),
    "in a default": ("def g(x=f(a), /, *y): ...", "def g(x=f(a, k=1), /, *y): ..."),
    "in an elif": ("if a:\n    pass\nelif f(a):\n    pass", "if a:\n    pass\nelif f(a, k=1):\n    pass"),
    "in a guard": (
        "match x:\n    case A() if f(a):\n        pass",
        "match x:\n    case A() if f(a, k=1):\n        pass",
    ),
    "awaited": ("async def g():\n    return await f(a)", "async def g():\n    return await f(a, k=1)"),
    "it has it": ("f(a, k=2)", "f(a, k=2)"),
}


def call_in(code: str) -> str:
    """The code of the call of f: from `f(` to the bracket that closes it."""
    start = code.index("f(") if not code.startswith(("x = f'", "def")) else code.index("f(", 6)
    depth = 0
    for end in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        if depth == 0 and code[end] == ")":
            return code[start : end + 1]
    raise AssertionError(code)


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_add(before: str, after: str) -> None:
    program = Program(before)
    assert program.fixed(AddKeyword(program.at(call_in(before)), "k", "1")) == after


REMOVED = {
    "the last": ("f(a, k=1)", "f(a)"),
    "the only one": ("f(k=1)", "f()"),
    "the only one, with a trailing comma": ("f(k=1,)", "f()"),
    "the first": ("f(k=1, b=2)", "f(b=2)"),
    "in the middle": ("f(a, k=1, b=2)", "f(a, b=2)"),
    "the last, with a trailing comma": ("f(a, k=1,)", "f(a,)"),
    "a line of its own": ("f(\n    a,\n    k=1,\n    b=2,\n)", "f(\n    a,\n    b=2,\n)"),
    "the last line": ("f(\n    a,\n    k=1,\n)", "f(\n    a,\n)"),
    "the last line, no comma": ("f(\n    a,\n    k=1\n)", "f(\n    a\n)"),
    "the only line": ("f(\n    k=1,\n)", "f()"),
    "after a comment on another": ("f(\n    a,  # a\n    k=1,\n)", "f(\n    a,  # a\n)"),
    "after a comment on another, no comma": ("f(\n    a,  # a\n    k=1\n)", "f(\n    a  # a\n)"),
    "after a comment on another, closed at once": ("f(a,  # a\n  k=1)", "f(a  # a\n  )"),
    "before a comment on another": ("f(\n    k=1,\n    b=2,  # b\n)", "f(\n    b=2,  # b\n)"),
    "aligned": ("f(k=1,\n  b=2)", "f(b=2)"),
    "before **rest": ("f(k=1, **rest)", "f(**rest)"),
    "above a comment": ("f(\n    a,\n    k=1,\n    # b,\n)", "f(\n    a,\n    # b,\n)"),
    "CRLF": ("f(\r\n    a,\r\n    k=1,\r\n)\r\n", "f(\r\n    a,\r\n)\r\n"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_remove(before: str, after: str) -> None:
    program = Program(before)
    assert program.fixed(RemoveKeyword(program.at(call_in(before)), "k")) == after


@pytest.mark.parametrize(
    "before",
    [
        "f(\n    a,\n    k=1,  # why\n    b=2,\n)",
        "f(\n    a,\n    k=1  # why\n)",
        "f(\n    k=1,  # why\n)",
        "f(\n    # why\n    k=1,\n)",
        "f(\n    # why\n    k=1,\n    b=2,\n)",
        "f(\n    a,\n    # why\n    k=1,\n    b=2,\n)",
        "f(\n    a,\n    # why\n    k=1\n)",
        "f(a, k=g(\n    1,  # why\n))",
    ],
)
def test_a_keyword_with_a_comment_stays(before: str) -> None:
    program = Program(before)
    with pytest.raises(CannotFix, match="comment would be lost: # why"):
        program.fixed(RemoveKeyword(program.at(call_in(before)), "k"))


def test_set() -> None:
    program = Program("f(a,\n  k = 1,  # one\n  b=2)")
    assert program.fixed(SetKeyword(program.at(call_in("f(a,\n  k = 1,  # one\n  b=2)")), "k", "g(x)")) == (
        "f(a,\n  k = g(x),  # one\n  b=2)"
    )


@pytest.mark.parametrize("op", [RemoveKeyword, SetKeyword])
def test_a_keyword_that_is_not_there(op: type) -> None:
    program = Program("f(a)")
    arguments = ("k",) if op is RemoveKeyword else ("k", "1")
    with pytest.raises(CannotFix, match="no keyword k"):
        program.fixed(op(program.at("f(a)"), *arguments))


def test_a_place_that_is_no_call() -> None:
    program = Program("f(a)")
    with pytest.raises(CannotFix, match="no call"):
        program.fixed(AddKeyword(program.at("a"), "k", "1"))
    with pytest.raises(CannotFix, match="no expression"):
        program.fixed(AddKeyword(program.at("(a"), "k", "1"))


def test_a_value_that_breaks_its_f_string() -> None:
    program = Program("x = f'{g(a)}'")
    with pytest.raises(CannotFix, match="f-string"):
        program.fixed(AddKeyword(program.at("g(a)"), "k", "'b'"))
    assert program.fixed(AddKeyword(program.at("g(a)"), "k", '"b"')) == "x = f'{g(a, k=\"b\")}'"


def test_nested_calls_in_one_fix() -> None:
    program = Program("f(a, g(b), h())")
    ops = [AddKeyword(program.at(code), "k", "1") for code in ("f(a, g(b), h())", "g(b)", "h()")]
    assert program.fixed(*ops) == "f(a, g(b, k=1), h(k=1), k=1)"
    assert program.fixed(*reversed(ops)) == "f(a, g(b, k=1), h(k=1), k=1)"


def test_two_keywords_of_one_call() -> None:
    program = Program("f(\n    a,\n    x=1,\n)")
    call = program.at("f(\n    a,\n    x=1,\n)")
    ops = (AddKeyword(call, "k", "1"), AddKeyword(call, "l", "2"), RemoveKeyword(call, "x"))
    assert program.fixed(*ops) == "f(\n    a,\n    k=1,\n    l=2,\n)"
