"""A statement that does not parse silences itself: what is around it is lowered as if it were whole."""

from __future__ import annotations

import random
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.source import SourceText, Unreadable

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = ("asyncio/queues.py", "contextlib.py", "sched.py", "socketserver.py", "tempfile.py")


def parse(text: str) -> ParsedModule:
    return Parser().parse(SourceText.from_str(text))


def outline(module: ParsedModule) -> list[str]:
    """The statements of a module, blocks indented, each by the first line of its code. `!` marks what is Broken."""
    lines: list[str] = []
    for statement in module.statements:
        lines += _outline(statement.node, statement.text, "")
    return lines


def _outline(node: n.Node, text: bytes, indent: str) -> Iterator[str]:
    code = text[node.start : node.end].decode()
    broken = isinstance(node, n.Broken)
    yield indent + ("! " if broken else "") + (code if broken else code.splitlines()[0])
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        for child in getattr(node, name, ()):
            yield from _outline(child, text, indent + "  ")


CASES = {
    "an open bracket": (
        dedent("""\
        import os
        def f():
            x = foo(
            y = 1
            return y
        def g(): pass
        """),
        ["import os", "def f():", "  ! x = foo(", "  y = 1", "  return y", "def g(): pass", "  pass"],
    ),
    "an open bracket over lines": (
        dedent("""\
        x = (
            a,
            b

        y = 1
        """),
        ["! x = (\n    a,\n    b", "y = 1"],
    ),
    "an open bracket in brackets": (
        dedent("""\
        def f():
            x = (
                select(A)
                .where(
                .limit(3)
            )
            return x
        """),
        ["def f():", "  ! x = (\n        select(A)\n        .where(\n        .limit(3)\n    )", "  return x"],
    ),
    "a bracket too many": ("a\nfoo(b))\nc\n", ["a", "! foo(b))", "c"]),
    "a bracket alone": ("a\n)\nb\n", ["a", "! )", "b"]),
    "a dot": ("def f():\n    x = a.\n    y = 2\n", ["def f():", "  ! x = a.", "  y = 2"]),
    "a dot at the margin": ("x = a.\ny = 2\n", ["! x = a.", "y = 2"]),
    "a dot before a comment": ("x = a.  # why\ny = 2\n", ["! x = a.", "y = 2"]),
    "an equals sign": ("x =\ny = 2\n", ["! x =", "y = 2"]),
    "an operator": ("def f():\n    a +\n    b\n", ["def f():", "  ! a +", "  b"]),
    "a word": ("if a:\n    x = not\n    b\n", ["if a:", "  ! x = not", "  b"]),
    "an annotation": ("x:\ny()\n", ["! x:", "y()"]),
    "two annotations": ("x: A[B]:\n    c\ny\n", ["! x: A[B]:\n    c", "y"]),
    "an import": ("from a\nimport b\n", ["! from a", "import b"]),
    "an open string": ("x = 'abc\ny = 'd'\n", ["! x = 'abc", "y = 'd'"]),
    "two open strings": ("x = 'abc\ny = 'd\nz\n", ["! x = 'abc", "! y = 'd", "z"]),
    "an open docstring": (
        dedent("""\
        class A:
            def a(self):
                '''Never closed
                return 1
            def b(self):
                '''Closed.'''
                return 2
        x = 1
        """),
        [
            "class A:",
            "  def a(self):",
            "    ! '''Never closed",
            "    return 1",
            "  def b(self):",
            "    '''Closed.'''",
            "    return 2",
            "x = 1",
        ],
    ),
    "an open string at the margin": (
        "x = '''\ndef f():\n    '''Doc.'''\ny = 1\n",
        ["! x = '''", "def f():", "  '''Doc.'''", "y = 1"],
    ),
    "a header of a loop": (
        "def f():\n    for x in y.:\n        a\n    else:\n        b\n    c\n",
        ["def f():", "  for x in y.:", "    a", "    b", "  c"],
    ),
    "headers of blocks": (
        dedent("""\
        @a
        async def f(self, b=:
            with A() as a, B(:
                if a.b. and c:
                    d
                elif e:
                    f
            async for x in y.z
                while x :=:
                    g
        h
        """),
        [
            "@a",
            "  with A() as a, B(:",
            "    if a.b. and c:",
            "      d",
            "      elif e:",
            "        f",
            "  async for x in y.z",
            "    while x :=:",
            "      g",
            "h",
        ],
    ),
    "a header with an open bracket": (
        "def f(self, a: B[int:\n    a = 1\n    with a(b as c:\n        d\ne\n",
        ["def f(self, a: B[int:", "  a = 1", "  with a(b as c:", "    d", "e"],
    ),
    "a header too short for what stands in for it": ("a\ndef f(:\n    b\nc\n", ["a", "! def f(:\n    b", "c"]),
    "a header over lines": (
        "def f(\n    a,\n    b.\n) -> C:\n    return a\nd\n",
        ["def f(", "  return a", "d"],
    ),
    "a header over lines with an open bracket": ("if (a and\n        b:\n    c\nd\n", ["if (a and", "  c", "d"]),
    "a header without a colon": ("a\ndef f()\n    b\nc\n", ["a", "! def f()\n    b", "c"]),
    "a header of a class": (
        "class A(B, c.):\n    x = 1\n    def f(self): pass\ny = 1\n",
        ["class A(B, c.):", "  x = 1", "  def f(self): pass", "    pass", "y = 1"],
    ),
    "a header of an except clause": (
        "try:\n    a\nexcept B as\n    c\nfinally:\n    d\n",
        ["try:", "  a", "  except B as", "    c", "  d"],
    ),
    "a header of an elif": (
        "if a:\n    b\nelif c d:\n    e\nelse:\n    f\n",
        ["if a:", "  b", "  elif c d:", "    e", "    f"],
    ),
    "a header of a case": (
        "match a:\n    case 1 if:\n        b\n    case c:\n        d\n",
        ["match a:", "  case 1 if:", "    b", "  case c:", "    d"],
    ),
    "an else without a colon": ("if a:\n    b\nelse\n    c\nd\n", ["! if a:\n    b\nelse\n    c", "d"]),
    "an else of nothing": ("a\nelse:\n    b\nc\n", ["a", "! else:\n    b", "c"]),
    "a decorator": ("@a(\ndef f():\n    b\nc\n", ["! @a(\ndef f():\n    b", "c"]),
    "a decorated header": ("a\n@b\ndef f(:\n    c\nd\n", ["a", "! @b\ndef f(:\n    c", "d"]),
    "a decorator of nothing": ("class A:\n    @a\n    x = 1\n", ["class A:", "  ! @a", "  x = 1"]),
    "a try without handlers": ("def f():\n    try:\n        a\n    b\n", ["def f():", "  try:", "    a", "  b"]),
    "a block without statements": ("def f():\n    for x in y:\n    a\n", ["def f():", "  for x in y:", "  a"]),
    "the start of a file": ("    x = )\ny = 1\n", ["! x = )", "y = 1"]),
    "a tab": ("if a:\n\tb(\n\tc\n", ["if a:", "  ! b(", "  c"]),
    "CRLF": ("def f():\r\n    x = a.\r\n    y = (\r\n        1,\r\n    )\r\n", ["def f():", "  ! x = a.", "  y = ("]),
    "a lone CR": ("x = a.\ry = 2\r", ["! x = a.", "y = 2"]),
    "not ASCII": ("é = 'ü'.\nd = 'ß'\n", ["! é = 'ü'.", "d = 'ß'"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_around_it_stays(name: str) -> None:
    text, expected = CASES[name]
    module = parse(text)
    assert outline(module) == expected
    assert module.broken


@pytest.mark.parametrize(
    "text",
    [
        "x = (\n    a.\n    b\n)\n",
        "x = [\n    a +\n    b for c in\n    d\n]\n",
        "x = a + \\\n    b\n",
        "from a import (\n    b as\n    c,\n)\n",
        "x = f(lambda:\n      a)\n",
        "x = {a:\n     b}\n",
        "with (\n    a as\n    b\n): pass\n",
        "def f(\n    a=\n    1\n): pass\n",
        "x = '''\na.\n'''\n",
        '"""It ends with a dot.\n\nAnd isn\'t code."""\n',
        "x = a  # and\ny = b  # it's.\n",
        "x = 'a\\\nb'\n",
        "if (a and\n        b):\n    c\n",
        "x = a[\n    b\n    :c\n]\n",
        "def f():\n    from a import b\n    import c\n",
    ],
)
def test_lines_that_do_go_on(text: str) -> None:
    module = parse(text)
    assert not module.broken
    assert not module.damaged


def test_what_a_lost_header_said_is_opaque() -> None:
    (statement,) = parse("try:\n    a\nexcept B as\n    c\n").statements
    assert isinstance(statement.node, n.Try)
    (handler,) = statement.node.handlers
    assert (type(handler.type), handler.name) == (n.Opaque, None)
    (statement,) = parse("class A(B, c.):\n    x = 1\n").statements
    assert isinstance(statement.node, n.ClassDef)
    assert (statement.anchor, statement.node.name, statement.node.name_start) == ("class A", "A", 6)
    assert [type(base) for base in statement.node.bases] == [n.Opaque]
    (statement,) = parse("match a:\n    case 1 if:\n        b\n").statements
    assert isinstance(statement.node, n.Match)
    assert [(case.captures, type(case.guard)) for case in statement.node.cases] == [((), n.Opaque)]


def test_what_a_lost_header_binds_is_bound() -> None:
    (function,) = parse("async def get(self, *args, a: A[int, str]=, b.\n) -> C:\n    return 1\n").statements
    assert isinstance(function.node, n.FunctionDef)
    assert (function.anchor, function.node.name, function.node.name_start) == ("def get", "get", 10)
    assert {"self", "args", "a", "b"} <= {param.name for param in function.node.params}
    assert function.node.is_async
    (loop, block) = parse("for a, (b, c) in d.:\n    e\nwith A() as b, C(as d:\n    e\n").statements
    assert isinstance(loop.node, n.For)
    assert isinstance(block.node, n.With)
    (item,) = block.node.items
    assert (type(loop.node.iter), type(item.context)) == (n.Opaque, n.Opaque)
    targets = [target.elts for target in (loop.node.target, item.target) if isinstance(target, n.TupleExpr)]
    assert [[name.id for name in names if isinstance(name, n.Name)] for names in targets] == [
        ["a", "b", "c"],
        ["b", "d"],
    ]


# ------------------------------------------------------------ damaged real files


def damaged(line: str, draw: random.Random) -> str:
    """One line as it is while somebody types in it."""
    content = line.strip()
    cut = draw.randrange(1, len(content)) if len(content) > 1 else 1
    kinds = [
        line[: line.index(content) + cut],
        line + "(",
        line + ".",
        line + " =",
        line.replace("(", "", 1),
        line.replace(")", "", 1),
        line.replace("'", "", 1) if "'''" not in line else line,
        line.removesuffix(":"),
    ]
    return draw.choice(kinds)


@pytest.mark.parametrize("name", FILES)
def test_damage_to_one_line_stays_in_its_statement(name: str) -> None:
    text = (STDLIB / name).read_text(encoding="utf-8")
    whole = parse(text)
    lines = text.split("\n")
    draw = random.Random(name)
    done = 0
    while done < 12:
        index = draw.randrange(len(lines))
        if not lines[index].strip() or lines[index].lstrip().startswith("#"):
            continue
        new = damaged(lines[index], draw)
        module = parse("\n".join([*lines[:index], new, *lines[index + 1 :]]))
        if not module.damaged:
            continue
        done += 1
        start = sum(len(line.encode()) + 1 for line in lines[:index])
        end = start + len(lines[index].encode())
        elsewhere = Counter(
            statement.text for statement in whole.statements if statement.end < start or statement.start > end
        )
        found = Counter(statement.text for statement in module.statements if not statement.broken)
        assert elsewhere - found == Counter(), f"{name}:{index + 1}: {new!r}"


def test_the_same_text_is_lowered_the_same_in_broken_company() -> None:
    text = (STDLIB / "contextlib.py").read_text(encoding="utf-8")
    whole = {statement.text: statement.node for statement in parse(text).statements}
    broken = parse(text + "\nx = foo(\n").statements
    assert [statement.node == whole[statement.text] for statement in broken[:-1]] == [True] * (len(broken) - 1)
    assert isinstance(broken[-1].node, n.Broken)


def check(module: ParsedModule) -> None:
    """Everything is inside everything it should be inside of."""
    done = 0
    for statement in module.statements:
        assert done <= statement.start <= statement.end <= len(module.source.data)
        done = statement.end
        todo: list[n.Node] = [statement.node]
        while todo:
            node = todo.pop()
            assert 0 <= node.start <= node.end <= len(statement.text)
            for field in node.__struct_fields__:
                value = getattr(node, field)
                todo += [each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, n.Node)]
    assert len(module.by_anchor) == len(module.statements)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere(name: str) -> None:
    data = (STDLIB / name).read_bytes()
    draw = random.Random(name)
    for _ in range(4):
        start = draw.randrange(len(data))
        for cut in (data[:start], data[start:], data[:start] + data[start + draw.randrange(100) :]):
            try:
                source = SourceText.from_bytes(cut)
            except Unreadable:
                continue
            check(Parser().parse(source))


@pytest.mark.parametrize("seed", range(8))
def test_noise(seed: int) -> None:
    draw = random.Random(seed)
    pieces = '( ) [ ] { } " \' \'\'\' """ \\ # . , : = @ f" \0 \t \x0c \r \n é 𝄞 def class if else: try: lambda'.split(
        " "
    )
    for _ in range(20):
        check(parse("".join(draw.choices(pieces, k=draw.randrange(200)))))
