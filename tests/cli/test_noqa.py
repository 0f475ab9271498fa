"""Where `# noqa` comments go, and that they do what they are there for."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import difflib
import doctest
import inspect
import io
import textwrap
import tokenize
import typing
from pathlib import Path
from types import ModuleType

import pytest
from cli.conftest import Run
from sqlassay.syntax.comments import Suppressions
from sqlassay.syntax.noqa import silencing
from sqlassay.syntax.parser import Parser
from sqlassay.syntax.source import SourceText, apply_edits


def with_comments(text: str, *words: str, code: str = "ALC601") -> str:
    source = SourceText.from_str(text)
    edits = silencing(source, [(source.data.index(word.encode()), code) for word in words])
    return apply_edits(source, edits).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("BAD\n", "BAD  # noqa: ALC601\n"),
        ("BAD", "BAD  # noqa: ALC601"),
        ("BAD  \t\n", "BAD  # noqa: ALC601\n"),
        ("BAD\r\nx\r\n", "BAD  # noqa: ALC601\r\nx\r\n"),
        ("BAD\rx\r", "BAD  # noqa: ALC601\rx\r"),
        ("日本 = BAD\n", "日本 = BAD  # noqa: ALC601\n"),
        ("BAD  # why\n", "BAD  # why  # noqa: ALC601\n"),
        ("BAD  # noqa: F401\n", "BAD  # noqa: ALC601, F401\n"),
        ("BAD  #noqa:F401 it is used\n", "BAD  #noqa:ALC601, F401 it is used\n"),
        ("BAD  # NoQA : F401\n", "BAD  # NoQA : ALC601, F401\n"),
        ("BAD  # noqa\n", "BAD  # noqa: ALC601\n"),
        ("BAD  # why  # noqa: E501  # more\n", "BAD  # why  # noqa: ALC601, E501  # more\n"),
        ('BAD("# noqa: F401")\n', 'BAD("# noqa: F401")  # noqa: ALC601\n'),
        ("f(\n    BAD,\n    x,\n)\n", "f(\n    BAD,  # noqa: ALC601\n    x,\n)\n"),
        ("BAD + \\\n    x\n", "BAD + \\\n    x  # noqa: ALC601\n"),
        ("BAD + \\\n    y + \\\n    x\n", "BAD + \\\n    y + \\\n    x  # noqa: ALC601\n"),
        ('f(BAD, """\n  a # b\n""")\n', 'f(BAD, """\n  a # b\n""")  # noqa: ALC601\n'),
        ("f('''\n  BAD '' \\'''\n''', x)\n", "f('''\n  BAD '' \\'''\n''', x)  # noqa: ALC601\n"),
        ('"""it\'s"""; BAD\n', '"""it\'s"""; BAD  # noqa: ALC601\n'),
        ('""""quoted\\""""; BAD\n', '""""quoted\\""""; BAD  # noqa: ALC601\n'),
        ('x = "a\\\nBAD b"\n', 'x = "a\\\nBAD b"  # noqa: ALC601\n'),
        ("x = r'\\''; BAD  # it's\n", "x = r'\\''; BAD  # it's  # noqa: ALC601\n"),
        ('f"{d["k"]}" + BAD\n', 'f"{d["k"]}" + BAD  # noqa: ALC601\n'),
        ("# don't\nBAD\n", "# don't\nBAD  # noqa: ALC601\n"),
    ],
)
def test_where_the_comment_goes(before: str, after: str) -> None:
    assert with_comments(before, "BAD") == after


