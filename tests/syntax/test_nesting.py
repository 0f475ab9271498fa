"""Code that nests without end is looked into as far as makes sense, and no further."""

from __future__ import annotations

import msgspec
import pytest
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lowering import MAX_BLOCKS, MAX_DEPTH
from sqlassay.syntax.parser import Parser
from sqlassay.syntax.source import SourceText

DEEPEST = 4 * MAX_DEPTH

EXPRESSIONS = {
    "brackets": "(" * 2000 + "1" + ")" * 2000,
    "lists": "[" * 2000 + "]" * 2000,
    "dicts": "{1: " * 2000 + "1" + "}" * 2000,
    "calls": "f(" * 2000 + ")" * 2000,
    "sum": " + ".join(["a"] * 3000),
    "mixed sum": " & ".join(["a ^ b"] * 3000),
    "union": " | ".join(["A[b]"] * 3000),
    "chain": "a" + ".b()" * 3000,
    "subscripts": "a" + "[0]" * 3000,
    "not": "not " * 3000 + "a",
    "minus": "-" * 3000 + "a",
    "await": "await " * 3000 + "a",
    "and": " and ".join(["a"] * 3000),
    "comparison": " < ".join(["a"] * 3000),
    "lambdas": "lambda: " * 3000 + "a",
    "conditionals": "a if b else " * 3000 + "c",
    "walrus": "(a := " * 2000 + "1" + ")" * 2000,
    "strings": '"a" ' * 3000,
    "holes": "f'{" * 100 + "1" + "}'" * 100,
}

MODULES = {
    **{name: f"x = {text}\n" for name, text in EXPRESSIONS.items()},
    "annotation": f"x: {EXPRESSIONS['union']}\n",
    "generic types": "x: " + "A[" * 1000 + "b" + "]" * 1000 + "\n",
    "blocks": "".join(" " * i + "if a:\n" for i in range(300)) + " " * 300 + "b\n",
    "classes": "".join(" " * i + "class A:\n" for i in range(300)) + " " * 300 + "b\n",
    "elifs": "if a:\n b\n" + "elif c:\n d\n" * 3000,
    "patterns": "match x:\n case " + "[" * 2000 + "]" * 2000 + ": pass\n",
    "decorators": "@a\n" * 3000 + "def f(): pass\n",
    "targets": " = ".join(["a"] * 3000) + "\n",
    "statements": ";".join(["a"] * 3000) + "\n",
    "never closed": "(" * 2000 + "\nx = 1\n",
    "never opened": ")" * 2000 + "\nx = 1\n",
    "calls never closed": "foo(\n" * 1000,
    "tries": "try:\n" * 1000,
    "elses": "else:\n" * 1000,
    "dots": "a" + ".\n" * 1000,
    "quotes": "'''\n\"\"\"\n" * 501,
    "headers without bodies": "".join(" " * i + "if a:\n" for i in range(200)),
}


def depth(root: n.Node) -> int:
    deepest, todo = 0, [(root, 1)]
    while todo:
        node, level = todo.pop()
        deepest = max(deepest, level)
        for field in node.__struct_fields__:
            value = getattr(node, field)
            children = value if isinstance(value, tuple) else (value,)
            todo += [(each, level + 1) for each in children if isinstance(each, n.Node)]
    return deepest


@pytest.mark.parametrize("name", MODULES)
def test_bounded(name: str) -> None:
    source = SourceText.from_str(MODULES[name])
    parser = Parser()
    module = parser.parse(source)
    for version in (module, parser.parse(source.edited(0, 0, "y = 1\n"), module)):
        for statement in version.statements:
            assert depth(statement.node) < DEEPEST
            msgspec.msgpack.encode(statement.node)


@pytest.mark.parametrize("name", ["lists", "sum", "chain", "not", "conditionals"])
def test_too_deep_is_unknown_but_not_broken(name: str) -> None:
    (statement,) = Parser().parse(SourceText.from_str(MODULES[name])).statements
    assert not statement.broken
    assert b"Opaque" in msgspec.msgpack.encode(statement.node)


def test_as_deep_as_people_write_is_known() -> None:
    text = "x = session" + ".where(a)" * (MAX_DEPTH // 2 - 5) + "\n" + "y = " + " + ".join("a" * (MAX_DEPTH - 5)) + "\n"
    for statement in Parser().parse(SourceText.from_str(text)).statements:
        assert b"Opaque" not in msgspec.msgpack.encode(statement.node)


def test_blocks_end_as_broken() -> None:
    (statement,) = Parser().parse(SourceText.from_str(MODULES["blocks"])).statements
    node: n.Stmt = statement.node
    levels = 0
    while isinstance(node, n.If):
        (node,) = node.body
        levels += 1
    assert isinstance(node, n.Broken)
    assert levels == MAX_BLOCKS + 1


def test_numbers_of_any_size() -> None:
    (statement,) = Parser().parse(SourceText.from_str(f"x = {'9' * 100_000} + {2**63 - 1} + 0777\n")).statements
    values = [each.value for each in constants(statement.node)]
    assert values == [None, 2**63 - 1, None]


def constants(root: n.Node) -> list[n.Constant]:
    if isinstance(root, n.Constant):
        return [root]
    return [
        each
        for field in root.__struct_fields__
        if isinstance(value := getattr(root, field), n.Node)
        for each in constants(value)
    ]
