"""Expressions replaced by templates: parts keep their code, parentheses come where precedence asks."""

from __future__ import annotations

import pytest
from fixing import PATH, Program
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import AddKeyword, Replace
from sqlassay.syntax.place import Place


def replaced(marked: str, template: str) -> str:
    """Replace what stands in ⟦⟧, with what stands in ⟨⟩ inside it as the parts."""
    marks = {"⟦": [], "⟧": [], "⟨": [], "⟩": []}
    text = ""
    for character in marked:
        if character in marks:
            marks[character].append(len(text.encode()))
        else:
            text += character
    program = Program(text)
    at = program.between(marks["⟦"][0], marks["⟧"][0])
    parts = tuple(program.between(*span) for span in zip(marks["⟨"], marks["⟩"], strict=True))
    return program.fixed(Replace(at, template, parts))


REPLACED = {
    "a comparison": ("x = ⟦⟨a⟩ == None⟧", "{0}.is_(None)", "x = a.is_(None)"),
    "nothing taken along": ("f(⟦'SELECT 1'⟧)", "text('SELECT 1')", "f(text('SELECT 1'))"),
    "a loose part": ("x = ⟦⟨a or b⟩⟧", "{0}.c", "x = (a or b).c"),
    "a part in parentheses": ("x = ⟦(⟨a or b⟩) == None⟧", "{0}.is_(None)", "x = (a or b).is_(None)"),
    "parentheses an argument has no need of": (
        "x = ⟦(⟨a == 1⟩) & (⟨b == 2⟩)⟧",
        "and_({0}, {1})",
        "x = and_(a == 1, b == 2)",
    ),
    "parentheses of a tuple stay": ("x = ⟦⟨(1, 2)⟩ in ⟨y⟩⟧", "{1}({0})", "x = y((1, 2))"),
    "parentheses of a generator": ("x = ⟦f⟨(a for a in b)⟩⟧", "g({0}, 1)", "x = g((a for a in b), 1)"),
    "an await": ("async def f():\n    return ⟦⟨await a⟩⟧", "{0}.b", "async def f():\n    return (await a).b"),
    "an awaited part": ("x = ⟦⟨a.b()⟩⟧", "await {0}", "x = await a.b()"),
    "an await under an attribute": ("x = ⟦⟨f()⟩⟧.b", "await {0}", "x = (await f()).b"),
    "a result that binds looser than its place": ("x = not ⟦f(⟨a⟩)⟧", "{0} | b", "x = not a | b"),
    "a result in a sum": ("x = ⟦f(⟨a⟩)⟧ * 2", "{0} + 1", "x = (a + 1) * 2"),
    "the right side of a minus": ("x = 1 - ⟦f(⟨a⟩)⟧", "{0} - 2", "x = 1 - (a - 2)"),
    "the left side of a minus": ("x = ⟦f(⟨a⟩)⟧ - 1", "{0} - 2", "x = a - 2 - 1"),
    "a power": ("x = ⟦f(⟨a⟩)⟧ ** 2", "-{0}", "x = (-a) ** 2"),
    "a comparison in a comparison": ("x = ⟦f(⟨a⟩)⟧ == b", "{0} < 1", "x = (a < 1) == b"),
    "a conditional": ("x = ⟦f(⟨a⟩)⟧ if b else c", "{0} if d else e", "x = (a if d else e) if b else c"),
    "a conditional behind else": ("x = a if b else ⟦f(⟨c⟩)⟧", "{0} if d else e", "x = a if b else c if d else e"),
    "a lambda": ("x = ⟦f(⟨a⟩)⟧()", "lambda: {0}", "x = (lambda: a)()"),
    "a lambda as an argument": ("g(⟦f(⟨a⟩)⟧)", "lambda: {0}", "g(lambda: a)"),
    "a walrus in a test": ("if ⟦f(⟨a⟩)⟧:\n    pass", "(b := {0})", "if (b := a):\n    pass"),
    "a walrus part": ("x = g(⟦⟨b := 1⟩⟧)", "{0}.c", "x = g((b := 1).c)"),
    "a walrus to a keyword": ("g(⟦f(⟨b := 1⟩)⟧)", "h(k={0})", "g(h(k=(b := 1)))"),
    "a number": ("x = ⟦f(⟨1⟩)⟧", "{0}.real", "x = (1).real"),
    "a tuple": ("x = ⟦f(⟨a⟩)⟧", "({0}, b)", "x = (a, b)"),
    "a slice": ("x = y[⟦f(⟨a⟩)⟧]", "{0} + 1", "x = y[a + 1]"),
    "in a tuple": ("x = ⟦f(⟨a⟩)⟧, 1", "{0} or b", "x = a or b, 1"),
    "in a comprehension": (
        "x = [y for y in ⟦f(⟨a⟩)⟧ if y]",
        "{0} if b else c",
        "x = [y for y in (a if b else c) if y]",
    ),
    "starred": ("g(*⟦f(⟨a⟩)⟧)", "{0} or b", "g(*a or b)"),
    "starred in a list": ("x = [*⟦f(⟨a⟩)⟧]", "{0} or b", "x = [*(a or b)]"),
    "the place's own parentheses stay": ("x = (⟦⟨a⟩ == None⟧) | b", "{0}.is_(None)", "x = (a.is_(None)) | b"),
    "parentheses that bound the part too": ("x = (⟦⟨a⟩⟧)", "{0} or b", "x = (a or b)"),
    "the place with its parentheses": ("x = ⟦(⟨a⟩ == None)⟧ | b", "{0}.is_(None)", "x = (a.is_(None)) | b"),
    "parts in another order, one twice": ("x = ⟦f(⟨a⟩, ⟨b⟩)⟧", "{1}({0}, {0})", "x = b(a, a)"),
    "a subscript of a string": ("x = ⟦⟨r['é']⟩ == ⟨'ü'⟩⟧", "{0}.eq({1})", "x = r['é'].eq('ü')"),
    "behind text that is not ASCII": ("'😀'; x = ⟦⟨a⟩ == None⟧", "{0}.is_(None)", "'😀'; x = a.is_(None)"),
    "over lines in brackets": (
        "x = f(\n    ⟦⟨a⟩\n    == None⟧,  # why\n)",
        "{0}.is_(None)",
        "x = f(\n    a.is_(None),  # why\n)",
    ),
    "a part over lines": ("x = ⟦[\n    ⟨a +\n    b⟩\n][0]⟧", "{0}", "x = (a +\n    b)"),
    "a part over lines in a header": (
        "for x in ⟦[\n    ⟨a +\n    b⟩\n]⟧:\n    pass",
        "{0}",
        "for x in (a +\n    b):\n    pass",
    ),
    "a header in parentheses over lines": (
        "if (\n    ⟦⟨a⟩\n    == None⟧\n):\n    pass",
        "{0}.is_(None)",
        "if (\n    a.is_(None)\n):\n    pass",
    ),
    "a backslash": ("x = ⟦⟨a⟩ \\\n    == None⟧", "{0}.is_(None)", "x = a.is_(None)"),
    "a comment in a part": ("x = f(⟦⟨g(  # g\n    a,  # a\n)⟩⟧)", "h({0})", "x = f(h(g(  # g\n    a,  # a\n)))"),
    "an expression statement": ("⟦⟨f(a)⟩⟧", "{0}.b", "f(a).b"),
    "a return": ("def f():\n    return(⟦⟨a⟩ == None⟧)", "{0}.is_(None)", "def f():\n    return(a.is_(None))"),
    "a return without a blank": ("def f():\n    return⟦⟨'a'⟩⟧", "text({0})", "def f():\n    return(text('a'))"),
    "a yield": ("def f():\n    x = yield ⟦⟨a⟩⟧", "{0} or b", "def f():\n    x = yield a or b"),
    "a decorator": ("@⟦⟨a.b⟩⟧\ndef f(): ...", "{0}()", "@a.b()\ndef f(): ..."),
    "a default": ("def f(x=⟦⟨a⟩⟧, *, y): ...", "{0} or b", "def f(x=a or b, *, y): ..."),
    "an annotation": ("def f(x: ⟦⟨A⟩⟧ = 1) -> B: ...", "Annotated[{0}, 1]", "def f(x: Annotated[A, 1] = 1) -> B: ..."),
    "a base": ("class A(⟦⟨B⟩⟧, C):\n    pass", "f({0})", "class A(f(B), C):\n    pass"),
    "an exception": (
        "try:\n    pass\nexcept ⟦⟨A⟩⟧ as e:\n    pass",
        "({0}, B)",
        "try:\n    pass\nexcept (A, B) as e:\n    pass",
    ),
    "in an f-string": ("x = f'{⟦⟨a⟩ == None⟧}'", "{0}.is_(None)", "x = f'{a.is_(None)}'"),
    "one line with its body": ("if ⟦⟨a⟩ == None⟧: f()", "{0}.is_(None)", "if a.is_(None): f()"),
    "in a body on the header's line": ("if b: f(⟦⟨a⟩ == None⟧); g()", "{0}.is_(None)", "if b: f(a.is_(None)); g()"),
    "CRLF": ("x = f(\r\n    ⟦⟨a⟩ == None⟧,\r\n)\r\n", "{0}.is_(None)", "x = f(\r\n    a.is_(None),\r\n)\r\n"),
    "tabs": ("if x:\n\tif y:\n\t\tf(⟦⟨a⟩ == None⟧)", "{0}.is_(None)", "if x:\n\tif y:\n\t\tf(a.is_(None))"),
}


