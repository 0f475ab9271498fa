"""`sqlassay schema`, with the real engine on examples/shop and on names that no diagram language likes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.conftest import Ran
from sqlassay.cli.main import main

HERE = Path(__file__).parent
TOP = HERE.parent.parent
GOLDEN = HERE / "golden"

NASTY = '''\
"""Names with everything in them."""

from sqlalchemy import Column, Enum, ForeignKey, Integer, Numeric, String, Table
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()
between = Table(
    "between both",
    Base.metadata,
    Column("class_id", ForeignKey("class.pk")),
    Column("one_id", ForeignKey("1st-one.id")),
)


class Klass(Base):
    __tablename__ = "class"
    pk = Column(Integer, primary_key=True)
    größe = Column("größe & <höhe>", Numeric(10, 2))
    say = Column('say "hi"', Enum("a", "b"), unique=True)
    ones = relationship("One", secondary=between, backref="classes")


class One(Base):
    __tablename__ = "1st-one"
    id = Column(ForeignKey("class.pk"), primary_key=True)
    same = Column("1st", ForeignKey("1st one.id"), nullable=False)
    klass = relationship(Klass)


class Other(Base):
    __tablename__ = "1st one"
    id = Column(Integer, primary_key=True)
    back = Column("back\\\\slash", String(5))


class Lonely(Base):
    __tablename__ = "other.lonely"
    __table_args__ = {"schema": "end"}
    id = Column(Integer, primary_key=True)
'''

Schema = Callable[..., Ran]


@pytest.fixture
def schema(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Schema:
    """Runs `sqlassay schema` at the top of the repository."""
    monkeypatch.chdir(TOP)

    def run(*arguments: str | os.PathLike[str]) -> Ran:
        capfd.readouterr()
        code = main(["schema", *map(os.fspath, arguments)])
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(NASTY, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("name", "ending"), [("text", "txt"), ("json", "json"), ("mermaid", "mmd"), ("dot", "dot")])
def test_the_shop(schema: Schema, name: str, ending: str) -> None:
    """The files are what the command printed, and looked at: `sqlassay schema examples/shop --format text > ...`."""
    ran = schema("examples/shop", "--format", name)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (GOLDEN / f"shop.{ending}").read_text(encoding="utf-8")


def test_the_page_shows_the_shop_as_it_is() -> None:
    page = (TOP / "docs" / "schema.md").read_text(encoding="utf-8")
    assert (GOLDEN / "shop.mmd").read_text(encoding="utf-8") in page


def test_text_is_what_comes_without_a_format(schema: Schema) -> None:
    assert schema("examples/shop").out == schema("examples/shop", "--format", "text").out


def test_only_what_was_named_is_shown_though_all_is_read(schema: Schema) -> None:
    ran = schema("examples/shop/app/models/order.py", "--format", "json")
    models = json.loads(ran.out)
    assert [each["model"] for each in models] == ["Order", "OrderItem", "Shipment"]
    customer = next(each for each in models[0]["relationships"] if each["name"] == "customer")
    assert (customer["target"], customer["direction"], customer["back_populates"]) == (
        "Customer",
        "many-to-one",
        "orders",
    )


@pytest.mark.parametrize("name", ["Shipment", "shipments", "app.models.order.Shipment"])
def test_a_model_is_shown_with_its_neighbours(schema: Schema, name: str) -> None:
    ran = schema("examples/shop", "--model", name, "--format", "json")
    assert [each["model"] for each in json.loads(ran.out)] == ["Order", "Shipment"]


def test_several_models_and_those_whose_keys_lead_to_them(schema: Schema) -> None:
    ran = schema("examples/shop", "--model", "Product", "--model", "Banner", "--format", "json")
    assert [each["model"] for each in json.loads(ran.out)] == ["Banner", "OrderItem", "Product"]


def test_a_model_that_is_not_there(schema: Schema) -> None:
    ran = schema("examples/shop", "--model", "Ordr")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == 'sqlassay: no model or table is called "Ordr"; did you mean "Order"?\n'


@pytest.mark.parametrize("option", ["-o", "--output", "--output-file"])
def test_into_a_file(schema: Schema, tmp_path: Path, option: str) -> None:
    file = tmp_path / "shop.mmd"
    ran = schema("examples/shop", "--format", "mermaid", option, file)
    assert (ran.code, ran.out, ran.err) == (0, "", f"sqlassay: wrote 6 models to {file}\n")
    assert file.read_bytes() == (GOLDEN / "shop.mmd").read_bytes()
    assert schema("examples/shop", "-q", option, file).err == ""


def test_a_path_that_is_not_there(schema: Schema) -> None:
    ran = schema("examples/shap")
    assert (ran.code, ran.out, ran.err) == (2, "", "sqlassay: examples/shap: no such file or folder\n")


def test_a_file_that_cannot_be_written(schema: Schema, tmp_path: Path) -> None:
    ran = schema("examples/shop", "-o", tmp_path / "nowhere" / "a.txt")
    assert ran.code == 2
    assert ran.err.startswith(f"sqlassay: {tmp_path / 'nowhere' / 'a.txt'}: not written")


def test_a_format_that_is_not_there(schema: Schema) -> None:
    ran = schema("--format", "svg")
    assert ran.code == 2
    assert "invalid choice: 'svg'" in ran.err


def test_a_file_that_is_no_text(schema: Schema, tmp_path: Path) -> None:
    file = tmp_path / "models.py"
    file.write_bytes(b"\x00\xff\x00")
    ran = schema(file, "--isolated")
    assert ran.code == 2
    assert "models.py: cannot be read\n" in ran.err


def test_nothing_to_show(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    ran = schema(tmp_path, "--isolated")
    assert (ran.code, ran.err) == (0, "sqlassay: warning: there is no model and no table\n")
    assert schema(tmp_path, "--isolated", "--format", "json", "-q").out == "[]\n"
    assert schema(tmp_path, "--isolated", "--format", "mermaid", "-q").out == "erDiagram\n"


def test_colours_change_no_letter(schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = schema("examples/shop").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    painted = schema("examples/shop").out
    assert painted != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_a_table_shared_by_inheritance_is_one_box(schema: Schema) -> None:
    ran = schema("tests/oracle/fixtures/single_inheritance", "--format", "mermaid")
    assert '    employee["employee (Employee, Manager, Engineer)"] {' in ran.out
    assert ran.out.count("boss_id") == 1
    assert '    employee |o--o{ employee : "boss"' in ran.out


# Mermaid's grammar for these diagrams, in short. Its own parser takes what this takes.
_TEXT = r'"[^"\\%\n]*"'
_ENTITY = r"(?!(?:class|classdef|end|erdiagram|many|one|style|subgraph|to|acctitle|accdescr)\b)[A-Za-z_][A-Za-z0-9_]*"
_COLUMN = r"(?!(?:pk|fk|uk)\b)[A-Za-z_]\w*"
_KEYS = r"(?:PK|FK|UK)(?:, (?:PK|FK|UK))*"
_ROW = rf" {{8}}[A-Za-z_][\w()\[\]-]* {_COLUMN}(?: {_KEYS})?(?: {_TEXT})?\n"
_BOX = rf" {{4}}{_ENTITY}\[{_TEXT}\](?: \{{\n(?:{_ROW})+ {{4}}\}})?\n"
_LINE = rf" {{4}}{_ENTITY} (?:\|\||\|o|\}}o)--(?:o\{{|o\|) {_ENTITY} : {_TEXT}\n"
_MERMAID = re.compile(rf"erDiagram\n(?:{_BOX}|{_LINE})*", re.ASCII | re.IGNORECASE)


def test_mermaid_is_valid_whatever_the_names(schema: Schema, nasty: Path) -> None:
    ran = schema(nasty, "--isolated", "--format", "mermaid")
    assert _MERMAID.fullmatch(ran.out), ran.out
    assert _MERMAID.fullmatch((GOLDEN / "shop.mmd").read_text())
    assert not _MERMAID.fullmatch('erDiagram\n    class["class"]\n')
    lines = ran.out.splitlines()
    assert '    class_["class (Klass)"] {' in lines
    assert '        INTEGER pk_ PK "column pk"' in lines
    assert '''        VARCHAR(1) say__hi_ UK "column say 'hi', null"''' in lines
    assert '    class_ }o--o{ _1st_one : "ones / classes (between both)"' in lines
    assert '    class_ ||--o| _1st_one : "klass"' in lines
    assert '    _1st_one_2 ||--o{ _1st_one : "1st"' in lines


def test_dot_is_valid_whatever_the_names(schema: Schema, nasty: Path) -> None:
    ran = schema(nasty, "--isolated", "--format", "dot")
    tables = re.findall(r"^    t\d+ \[label=<(.*)>\]$", ran.out, re.MULTILINE)
    titles = [ElementTree.fromstring(each).findtext(".//B") for each in tables]
    assert titles == ["class", "1st-one", "1st one", "end.other.lonely"]
    names = [cell.text for cell in ElementTree.fromstring(tables[0]).iterfind(".//TD[@PORT]")]
    assert names == [None, "größe & <höhe>", 'say "hi"']
    assert '    t1:c1 -> t2 [arrowtail=crowodot, arrowhead=teetee, label="1st"]' in ran.out
    assert '    t1:c0 -> t0 [arrowtail=teeodot, arrowhead=teetee, label="klass"]' in ran.out


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(schema: Schema, nasty: Path) -> None:
    for path in ("examples/shop", nasty):
        text = schema(path, "--isolated", "--format", "dot").out
        drawn = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, encoding="utf-8")
        assert (drawn.returncode, drawn.stderr) == (0, "")
        ElementTree.fromstring(drawn.stdout)