@pytest.mark.parametrize(
    "text",
    [
        "BAD\n",
        "BAD  # why\n",
        "BAD  # noqa: F401\n",
        "BAD  #noqa:F401 it is used\n",
        "BAD  # NoQA : F401\n",
        "BAD  # why  # noqa: E501  # more\n",
        "f(\n    BAD,\n    x,\n)\n",
        "BAD + \\\n  y + \\\n  x\n",
        'f(BAD, """\n a # b\n""")\n',
        "f('''\n  BAD\n''', x)\n",
        "for x in f(\n  BAD,\n  y):\n    pass\n",
        "def f(a=BAD,\n b=2):\n    pass\n",
        "@dec(BAD)\nclass A:\n    pass\n",
        "if BAD and \\\n   x:\n    pass\n",
        "with a as b, \\\n  BAD as d:\n    pass\n",
        "class A:\n    def f(self):\n        x = '''\n BAD\n'''\n        return x\n",
    ],
)
def test_the_comment_silences_what_it_is_there_for(text: str) -> None:
    changed = SourceText.from_str(with_comments(text, "BAD"))
    start = changed.data.index(b"BAD")
    suppressions = Suppressions(Parser().parse(changed), {"ALC601", "n-plus-one"})
    assert suppressions.match(start, start + 3, "ALC601", "n-plus-one")
    assert not suppressions.match(start, start + 3, "ALC501", "legacy-query-api")


def test_no_room_in_a_string_that_never_ends() -> None:
    assert with_comments('x = """\nBAD\n\n', "BAD") == 'x = """\nBAD\n\n'


def test_several_findings_of_a_line_share_a_comment() -> None:
    source = SourceText.from_str("BAD UGLY BAD\n")
    edits = silencing(source, [(0, "ALC601"), (4, "ALC501"), (9, "ALC601")])
    assert apply_edits(source, edits).text == "BAD UGLY BAD  # noqa: ALC501, ALC601\n"


# ---- check --add-noqa

TEXT = b"""\
# -*- coding: latin-1 -*-
BAD  # caf\xe9
x = 1

query = '''
  BAD and UGLY
'''

f(
    WORSE,  # noqa: E501
)
"""


def test_after_add_noqa_check_is_clean(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_bytes(TEXT)
    (project / "b.py").write_bytes(b"\xef\xbb\xbfBAD\r\n")
    (project / "c.py").write_bytes(b"fine")
    ran = sqlassay("check", "--add-noqa")
    assert (ran.code, ran.out, ran.err) == (0, "Silenced 5 findings in 2 files.\n", "")
    assert (project / "a.py").read_bytes() == (
        TEXT.replace(b"caf\xe9\n", b"caf\xe9  # noqa: ALC601\n")
        .replace(b"'''\n\nf", b"'''  # noqa: ALC501, ALC601\n\nf")
        .replace(b"noqa: E501", b"noqa: ALC301, E501")
    )
    assert (project / "b.py").read_bytes() == b"\xef\xbb\xbfBAD  # noqa: ALC601\r\n"
    assert (project / "c.py").read_bytes() == b"fine"
    assert sqlassay("check").code == 0
    assert sqlassay("check", "--add-noqa").out == "Silenced 0 findings in 0 files.\n"


def test_what_cannot_be_silenced_is_said_and_gets_no_comment(sqlassay: Run, project: Path) -> None:
    (project / "a.py").write_text('BAD\n\nx = """ UGLY\n')
    ran = sqlassay("check", "--add-noqa")
    assert ran.code == 1
    assert ran.out == "Silenced 1 finding in 1 file.\n"
    assert ran.err == "sqlassay: warning: a.py:3: no place for a comment that silences ALC501\n"
    assert (project / "a.py").read_text() == 'BAD  # noqa: ALC601\n\nx = """ UGLY\n'


@pytest.mark.parametrize("module", [argparse, dataclasses, difflib, doctest, inspect, textwrap, tokenize, typing])
def test_comments_on_every_line_of_real_code_are_comments(module: ModuleType) -> None:
    """They change nothing that Python sees, and stand wherever Python has room for one."""
    source = SourceText.from_bytes(Path(module.__file__ or "").read_bytes())
    text = apply_edits(source, silencing(source, [(start, "ALC601") for start in source.line_starts]))
    assert ast.dump(ast.parse(text.text)) == ast.dump(ast.parse(source.text))
    comments = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text.text).readline)
        if token.type == tokenize.COMMENT and "ALC601" in token.string
    ]
    ends = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type in (tokenize.NEWLINE, tokenize.NL) and token.string
    ]
    assert len(comments) == len(ends) + 1, "and one behind the last line end"