@pytest.mark.parametrize(("marked", "template", "after"), REPLACED.values(), ids=REPLACED)
def test_replace(marked: str, template: str, after: str) -> None:
    assert replaced(marked, template) == after


REFUSED = {
    "a comment would go": ("x = f(\n    ⟦⟨a⟩  # why\n    == None⟧\n)", "{0}.is_(None)", "comment would be lost: # why"),
    "a quote in an f-string": ("x = f'{⟦⟨a⟩⟧}'", "{0}['b']", "f-string"),
    "no expression": ("x = a + ⟦⟨b + c⟩⟧", "{0}", "no expression"),
    "half a statement": ("x = ⟦1\ny⟧ = 2", "{0}", "not inside one statement"),
}


@pytest.mark.parametrize(("marked", "template", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(marked: str, template: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        replaced(marked, template)


def test_a_part_brings_its_own_changes() -> None:
    program = Program("x = f(g(a))")
    ops = (Replace(program.at("f(g(a))"), "h({0})", (program.at("g(a)"),)), AddKeyword(program.at("g(a)"), "k", "1"))
    assert program.fixed(*ops) == "x = h(g(a, k=1))"
    assert program.fixed(*reversed(ops)) == "x = h(g(a, k=1))"


def test_a_keyword_for_the_call_that_a_template_takes_in() -> None:
    program = Program("x = f(a)")
    call = program.at("f(a)")
    assert program.fixed(AddKeyword(call, "k", "1"), Replace(call, "{0}.b", (call,))) == "x = f(a, k=1).b"
    with pytest.raises(CannotFix, match="no call"):
        program.fixed(Replace(call, "{0}.b", (call,)), AddKeyword(call, "k", "1"))


def test_a_part_of_another_statement() -> None:
    program = Program("a = g(\n    1,\n)\nx = f(a)")
    ops = (Replace(program.at("f(a)"), "h({0})", (program.at("g(\n    1,\n)"),)),)
    assert program.fixed(*ops) == "a = g(\n    1,\n)\nx = h(g(\n    1,\n))"


def test_a_statement_that_is_gone() -> None:
    program = Program("x = f(a)")
    with pytest.raises(CannotFix, match="not there any more"):
        program.fixed(Replace(Place(PATH, "def f", 0, 1), "b"))
    with pytest.raises(CannotFix, match="not there any more"):
        program.fixed(Replace(program.at("f(a)"), "{0}", (Place(PATH, "def f", 0, 1),)))
