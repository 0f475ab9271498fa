"""Many fixes at once: what is taken, what waits for the next round, what is refused; and what the floor costs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fixing import PATH, Program
from sqlassay.fixes.apply import CannotFix, apply_all, edits_for
from sqlassay.fixes.ops import (
    AddImport,
    AddKeyword,
    AnyOp,
    Fix,
    Insert,
    MoveImport,
    RemoveImport,
    RemoveKeyword,
    Replace,
    ReplaceStatement,
    TextChange,
    Transform,
)
from sqlassay.syntax.parser import Parser
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import TextEdit, apply_edits


def fix(*ops: AnyOp) -> Fix:
    return Fix("", True, ops)


def with_import(program: Program, code: str, template: str, module: str, name: str) -> Fix:
    place = program.at(code)
    return fix(Replace(place, template, (place,)), AddImport(place, module, name))


def test_imports_of_several_fixes_are_one() -> None:
    program = Program("import os\n\nx = a\ny = b\nz = c\n")
    fixes = [
        with_import(program, "a", "text({0})", "sqlalchemy", "text"),
        with_import(program, "b\n"[:-1], "text({0})", "sqlalchemy", "text"),
        with_import(program, "c", "func.f({0})", "sqlalchemy", "func"),
    ]
    applied = apply_all(fixes, program)
    assert applied.taken == [0, 1, 2]
    assert apply_edits(program.sources[PATH], applied.edits[PATH]).text == (
        "import os\n\nfrom sqlalchemy import func, text\n\nx = text(a)\ny = text(b)\nz = func.f(c)\n"
    )


def test_an_import_goes_only_when_no_fix_leaves_a_use() -> None:
    text = "from sqlalchemy import Column, Integer\n\n\nclass A:\n    b = Column(Integer)\n    c = Column(Integer)\n"
    program = Program(text)
    calls = [program.at("Column(Integer)", nth) for nth in (0, 1)]
    fixes = [fix(Replace(call, "mapped_column()"), RemoveImport(call, "sqlalchemy", "Column")) for call in calls]
    assert "import Column" in apply_edits(program.sources[PATH], edits_for(fixes[0], program)[PATH]).text
    both = apply_all(fixes, program)
    assert apply_edits(program.sources[PATH], both.edits[PATH]).text == text.replace("Column, ", "").replace(
        "Column(Integer)", "mapped_column()"
    )


@pytest.mark.parametrize("newer", ["from new import a\n", ""])
@pytest.mark.parametrize(("use", "stays"), [("f()\n", False), ("x()\n", True)])
def test_an_import_that_one_fix_moves_and_another_drops(newer: str, use: str, stays: bool) -> None:
    program = Program(f"{newer}from old import b, x\n\nx(1)\n{use}")
    call = program.at("x(1)")
    moved = fix(MoveImport(program.at("from old import b, x"), "x", "new"))
    dropped = fix(Replace(call, "y(1)"), *(RemoveImport(call, home, "x") for home in ("old", "new")))
    both = apply_all([moved, dropped], program)
    assert both.taken == [0, 1]
    text = apply_edits(program.sources[PATH], both.edits[PATH]).text
    kept = newer.replace("a\n", "a, x\n") or "from new import x\n"
    lines = {"from old import b\n", kept if stays else newer}
    assert {line + "\n" for line in text.partition("\n\n")[0].splitlines()} == lines - {""}


def test_the_first_of_two_that_overlap() -> None:
    program = Program("x = f(a == None)\n")
    inner, outer = program.at("a == None"), program.at("f(a == None)")
    fixes = [fix(Replace(inner, "b")), fix(Replace(outer, "c")), fix(Replace(inner, "d"))]
    applied = apply_all(fixes, program)
    assert (applied.taken, applied.skipped) == ([0], [1, 2])
    assert applied.edits == {PATH: [TextEdit(6, 15, "b")]}


def test_touching_changes_wait() -> None:
    program = Program("f(a, k=1)\n")
    call = program.at("f(a, k=1)")
    applied = apply_all([fix(AddKeyword(call, "l", "2")), fix(RemoveKeyword(call, "k"))], program)
    assert (applied.taken, applied.skipped) == ([0], [1])


def test_other_changes_wait_for_a_block() -> None:
    program = Program("def f():\n    s = S(e)\n    g(a)\n    return s\nh(a)\n")
    block = fix(Transform(program.at("s = S(e)"), "with-block", {}))
    others = [
        fix(AddKeyword(program.at("g(a)"), "k", "1")),
        fix(Insert(program.at("return s"), "b", "after")),
        fix(AddKeyword(program.at("h(a)"), "k", "1")),
    ]
    assert apply_all([block, *others], program).skipped == [1, 2]
    assert apply_all([others[1], block], program).skipped == [1]


def test_a_refused_fix_is_told_and_the_others_go_on() -> None:
    program = Program("x = f(\n    a,\n    k=1,  # why\n)\ny = g(a)\n")
    call = program.at("f(\n    a,\n    k=1,  # why\n)")
    applied = apply_all([fix(RemoveKeyword(call, "k")), fix(AddKeyword(program.at("g(a)"), "k", "1"))], program)
    assert (applied.taken, applied.refused) == ([1], {0: "a comment would be lost: # why"})
    assert applied.edits == {PATH: [TextEdit(39, 39, ", k=1")]}


def test_all_of_a_fix_or_nothing() -> None:
    program = Program("x = f(a)\ny = g(a)\n")
    both = fix(AddKeyword(program.at("f(a)"), "k", "1"), RemoveKeyword(program.at("g(a)"), "k"))
    applied = apply_all([both], program)
    assert (applied.edits, list(applied.refused)) == ({}, [0])


def test_a_fix_over_several_files() -> None:
    program = Program("x = f(a)\n", models="class A:\n    b = 1\n", other="c\n")
    column = program.at("b = 1", path="shop/models.py")
    over_two = fix(
        AddKeyword(program.at("f(a)"), "k", "1"),
        Transform(column, "annotate", {"annotation": "int"}),
        AddImport(column, "typing", "Any"),
    )
    assert edits_for(over_two, program) == {
        PATH: [TextEdit(7, 7, ", k=1")],
        "shop/models.py": [TextEdit(0, 0, "from typing import Any\n\n\n"), TextEdit(14, 14, ": int")],
    }
    # Where one file is in the way, the other stays too.
    blocked = [fix(ReplaceStatement(column, "d = 2")), over_two]
    assert apply_all(blocked, program).edits == {"shop/models.py": [TextEdit(13, 18, "d = 2")]}
    unknown = fix(AddKeyword(program.at("f(a)"), "k", "1"), AddImport(Place("gone.py", "", 0, 0), "a", "b"))
    with pytest.raises(CannotFix, match="no such file"):
        edits_for(unknown, program)


def test_an_import_and_a_block_at_one_place() -> None:
    program = Program("import os\n\nBase = declarative_base()\n")
    base = program.at("Base = declarative_base()")
    made = program.fixed(
        Transform(base, "declarative-base-class", {}), AddImport(base, "sqlalchemy.orm", "DeclarativeBase")
    )
    assert made == (
        "import os\n\nfrom sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
    )


def test_fixes_that_cannot_share_their_imports() -> None:
    program = Program("import os\nx = a\n")
    moved = fix(ReplaceStatement(program.at("import os"), "import re"))
    added = with_import(program, "a", "func({0})", "os", "func")
    applied = apply_all([moved, added], program)
    assert applied.taken == [0, 1]
    assert (
        apply_edits(program.sources[PATH], applied.edits[PATH]).text == "import re\nfrom os import func\nx = func(a)\n"
    )


def test_what_leaves_a_file_broken_is_refused() -> None:
    program = Program("x = f(a)  # b\n")
    with pytest.raises(CannotFix, match="would not parse"):
        edits_for(fix(TextChange(program.at("a)  # b"), "")), program)


def test_broken_neighbours_do_not_matter() -> None:
    program = Program("def f(:\n    pass\n\n\nx = g(a)\n")
    assert program.modules[PATH].broken
    edits = edits_for(fix(AddKeyword(program.at("g(a)"), "k", "1")), program)
    assert apply_edits(program.sources[PATH], edits[PATH]).text.endswith("x = g(a, k=1)\n")


def test_deep_code_is_refused_not_fatal() -> None:
    deep = "f(" * 2000 + "a" + ")" * 2000
    program = Program(f"x = {deep}\n")
    with pytest.raises(CannotFix):
        edits_for(fix(AddKeyword(program.at("f(a)"), "k", "1")), program)


def test_edits_are_in_bytes_after_a_byte_order_mark() -> None:
    program = Program("\ufeff'é'; x = f(a)\n")
    edits = edits_for(fix(AddKeyword(program.at("f(a)"), "k", "'ü'")), program)
    assert edits == {PATH: [TextEdit(13, 13, ", k='ü'")]}
    fixed = apply_edits(program.sources[PATH], edits[PATH])
    assert fixed.bom
    assert Parser().parse(fixed).statements[1].text.decode() == "x = f(a, k='ü')"


def test_operations_are_data_only() -> None:
    code = "import sys, sqlassay.fixes.ops; sys.exit('libcst' in sys.modules or 'tree_sitter' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )
