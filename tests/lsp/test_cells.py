"""A notebook as one module: what is code, and where each line comes from."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from sqlassay.lsp.cells import Cell, changed, module


def notebook(*texts: str) -> list[Cell]:
    return [Cell(f"cell:{number}", True, 1, text) for number, text in enumerate(texts)]


def test_cells_follow_each_other() -> None:
    text, layout = module(notebook("import a\nx = 1", "y = x"))
    assert text == "import a\nx = 1\ny = x\n"
    for line, (uri, inner) in enumerate([("cell:0", 0), ("cell:0", 1), ("cell:1", 0)]):
        place = types.Position(line, 3)
        assert layout.to_client(place, place) == (uri, types.Range(types.Position(inner, 3), types.Position(inner, 3)))
        assert layout.to_module(uri, types.Position(inner, 3)) == place


def test_cells_that_are_no_code_have_no_lines() -> None:
    cells = [Cell("a", True, 1, "x = 1"), Cell("b", False, 1, "# Words"), Cell("c", True, 1, "y = 2")]
    text, layout = module(cells)
    assert text == "x = 1\ny = 2\n"
    assert layout.to_module("b", types.Position(0, 0)) is None


def test_a_range_over_two_cells_has_no_document() -> None:
    _, layout = module(notebook("x = 1", "y = 2"))
    assert layout.to_client(types.Position(0, 0), types.Position(1, 0)) is None
    assert layout.to_client(types.Position(2, 0), types.Position(2, 0)) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%matplotlib inline\nx = 1", "x = 1\n"),
        ("!pip install a\n\n%load_ext sql\nx = 1", "x = 1\n"),
        ("x = 1\n%time f()\ny = 2", "x = 1\npass\ny = 2\n"),
        ("if x:\n    !ls\nelse:\n    y = 2", "if x:\n    pass\nelse:\n    y = 2\n"),
        ("files = !ls *.py\nz = 1", "files = __magic__()\nz = 1\n"),
        ("rows = %sql select 1", "rows = __magic__()\n"),
        ("a, b = %sql select 1", "a, b = __magic__()\n"),
        ("x = 1\nx?\n?x\nx.y??", "x = 1\npass\npass\npass\n"),
        ("x = 1\n!echo a \\\n  b \\\n  c\ny = 2", "x = 1\npass\n\n\ny = 2\n"),
        ("%%time\nx = 1", "x = 1\n"),
        ("%%capture out --no-stderr\n\nx = 1", "x = 1\n"),
        ("%%bash\nls", ""),
        ("%%sql\nselect 1", ""),
        ("%%html", ""),
        ("%%", ""),
        ("", ""),
        (
            "x = (a\n % b)\ny = '''\n!not a magic\n%nor this\n'''",
            "x = (a\n % b)\ny = '''\n!not a magic\n%nor this\n'''\n",
        ),
        ("x = a \\\n % b", "x = a \\\n % b\n"),
        ("x = a  # b \\\n!ls", "x = a  # b \\\npass\n"),
        ("x = 'a?'  # why?\ny = \"(\"\n!ls", "x = 'a?'  # why?\ny = \"(\"\npass\n"),
        ("x = 'it\\'s ('\n!ls", "x = 'it\\'s ('\npass\n"),
        ("x = 'open\n!ls", "x = 'open\npass\n"),
        ("x != y\nx %= 2\nprint(x % y)", "x != y\nx %= 2\nprint(x % y)\n"),
    ],
)
def test_what_only_ipython_understands(cell: str, code: str) -> None:
    text, _ = module(notebook(cell))
    assert text == (code or "\n")


@given(st.lists(st.text(st.sampled_from("x=1\n %!?'\"()#\\"), max_size=30), max_size=4))
def test_every_line_of_the_module_is_a_line_of_a_cell(texts: list[str]) -> None:
    cells = notebook(*texts)
    _, layout = module(cells)
    for line in range(sum(piece.count for piece in layout.pieces)):
        place = types.Position(line, 0)
        found = layout.to_client(place, place)
        assert found is not None
        uri, shown = found
        assert layout.to_module(uri, shown.start) == place
        assert shown.start.line < len(texts[int(uri[5:])].split("\n"))


@given(
    st.lists(
        st.sampled_from(["x = 1", "!ls", "if x:\n    %time\n    y = 2", "f(\n  1,\n)", "%%time\nx", "s = '''\n!'''"])
    )
)
def test_notebooks_are_python(texts: list[str]) -> None:
    ast.parse(module(notebook(*texts))[0])


def test_changes_of_cells() -> None:
    cells = {cell.uri: cell for cell in notebook("x = 1", "y = 2")}
    place = types.Range(types.Position(0, 4), types.Position(0, 5))
    content = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, "cell:0"), [types.TextDocumentContentChangePartial(place, "10")]
    )
    unknown = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, "cell:9"), [types.TextDocumentContentChangeWholeDocument("z")]
    )
    new = types.NotebookCell(types.NotebookCellKind.Code, "cell:2")
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(1, 1, [new]), did_open=[types.TextDocumentItem("cell:2", "python", 1, "z = 3")]
    )
    words = types.NotebookCell(types.NotebookCellKind.Markup, "cell:1")
    after = changed(
        cells,
        types.NotebookDocumentCellChanges(structure=structure, data=[words], text_content=[content, unknown]),
        "utf-16",
    )
    assert [after["cell:0"].text, after["cell:0"].version] == ["x = 10", 2]
    assert after["cell:2"].text == "z = 3"
    assert after["cell:1"].code is False
    assert "cell:9" not in after
    assert cells["cell:0"].text == "x = 1"
