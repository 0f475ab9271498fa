"""A call put into a chain, and a list in a keyword made longer."""

from __future__ import annotations

import pytest
from fixing import Program
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import AddImport, ChainCall, ExtendKeyword, Replace

PAST = ("where", "limit")

CHAINED = {
    "alone": ("x = q(A)", "x = q(A).m(b)"),
    "before the others": ("x = q(A).where(1).all()", "x = q(A).m(b).where(1).all()"),
    "a call of the method": ("x = q(A).m(a)", "x = q(A).m(a, b)"),
    "past others": ("x = q(A).where(1).limit(2).m(a).all()", "x = q(A).where(1).limit(2).m(a, b).all()"),
    "not past what may matter": ("x = q(A).union(c).m(a)", "x = q(A).m(b).union(c).m(a)"),
    "not a call": ("x = q(A).m", "x = q(A).m(b).m"),
    "an empty call of the method": ("x = q(A).m()", "x = q(A).m(b)"),
    "behind unpacked arguments": ("x = q(A).m(*a)", "x = q(A).m(*a, b)"),
    "before keywords": ("x = q(A).m(a, k=1, **z)", "x = q(A).m(a, b, k=1, **z)"),
    "one argument a line": ("x = q(A).m(\n    a,\n)", "x = q(A).m(\n    a,\n    b,\n)"),
    "a bare generator": ("x = q(A).m(i for i in a)", "x = q(A).m((i for i in a), b)"),
    "one call a line": (
        "x = (\n    q(A)\n    .where(1)\n    .all()\n)",
        "x = (\n    q(A)\n    .m(b)\n    .where(1)\n    .all()\n)",
    ),
    "one call a line, with comments": (
        "x = (\n    q(A)  # all\n    # but\n    .where(1)\n)",
        "x = (\n    q(A)\n    .m(b)  # all\n    # but\n    .where(1)\n)",
    ),
    "one call a line, CRLF": (
        "x = (\r\n    q(A)\r\n    .where(1)\r\n)\r\n",
        "x = (\r\n    q(A)\r\n    .m(b)\r\n    .where(1)\r\n)\r\n",
    ),
    "the first of a line": ("x = q(A).where(\n    1\n)", "x = q(A).m(b).where(\n    1\n)"),
    "in an f-string": ("x = f'{q(A).where(1)}'", "x = f'{q(A).m(b).where(1)}'"),
    "in a loop's header": ("for x in q(A).where(1):\n    pass", "for x in q(A).m(b).where(1):\n    pass"),
    "something of it is no chain": ("x = f(q(A), 1)", "x = f(q(A).m(b), 1)"),
    "awaited": ("async def g():\n    return await q(A)", "async def g():\n    return await q(A).m(b)"),
}


@pytest.mark.parametrize(("before", "after"), CHAINED.values(), ids=CHAINED)
def test_chain(before: str, after: str) -> None:
    program = Program(before)
    assert program.fixed(ChainCall(program.at("q(A)"), "m", "b", PAST)) == after


def test_chain_with_a_change_of_the_whole_chain() -> None:
    program = Program("x = run(q(A).where(1).m(a))")
    whole = program.at("run(q(A).where(1).m(a))")
    ops = (ChainCall(program.at("q(A)"), "m", "b", PAST), Replace(whole, "{0}.unique()", (whole,)))
    assert program.fixed(*ops) == "x = run(q(A).where(1).m(a, b)).unique()"


def test_no_new_line_in_an_f_string_of_one_line() -> None:
    program = Program('x = f"""{(\n    q(A)\n    .where(1)\n)}"""')
    with pytest.raises(CannotFix, match="f-string"):
        program.fixed(ChainCall(program.at("q(A)"), "m", "b", PAST))


EXTENDED = {
    "no such keyword": ("f(a)", "f(a, k=[x])"),
    "a list": ("f(a, k=[1])", "f(a, k=[1, x])"),
    "an empty list": ("f(k=[])", "f(k=[x])"),
    "a trailing comma": ("f(k=[1,])", "f(k=[1, x,])"),
    "one a line": (
        "f(\n    k=[\n        1,\n        2,\n    ],\n)",
        "f(\n    k=[\n        1,\n        2,\n        x,\n    ],\n)",
    ),
    "a comment": ("f(\n    k=[\n        1,  # one\n    ],\n)", "f(\n    k=[\n        1,  # one\n        x,\n    ],\n)"),
    "a name": ("f(k=these)", "f(k=[*these, x])"),
    "a tuple": ("f(k=(1, 2))", "f(k=[*(1, 2), x])"),
    "a choice": ("f(k=a or b)", "f(k=[*(a or b), x])"),
    "a condition": ("f(k=a if b else c)", "f(k=[*(a if b else c), x])"),
}


@pytest.mark.parametrize(("before", "after"), EXTENDED.values(), ids=EXTENDED)
def test_extend(before: str, after: str) -> None:
    program = Program(before)
    assert program.fixed(ExtendKeyword(program.at(before), "k", "x")) == after


def test_a_relative_import_goes_among_its_like() -> None:
    program = Program("import os\n\nfrom a import b\n\nfrom .models import User\n\nx = f(User)\n")
    place = program.at("f(User)")
    added = program.fixed(AddImport(place, ".things", "Post"), ExtendKeyword(place, "k", "Post"))
    assert added.splitlines()[:6] == [
        "import os",
        "",
        "from a import b",
        "",
        "from .models import User",
        "from .things import Post",
    ]


def test_an_import_joins_a_relative_one() -> None:
    program = Program("from .models import User\nfrom ..models import Tag\n\nx = f(User)\n")
    place = program.at("f(User)")
    added = program.fixed(AddImport(place, ".models", "Post"), ExtendKeyword(place, "k", "Post"))
    assert added.splitlines()[:2] == ["from .models import Post, User", "from ..models import Tag"]
