"""Lowering agrees with `ast`, on real files and on what tree-sitter's grammar sees differently from Python."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.parser import ParsedModule, Parser
from sqlassay.syntax.source import SourceText
from syntax.reference import ast_shapes, first_difference, lowered_shapes

STDLIB = Path(sysconfig.get_path("stdlib"))
MODULES = (
    "argparse.py",
    "asyncio/base_events.py",
    "configparser.py",
    "dataclasses.py",
    "email/_header_value_parser.py",
    "enum.py",
    "fractions.py",
    "functools.py",
    "http/cookies.py",
    "statistics.py",
    "test/test_coroutines.py",
    "test/test_patma.py",
    "test/test_named_expressions.py",
    "test/test_positional_only_arg.py",
    "test/test_unpack_ex.py",
    "typing.py",
)


def parse(text: str) -> ParsedModule:
    return Parser().parse(SourceText.from_str(text))


def lowered(text: str) -> Any:
    """The only statement of a text."""
    (statement,) = parse(text).statements
    return statement.node


def expression(text: str) -> Any:
    return lowered(text).value


@pytest.mark.parametrize("name", MODULES)
def test_agrees_with_ast_on_real_files(name: str) -> None:
    path = STDLIB / name
    if not path.exists():
        pytest.skip(f"this Python has no {name}")
    source = SourceText.from_bytes(path.read_bytes())
    module = Parser().parse(source)
    assert first_difference(lowered_shapes(module), ast_shapes(source.data)) is None
    assert not module.broken


SNIPPETS = r"""
a, b
x = a,
x = y = z, w
x[a,]
x[a, b:c, ::d]
x[1:2]
[*a.b, c]
[*a[0], *b(c), *d.e().f]
[*a + b]
{*a.b}
x = *a.b, c
f(*a if b else c)
f(**a if b else c)
f(*a or b, *not c)
(a := b if c else d)
[a := b if c else d, e]
f((a := b), c=(d := e))
lambda: b if c else d
lambda a, /, b, *c, d=1, **e: (a, b)
lambda *, a: a
not a in b
a < b <= c is not d not in e
a and b and (c and d) or e
a ** -b ** c
a & b ^ c
a ^ b & c
a & b & c ^ d ^ e & f | g & h
(a) & (b) ^ (c)
- 1
a if b else c if d else e
(yield)
await a
x = await a, b
print(a), b
print
exec(x)
match = case = type = 1
match.case(type)
match[x]
type(x).y = z
type(x).y.z: int = 3
async def f(): return [x async for x in y if await z]
{a: b, **c, 'd': e}
{k: v for k, v in a if b if c for d in k}
{a for a in b}
f(a for a in b)
f((a for a in b), c)
for x in *a, b: pass
for x, in a: pass
for (x, y), [z] in a: break
else: continue
for x.y in z: pass
while a: b; c
with a as b, c(d) as (e, f): pass
with (a as b, c): pass
with (a, b) as c: pass
with (a as b): pass
with (a): pass
with (a), b: pass
with (yield a) as b: pass
try: a
except (B, C) as d: e
except F: g
else: h
finally: i
def f(a, b: int = 1, /, c: 'x' = 2, *args: a.b, d, e=3, **kw: k[l]) -> list[int] | None: 'doc'
@a.b
@c(d)  # why
class A(B, *C, metaclass=D, **e):
    '''doc'''
    x: int
    y: Mapped[Optional["Z"]] = z
def f():
    # a comment first
    "doc" "string"
def f(x: dict[str, Any] | str | None, y: A | list[int] | B[str] | None): pass
x: Callable[[int], str] | None = None
x: a.b[c, d]
x: "A" = 1
x: (A)
(x): int = 1
x.y: int = 1
x[0]: int
global a, b
del a, b[0], (c, d)
del (a)
assert a, b
raise A from b
raise
return
import a.b as c, d.e
from . import a
from .. import (a as b, c,)
from ...a.b import *
from __future__ import annotations
x = ...
x = 0xFF + 0o17 + 0b1_0 + 1_000 + 1e5 + 1_0.5e-3 + .5 + 5. + 1j + 1E5J
x = 123456789012345678901234567890
"a" 'b' "\n\x41\u0041\U00000041\101\N{BULLET}\q\
c"
r"\n" R'\'' u"x"
b"x" rb"\x"
'''a
b'''
""
f"a{b}c" "d{e}" f'{f!r:>{g}}{{h}}'
f"{a=}{b = !s}{c=:d}"
f"{x:=10}"
f"{a, b} {*c, }"
f"\N{BULLET}{a}\{b}\n{{"
rf"\d{a}\{b}"
rf'`{a}\''
f'''{
a}
'''
"\ud800"
é = ﬁ = 1
x = "é" + é
a = \
  b
