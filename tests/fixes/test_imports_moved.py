"""Imports moved to other modules, and removed."""

from __future__ import annotations

import pytest
from fixing import PATH, Program
from sqlassay.fixes.apply import CannotFix, edits_for
from sqlassay.fixes.ops import AddImport, Fix, MoveImport, RemoveImport, Replace
from sqlassay.syntax.place import Place

HERE = Place(PATH, "", 0, 0)


MOVED = {
    "alone": ("from a.b import x\n", "from new import x\n"),
    "alone, with an alias and a comment": ("from a.b import x as y  # why\n", "from new import x as y  # why\n"),
    "from a relative module": ("from .b import x\n", "from new import x\n"),
    "among others": ("from a.b import w, x\n\ny\n", "from a.b import w\nfrom new import x\n\ny\n"),
    "with an alias among others": (
        "from a.b import w, x as z\n\ny\n",
        "from a.b import w\nfrom new import x as z\n\ny\n",
    ),
    "to an import that is there": (
        "from a.b import x\nfrom new import w, z\n",
        "from new import w, x, z\n",
    ),
    "out of brackets": (
        "from a.b import (\n    w,\n    x,\n)\nfrom new import z\n",
        "from a.b import (\n    w,\n)\nfrom new import x, z\n",
    ),
    "alone in a try": (
        "try:\n    from a.b import x\nexcept ImportError:\n    pass\n",
        "try:\n    from new import x\nexcept ImportError:\n    pass\n",
    ),
    "among others in a function": (
        "def f():\n    from a.b import w, x\n    return x\n",
        "def f():\n    from a.b import w\n    from new import x\n    return x\n",
    ),
    "with a comment that would go": (
        "from a.b import x  # why\nfrom new import z\n",
        "from new import x  # why\nfrom new import z\n",
    ),
    "there already": ("from a.b import x\nfrom new import x\n", "from new import x\n"),
}


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_move(before: str, after: str) -> None:
    program = Program(before)
    start = before.index("from")
    end = before.index(")") + 1 if "import (" in before else before.index("\n", start)
    place = program.at(before[start:end].partition("  #")[0])
    assert program.fixed(MoveImport(place, "x", "new")) == after


def test_what_is_not_imported_cannot_move() -> None:
    program = Program("from a import b\nimport x\n")
    for line in ("from a import b", "import x"):
        with pytest.raises(CannotFix, match="does not import x"):
            program.fixed(MoveImport(program.at(line), "x", "new"))


def removed(program: str, path: str = PATH) -> str:
    return Program(program).fixed(RemoveImport(HERE, "sqlalchemy", "Column"))


REMOVED = {
    "alone": ("import os\nfrom sqlalchemy import Column\n\nx\n", "import os\n\nx\n"),
    "a block of its own": ("import os\n\nfrom sqlalchemy import Column\n\nx\n", "import os\n\nx\n"),
    "first in the file": ("from sqlalchemy import Column\n\nx\n", "x\n"),
    "among others": ("from sqlalchemy import Column, String\n", "from sqlalchemy import String\n"),
    "with an alias": (
        "from sqlalchemy import Column as C, String\nColumn\n",
        "from sqlalchemy import String\nColumn\n",
    ),
    "one a line": (
        "from sqlalchemy import (\n    Column,\n    String,\n)\n",
        "from sqlalchemy import (\n    String,\n)\n",
    ),
    "named in a comment or a text only": (
        "'Column of a table'\nfrom sqlalchemy import Column, String\n# Column\n",
        "'Column of a table'\nfrom sqlalchemy import String\n# Column\n",
    ),
    "another thing of that name": (
        "from sqlalchemy import Column, String\nx.Column\nf(Column=1)\n",
        "from sqlalchemy import String\nx.Column\nf(Column=1)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_remove(before: str, after: str) -> None:
    assert removed(before) == after


KEPT = {
    "used": "from sqlalchemy import Column\nColumn()\n",
    "used in a function": "from sqlalchemy import Column\ndef f():\n    return Column\n",
    "used under its alias": "from sqlalchemy import Column as C\nC()\n",
    "used in an annotation in quotes": 'from sqlalchemy import Column\nx: "list[Column]"\n',
    "in __all__": 'from sqlalchemy import Column\n__all__ = ["Column"]\n',
    "in a pattern": "from sqlalchemy import Column\nmatch x:\n    case Column():\n        pass\n",
    "a bound of a type parameter": "from sqlalchemy import Column\ndef f[T: Column](): ...\n",
    "in an f-string": "from sqlalchemy import Column\nf'{Column}'\n",
    "in a format spec": "from sqlalchemy import Column\nf'{x:{Column}}'\n",
    "in code that does not parse": "from sqlalchemy import Column\nx = Column(\n",
    "with a comment": "from sqlalchemy import Column  # noqa: F401\n",
    "with a comment on its line": "from sqlalchemy import (\n    Column,  # noqa: F401\n    String,\n)\n",
    "in a try": "try:\n    from sqlalchemy import Column\nexcept ImportError:\n    pass\n",
    "of another module": "from mine import Column\n",
}


@pytest.mark.parametrize("program", KEPT.values(), ids=KEPT)
def test_an_import_that_stays(program: str) -> None:
    assert edits_for(Fix("", True, (RemoveImport(HERE, "sqlalchemy", "Column"),)), Program(program)) == {}


def test_the_imports_of_a_package_are_its_names() -> None:
    program = Program("", __init__="from sqlalchemy import Column\n")
    place = Place("shop/__init__.py", "", 0, 0)
    assert edits_for(Fix("", True, (RemoveImport(place, "sqlalchemy", "Column"),)), program) == {}


def test_removed_once_the_fix_has_taken_the_last_use() -> None:
    program = Program("from sqlalchemy import Column, Integer\n\n\nclass A:\n    id = Column(Integer)\n")
    ops = (
        Replace(program.at("Column(Integer)"), "mapped_column({0})", (program.at("Integer", 1),)),
        RemoveImport(HERE, "sqlalchemy", "Column"),
        AddImport(HERE, "sqlalchemy.orm", "mapped_column"),
    )
    assert program.fixed(*ops) == (
        "from sqlalchemy import Integer\nfrom sqlalchemy.orm import mapped_column\n\n\n"
        "class A:\n    id = mapped_column(Integer)\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a.b import x, y as z  # why\n\nw\n", "from a.new import x, y as z  # why\n\nw\n"),
        (
            "from a.b import x, y as z  # why\nfrom a.new import w\n",
            "from a.new import x, y as z  # why\nfrom a.new import w\n",
        ),
        ("from a.b import x, y as z\nfrom a.new import w\n", "from a.new import w, x, y as z\n"),
        ("from b import w\nfrom a.b import x, y as z\n", "from b import w\nfrom a.new import x, y as z\n"),
    ],
)
def test_all_names_moved_at_once_keep_their_line(before: str, after: str) -> None:
    program = Program(before)
    place = program.at("from a.b import x, y as z")
    assert program.fixed(MoveImport(place, "x", "a.new"), MoveImport(place, "y", "a.new")) == after


def test_a_new_import_takes_the_line_of_one_that_goes() -> None:
    program = Program("from a.b import x  # why\n\ny = x\n")
    ops = (
        Replace(program.at("x", 1), "z"),
        AddImport(program.at("x", 1), "a.new", "z"),
        RemoveImport(program.at("x", 1), "a.b", "x"),
    )
    assert program.fixed(*ops) == "from a.new import z  # why\n\ny = z\n"
