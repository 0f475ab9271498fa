"""Imports added where they belong, and the names that stand in their way."""

from __future__ import annotations

import importlib

import pytest
from fixing import PATH, Program
from sqlassay.fixes.apply import CannotFix, edits_for
from sqlassay.fixes.names import OWN_NAMES, SAME_NAMES
from sqlassay.fixes.ops import AddImport, Fix, Insert, Replace
from sqlassay.syntax.place import Place

HERE = Place(PATH, "", 0, 0)


def added(before: str, *imports: tuple[str, str]) -> str:
    """The program with `name` of `module` imported for each pair."""
    return Program(before).fixed(*(AddImport(HERE, *pair) for pair in imports or [("sqlalchemy", "text")]))


MERGED = {
    "in order": ("from sqlalchemy import func, select\n", "from sqlalchemy import func, select, text\n"),
    "first": ("from sqlalchemy import update\n", "from sqlalchemy import text, update\n"),
    "classes before functions": (
        "from sqlalchemy import Column, String, update\n",
        "from sqlalchemy import Column, String, text, update\n",
    ),
    "regardless of case": (
        "from sqlalchemy import and_, Column, Update\n",
        "from sqlalchemy import and_, Column, text, Update\n",
    ),
    "out of order": ("from sqlalchemy import update, func\n", "from sqlalchemy import update, func, text\n"),
    "one a line": (
        "from sqlalchemy import (\n    func,\n    update,\n)\n",
        "from sqlalchemy import (\n    func,\n    text,\n    update,\n)\n",
    ),
    "one a line, last": (
        "from sqlalchemy import (\n    func,\n    select,\n)\n",
        "from sqlalchemy import (\n    func,\n    select,\n    text,\n)\n",
    ),
    "one a line, no trailing comma": (
        "from sqlalchemy import (\n    func,\n    select\n)\n",
        "from sqlalchemy import (\n    func,\n    select,\n    text\n)\n",
    ),
    "only one, on its line": (
        "from sqlalchemy import (\n    func,\n)\n",
        "from sqlalchemy import (\n    func,\n    text,\n)\n",
    ),
    "in brackets on one line": ("from sqlalchemy import (func)\n", "from sqlalchemy import (func, text)\n"),
    "with comments": (
        "from sqlalchemy import (  # all\n    func,  # f\n    # u:\n    update,  # u\n)\n",
        "from sqlalchemy import (  # all\n    func,  # f\n    # u:\n    text,\n    update,  # u\n)\n",
    ),
    "a comment behind the last": (
        "from sqlalchemy import (\n    func,  # f\n)\n",
        "from sqlalchemy import (\n    func,  # f\n    text,\n)\n",
    ),
    "a comment behind the line": (
        "from sqlalchemy import func  # noqa: F401\n",
        "from sqlalchemy import func, text  # noqa: F401\n",
    ),
    "backslashes": (
        "from sqlalchemy import func, \\\n    select\n",
        "from sqlalchemy import func, \\\n    select, \\\n    text\n",
    ),
    "an alias beside": ("from sqlalchemy import text as t\n", "from sqlalchemy import text as t, text\n"),
    "CRLF": (
        "from sqlalchemy import (\r\n    func,\r\n)\r\n",
        "from sqlalchemy import (\r\n    func,\r\n    text,\r\n)\r\n",
    ),
    "on a line with others": (
        "import os; from sqlalchemy import func; x\n",
        "import os; from sqlalchemy import func, text; x\n",
    ),
    "the first of two": (
        "from sqlalchemy import func\nfrom sqlalchemy import update\n",
        "from sqlalchemy import func, text\nfrom sqlalchemy import update\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), MERGED.values(), ids=MERGED)
def test_joins_the_import_of_its_module(before: str, after: str) -> None:
    assert added(before) == after


PLACED = {
    "nothing else": ("x = 1\n", "from sqlalchemy import text\n\nx = 1\n"),
    "a definition": ("def f():\n    pass\n", "from sqlalchemy import text\n\n\ndef f():\n    pass\n"),
    "an empty file": ("", "from sqlalchemy import text\n"),
    "after the docstring": ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom sqlalchemy import text\n\nx = 1\n'),
    "after a docstring alone": ('"""Doc."""', '"""Doc."""\n\nfrom sqlalchemy import text'),
    "right after the docstring": ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom sqlalchemy import text\n\nx = 1\n'),
    "after the file's own comments": (
        "#!/usr/bin/env python\n# Copyright\nx = 1\n",
        "#!/usr/bin/env python\n# Copyright\n\nfrom sqlalchemy import text\n\nx = 1\n",
    ),
    "before the comment of a statement": (
        "# Copyright\n\n# one\nx = 1\n",
        "# Copyright\n\nfrom sqlalchemy import text\n\n# one\nx = 1\n",
    ),
    "after the future": (
        "from __future__ import annotations\n\nx = 1\n",
        "from __future__ import annotations\n\nfrom sqlalchemy import text\n\nx = 1\n",
    ),
    "after the standard library": (
        "import os\nimport re\n\nx\n",
        "import os\nimport re\n\nfrom sqlalchemy import text\n\nx\n",
    ),
    "between standard library and the project": (
        "import os\n\nfrom shop.models import Order\n\nx\n",
        "import os\n\nfrom sqlalchemy import text\n\nfrom shop.models import Order\n\nx\n",
    ),
    "before the project": (
        "from shop.models import Order\n\nx\n",
        "from sqlalchemy import text\n\nfrom shop.models import Order\n\nx\n",
    ),
    "before relative imports": ("from .a import b\n\nx\n", "from sqlalchemy import text\n\nfrom .a import b\n\nx\n"),
    "in order among third parties": (
        "import os\n\nfrom fastapi import Depends\nfrom starlette import Router\n\nx\n",
        "import os\n\nfrom fastapi import Depends\nfrom sqlalchemy import text\nfrom starlette import Router\n\nx\n",
    ),
    "in order, imports apart from froms": (
        "import attrs\nimport zlib_ng\nfrom fastapi import Depends\nfrom sqlalchemy.orm import Session\n",
        "import attrs\nimport zlib_ng\nfrom fastapi import Depends\nfrom sqlalchemy import text\n"
        "from sqlalchemy.orm import Session\n",
    ),
    "in order by module": (
        "import attrs\nfrom fastapi import Depends\nimport zlib_ng\n",
        "import attrs\nfrom fastapi import Depends\nfrom sqlalchemy import text\nimport zlib_ng\n",
    ),
    "out of order, beside its package": (
        "from zoo import z\nfrom sqlalchemy.orm import Session\nfrom app import x\n",
        "from zoo import z\nfrom sqlalchemy.orm import Session\nfrom sqlalchemy import text\nfrom app import x\n",
    ),
    "out of order, no such package": (
        "from zoo import z\nfrom app import x\n\ny\n",
        "from zoo import z\nfrom app import x\nfrom sqlalchemy import text\n\ny\n",
    ),
    "beside its package in any block": (
        "import os\nfrom sqlalchemy.orm import Session\n\nfrom shop import x\n",
        "import os\nfrom sqlalchemy import text\nfrom sqlalchemy.orm import Session\n\nfrom shop import x\n",
    ),
    "before the comment of an import": (
        "from attrs import a\n# tests patch it\nfrom zoo import z\n",
        "from attrs import a\nfrom sqlalchemy import text\n# tests patch it\nfrom zoo import z\n",
    ),
    "after an import over lines": (
        "from fastapi import (\n    Depends,\n)\n\nx\n",
        "from fastapi import (\n    Depends,\n)\nfrom sqlalchemy import text\n\nx\n",
    ),
    "not in if TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from sqlalchemy import text\n",
        "from typing import TYPE_CHECKING\n\nfrom sqlalchemy import text\n\n"
        "if TYPE_CHECKING:\n    from sqlalchemy import text\n",
    ),
    "not in a try": (
        "try:\n    import fast\n    from sqlalchemy import func\nexcept ImportError:\n    fast = None\n",
        "from sqlalchemy import text\n\n"
        "try:\n    import fast\n    from sqlalchemy import func\nexcept ImportError:\n    fast = None\n",
    ),
    "not in a function": (
        "def f():\n    from sqlalchemy import func\n",
        "from sqlalchemy import text\n\n\ndef f():\n    from sqlalchemy import func\n",
    ),
    "a star import is not joined": (
        "from sqlalchemy import *\n\nx\n",
        "from sqlalchemy import *\nfrom sqlalchemy import text\n\nx\n",
    ),
    "an import of the package is not it": (
        "import sqlalchemy as sa\n\nx\n",
        "import sqlalchemy as sa\nfrom sqlalchemy import text\n\nx\n",
    ),
    "relative imports of that name are others": (
        "from .sqlalchemy import func\n\nx\n",
        "from sqlalchemy import text\n\nfrom .sqlalchemy import func\n\nx\n",
    ),
    "no line end at the end": ("import os", "import os\n\nfrom sqlalchemy import text"),
    "no line end after a third party": ("import fastapi", "import fastapi\nfrom sqlalchemy import text"),
    "CRLF": ("import os\r\n\r\nx\r\n", "import os\r\n\r\nfrom sqlalchemy import text\r\n\r\nx\r\n"),
}


@pytest.mark.parametrize(("before", "after"), PLACED.values(), ids=PLACED)
def test_a_line_of_its_own(before: str, after: str) -> None:
    assert added(before) == after


def test_several_in_one_fix() -> None:
    assert added(
        "import os\n\nfrom fastapi import Depends\n\nx\n",
        ("sqlalchemy", "update"),
        ("sqlalchemy.orm", "Session"),
        ("sqlalchemy", "func"),
        ("datetime", "UTC"),
        ("sqlalchemy", "Column"),
        ("datetime", "datetime"),
    ) == (
        "import os\nfrom datetime import UTC, datetime\n\nfrom fastapi import Depends\n"
        "from sqlalchemy import Column, func, update\nfrom sqlalchemy.orm import Session\n\nx\n"
    )


def test_several_sections_where_there_is_none() -> None:
    assert added('"""Doc."""\n', ("sqlalchemy", "text"), ("datetime", "UTC"), ("decimal", "")) == (
        '"""Doc."""\n\nimport decimal\nfrom datetime import UTC\n\nfrom sqlalchemy import text\n'
    )


def test_a_module() -> None:
    assert added("import re\n", ("datetime", "")) == "import datetime\nimport re\n"
    assert added("import os\n", ("os", "")) == "import os\n"
    assert added("import sqlalchemy.orm\n", ("sqlalchemy", "")) == "import sqlalchemy\nimport sqlalchemy.orm\n"
    assert added("import sqlalchemy.orm\n", ("sqlalchemy.orm", "")) == "import sqlalchemy.orm\n"


THERE_ALREADY = {
    "imported": "from sqlalchemy import func, text\n",
    "imported under its own name as an alias": "from sqlalchemy import text as text\n",
    "from a module that has the same": "from sqlalchemy.sql import text\n",
    "in a try with a way out": "try:\n    from sqlalchemy import text\nexcept ImportError:\n    text = None\n",
    "under a condition": "if x:\n    from sqlalchemy import text\nelse:\n    from y import text\n",
}


@pytest.mark.parametrize("program", THERE_ALREADY.values(), ids=THERE_ALREADY)
def test_there_already(program: str) -> None:
    assert edits_for(Fix("", True, (AddImport(HERE, "sqlalchemy", "text"),)), Program(program)) == {}


@pytest.mark.parametrize(("module", "others"), [each for each in SAME_NAMES.items() if each[0] != "typing"])
def test_modules_said_to_have_the_same_names_do(module: str, others: tuple[str, ...]) -> None:
    for other in others:
        ours, theirs = vars(importlib.import_module(module)), vars(importlib.import_module(other))
        shared = [name for name in ours if name in theirs and not name.startswith("_")]
        assert shared
        assert {name for name in shared if ours[name] is not theirs[name]} <= OWN_NAMES


TAKEN = {
    "a variable": "text = 1\n",
    "a function": "def text():\n    pass\n",
    "a class": "class text:\n    pass\n",
    "of another module": "from sqlmodel import text\n",
    "an alias of something else": "from sqlalchemy import func as text\n",
    "a module": "import text\n",
    "in a tuple": "a, (text, *b) = c\n",
    "a loop": "for text in a:\n    pass\n",
    "a with": "with a as text:\n    pass\n",
    "an exception": "try:\n    pass\nexcept A as text:\n    pass\n",
    "a walrus": "if (text := a):\n    pass\n",
    "a pattern": "match a:\n    case [text]:\n        pass\n",
    "under a condition": "if a:\n    text = 1\n",
    "besides being imported": "from sqlalchemy import text\ntext = 1\n",
    "a relative module": "from . import text\n",
    "for type checkers only": "if TYPE_CHECKING:\n    from y import text\n",
}


@pytest.mark.parametrize("program", TAKEN.values(), ids=TAKEN)
def test_a_name_that_is_taken(program: str) -> None:
    with pytest.raises(CannotFix, match="text is the name of something else"):
        added(program)


NOT_TAKEN = {
    "a local of a function": "def f(text):\n    text = 1\n",
    "a name of a class": "class A:\n    text = 1\n",
    "a comprehension's": "x = [text for text in a]\n",
    "a lambda's": "x = lambda text: text\n",
    "an attribute": "a.text = 1\n",
    "a keyword": "f(text=1)\n",
}


@pytest.mark.parametrize("program", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_name_that_is_taken_elsewhere_only(program: str) -> None:
    assert added(program).startswith("from sqlalchemy import text\n")


TAKEN_AT_THE_USE = {
    "a parameter": "def f(text):\n    g('q')\n",
    "of an outer function": "def f(*text):\n    def h():\n        g('q')\n",
    "a local": "def f():\n    g('q')\n    text = 1\n",
    "a local import": "def f():\n    from y import text\n    g('q')\n",
    "a lambda's": "f(lambda text: g('q'))\n",
    "a comprehension's": "x = [g('q') for text in a]\n",
    "of the class": "class A:\n    text = 1\n    b = g('q')\n",
    "global": "def f():\n    global text\n    g('q')\n",
}


def used(program: Program) -> str:
    return program.fixed(
        Replace(program.at("'q'"), "text({0})", (program.at("'q'"),)), AddImport(HERE, "sqlalchemy", "text")
    )


@pytest.mark.parametrize("program", TAKEN_AT_THE_USE.values(), ids=TAKEN_AT_THE_USE)
def test_a_name_that_is_taken_at_the_use(program: str) -> None:
    with pytest.raises(CannotFix, match="text is the name of something else there"):
        used(Program(program))


def test_a_name_that_the_use_does_not_see() -> None:
    assert "g(text('q'))" in used(Program("class A:\n    text = 1\n\n    def f(self):\n        g('q')\n"))
    assert "=g(text('q'))" in used(Program("def f(text=g('q')):\n    pass\n"))


def test_a_local_import_will_do() -> None:
    program = "def f():\n    from sqlalchemy import text\n    g('q')\n"
    assert used(Program(program)) == program.replace("'q'", "text('q')")


def test_above_the_use() -> None:
    program = "x = g('q')\nimport os\nfrom sqlalchemy import func\n"
    assert used(Program(program)) == "from sqlalchemy import text\n\n" + program.replace("'q'", "text('q')")


def test_the_scope_into_which_a_statement_goes() -> None:
    program = Program("def f(text):\n    pass\n")
    with pytest.raises(CannotFix, match="text is the name of something else there"):
        program.fixed(
            Insert(program.at("def f(text):\n    pass"), "g(text)", "last"), AddImport(HERE, "sqlalchemy", "text")
        )