a; b; c;
if a: b
elif c: d
elif e: f
else: g
if (a := b): pass
x = (  # why
    a  # because
    .b  # of
    ()
)
f(
    a,  # first
    # second
    b=c,
)
x = [
    # nothing
]
"""


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_agrees_with_ast_where_the_grammar_differs() -> None:
    module = parse(SNIPPETS)
    assert first_difference(lowered_shapes(module), ast_shapes(SNIPPETS.encode())) is None
    assert len(module.statements) > 100
    assert not module.broken


@pytest.mark.skipif(sys.version_info < (3, 11), reason="newer than this Python")
@pytest.mark.parametrize("text", ["x[*a]\n", "def f(*args: *Ts): pass\n", "try: a\nexcept* B as c: d\n"])
def test_agrees_with_ast_on_what_came_with_3_11(text: str) -> None:
    assert first_difference(lowered_shapes(parse(text)), ast_shapes(text.encode())) is None


# ------------------------------------------------- newer than the running Python


def test_type_parameters() -> None:
    function = lowered("def f[T: int, *Ts, **P](x: T) -> list[T]: pass\n")
    assert [param.name for param in function.params] == ["x"]
    assert isinstance(function.returns, n.Subscript)
    cls = lowered("class A[T: (int, str), U](B[T], c=d): pass\n")
    assert cls.name == "A"
    assert [type(base) for base in cls.bases] == [n.Subscript]


@pytest.mark.parametrize(
    "head",
    [
        "class A[T = int](B):",
        "class A[T: (int, str) = int, *U = *tuple[int, ...], **P = [int]](B):",
        "class A[\n    T = dict[str, int],\n](B):",
        "async def f[T = int](a: T = 1) -> T:",
    ],
)
def test_defaults_of_type_parameters(head: str) -> None:
    module = parse(f"x = 1\n{head}\n    y = 2\nz = 3\n")
    assert not module.broken
    node: Any = module.statements[1].node
    assert [type(statement) for statement in node.body] == [n.Assign]
    if isinstance(node, n.ClassDef):
        assert [type(base) for base in node.bases] == [n.Name]
    else:
        assert [(param.name, type(param.default)) for param in node.params] == [("a", n.Constant)]


def test_type_alias() -> None:
    alias = lowered("type X[T] = list[T]\n")
    assert (alias.name, type(alias.value)) == ("X", n.Subscript)


def test_except_without_brackets() -> None:
    (handler,) = lowered("try: a\nexcept B, C: d\n").handlers
    assert [name.id for name in handler.type.elts] == ["B", "C"]


def test_quotes_inside_a_hole_of_an_fstring() -> None:
    value = expression('f"{a["b"]} {c!r:{d["e"]}}"\n')
    holes = [part for part in value.parts if isinstance(part, n.Formatted)]
    assert [(type(hole.value).__name__, hole.conversion, hole.spec) for hole in holes] == [
        ("Subscript", "", ""),
        ("Name", "r", '{d["e"]}'),
    ]


def test_template_string() -> None:
    value = expression('t"select {a}" "b"\n')
    assert (type(value), value.template, len(value.parts)) == (n.FString, True, 3)


def test_captures_of_patterns() -> None:
    match = lowered(
        "match a, b:\n"
        "  case A(b, c=d) | E.f if g: pass\n"
        "  case {'a': z, F.g: h, **rest}: pass\n"
        "  case [a, *b, _, (c, 1 | -2 as k)]: pass\n"
        "  case None | 'x': pass\n"
        "  case x, y: pass\n"
        "  case _: pass\n"
    )
    assert [case.captures for case in match.cases] == [
        ("b", "d"),
        ("z", "h", "rest"),
        ("a", "b", "c", "k"),
        (),
        ("x", "y"),
        (),
    ]
    assert [case.guard is not None for case in match.cases] == [True, False, False, False, False, False]
    assert isinstance(match.subject, n.TupleExpr)


# ------------------------------------------------------------------- old Python


@pytest.mark.parametrize("text", ["print x\n", "print >>f, x\n", "exec x\n", "raise A, 'b'\n", "def f(): print x\n"])
def test_python_2_is_broken(text: str) -> None:
    module = parse("a = 1\n" + text + "b = 2\n")
    assert [statement.broken for statement in module.statements] == [False, True, False]


# ------------------------------------------------------------------------- rest


def test_serialisable_and_back() -> None:
    for statement in Parser().parse(SourceText.from_bytes((STDLIB / "argparse.py").read_bytes())).statements:
        packed = msgspec.msgpack.encode(statement.node)
        assert msgspec.msgpack.decode(packed, type=n.Stmt) == statement.node


def test_offsets_count_from_the_statement() -> None:
    text = "é = 1\n\n\nx = f(a)\n"
    statement = parse(text).statements[1]
    assert (statement.start, statement.end, statement.text) == (9, 17, b"x = f(a)")
    call = statement.node.value  # type: ignore[union-attr]
    assert statement.text[call.start : call.end] == b"f(a)"


def test_compound_statements_end_with_their_last_statement() -> None:
    function = lowered("def f():\n    if a:\n        b\n    # a comment\n")
    assert function.end == len("def f():\n    if a:\n        b")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("list[Order]", n.Subscript), ("a.b | None", n.BinOp), (" A ", n.Name), ("A[\nB]", n.Subscript), ("é", n.Name)],
)
def test_expression_from(text: str, kind: type) -> None:
    value = expression_from(text)
    assert type(value) is kind
    assert text.encode()[value.start : value.end].decode() == text.strip()


@pytest.mark.parametrize("text", ["", "a b", "a = 1", "a)", "a) + (b", "import x", "a.", "a\nb", "#", "(" * 3])
def test_expression_from_something_else(text: str) -> None:
    assert expression_from(text) is None
