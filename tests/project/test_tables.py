"""Tables of the mapper graph against SQLAlchemy, on the small programs of tables/*.md, and where a base is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.markdown import read
from sqlalchemy import CheckConstraint, MetaData, UniqueConstraint
from sqlalchemy.exc import NoReferencedColumnError
from sqlassay.linter import Workspace
from sqlassay.semantics.models import TableInfo

HERE = Path(__file__).parent / "tables"


def _programs() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.md")):
        for titles, section in read(path.read_text(encoding="utf-8")).walk():
            fences = section.fences()
            if fences:
                code, expected = fences
                yield pytest.param(code.text, expected.text, id=f"{path.stem}/{'/'.join(titles[1:])}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a program as a module of a name that others can import; gives the module."""

    def run(code: str, name: str = "program") -> ModuleType:
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(code, f"{name}.py", "exec"), module.__dict__)
        return module

    return run


@pytest.mark.parametrize(("code", "expected"), list(_programs()))
def test_sqlalchemy_says_so(code: str, expected: str, run: Any) -> None:
    assert _text(_real(run(code).Base.metadata)) == expected.strip()


@pytest.mark.parametrize(("code", "expected"), list(_programs()))
def test_we_say_so(code: str, expected: str) -> None:
    tables = Workspace.from_sources({"program.py": code})._project.tables()
    assert all(each.certain for each in tables)
    assert _text(_ours(each) for each in tables) == expected.strip()


BROUGHT = """
from sqlalchemy import Column, Integer, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase):
    pass

class Audited:
    made_by = Column(Integer)

class Model(Base):
    __abstract__ = True

class User(Model):
    __tablename__ = "ab_user"
    id = Column(Integer, primary_key=True)
"""


@pytest.mark.parametrize("how", ["Audited, Base", "Plain", "Single"])
def test_where_a_base_is_missing_a_table_may_hold_more(how: str, run: Any) -> None:
    """`elsewhere` is a package that is installed where the program runs, and that we do not see."""
    run(BROUGHT, "elsewhere")
    code = f"""
from elsewhere import Audited
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Plain(Audited):
    pass

class Item({"Plain, Base" if how == "Plain" else "Base" if how == "Single" else how}):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)

class Gift({"Audited, " if how == "Single" else ""}Item):
    pass
"""
    real = run(code).Base.metadata.tables["items"]
    ours = Workspace.from_sources({"program.py": code})._project.table("items")
    assert ours is not None
    assert set(real.columns.keys()) - set(ours.columns) == {"made_by"}
    assert not ours.certain


@pytest.mark.parametrize("base", ["Model", "SQLA().Model"])
def test_appbuilder_has_tables_of_its_own(base: str, run: Any) -> None:
    """Flask-AppBuilder, as far as it matters: `Model` is the base of the project's classes and of its own."""
    run(BROUGHT + "class SQLA:\n    Model = Model\n", "flask_appbuilder")
    code = f"""
from flask_appbuilder import SQLA, Model
from sqlalchemy import Column, ForeignKey, Integer

class Item({base}):
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    owner_id = Column(ForeignKey("ab_user.id"))
"""
    if base != "Model":
        code = code.replace("class Item", "db = SQLA()\n\nclass Item").replace("SQLA().Model", "db.Model")
    (real,) = run(code).Item.__table__.c.owner_id.foreign_keys
    assert real.column.table.name == "ab_user"
    ours = Workspace.from_sources({"program.py": code})._project.table("items")
    assert ours is not None
    assert [each.found for each in ours.columns["owner_id"].foreign_keys] == [None]


# ----------------------------------------------------------------- as SQLAlchemy


def _real(metadata: MetaData) -> Iterator[list[str]]:
    for table in metadata.tables.values():
        lines = [f"{table.key}: {', '.join(each.name for each in table.primary_key.columns)}"]
        for key in table.foreign_keys:
            try:
                where = f"{key.column.table.key}.{key.column.name}"
            except NoReferencedColumnError:
                where = f"{key.target_fullname}, which is not there"
            name = key.constraint.name if key.constraint is not None else None
            lines.append(_key(key.parent.name, where, name))
        # A check of a column alone stands with the column.
        for each in (*table.constraints, *(inner for column in table.columns for inner in column.constraints)):
            if isinstance(each, UniqueConstraint):
                lines.append(_constraint("unique", [column.name for column in each.columns], each.name))
            if isinstance(each, CheckConstraint):
                lines.append(_constraint("check", [], each.name))
        yield lines


# ------------------------------------------------------------------- as we have it


def _ours(table: TableInfo) -> list[str]:
    lines = [f"{table.key}: {', '.join(table.primary_key)}"]
    keys = [each.columns for each in table.constraints if each.kind == "primary key"]
    assert keys == ([table.primary_key] if table.primary_key else [])
    for name, column in table.columns.items():
        for key in column.foreign_keys:
            where = f"{key.table}.{key.column}" + {True: "", False: ", which is not there", None: ", maybe"}[key.found]
            lines.append(_key(name, where, key.name))
    lines += [_constraint(each.kind, each.columns, each.name) for each in table.constraints if each.kind in TOLD]
    return lines


# --------------------------------------------------------------------------- text

TOLD = ("unique", "check")


def _text(tables: Any) -> str:
    return "\n".join(sorted("\n".join([first.strip(), *sorted(rest)]) for first, *rest in tables))


def _key(column: str, where: str, name: Any) -> str:
    return f"  {column} -> {where}{f', named {name}' if name else ''}"


def _constraint(kind: str, columns: Any, name: Any) -> str:
    named = f"named {name}" if name else "without a name"
    return f"  {kind} {', '.join(columns)}{',' if columns and name else ''}{' ' if columns else ''}{named}"
