"""The mapper graph against SQLAlchemy, on the small programs of mapping/*.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness.markdown import Fence, read
from sqlalchemy import Table, inspect
from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.mapper import _all_registries
from sqlassay.linter import MEMORY_ROOT, Workspace

HERE = Path(__file__).parent / "mapping"


def _programs() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.md")):
        for titles, section in read(path.read_text(encoding="utf-8")).walk():
            fences = section.fences()
            if fences:
                code, expected = _two(fences)
                yield pytest.param(code, expected, id=f"{path.stem}/{'/'.join(titles[1:])}")


def _two(fences: list[Fence]) -> tuple[str, str]:
    code, expected = fences
    assert (code.language, expected.language) == ("python", "text")
    return code.text, expected.text


@pytest.mark.parametrize(("code", "expected"), list(_programs()))
def test_sqlalchemy_says_so(code: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("program")
    monkeypatch.setitem(sys.modules, "program", module)
    before = set(_all_registries())
    try:
        exec(compile(code, "program.py", "exec"), module.__dict__)
        configure_mappers()
        mine = [mapper for each in _all_registries() if each not in before for mapper in each.mappers]
        assert "\n".join(sorted(_real(mapper) for mapper in mine)).strip() == expected.strip()
    finally:
        # Those of this program alone: other tests of the process have models of their own.
        for each in set(_all_registries()) - before:
            each.dispose()


@pytest.mark.parametrize(("code", "expected"), list(_programs()))
def test_we_say_so(code: str, expected: str) -> None:
    workspace = Workspace.from_sources({"program.py": code})
    project = workspace._project
    models = [project.model(ref) for ref in project.models()]
    assert "\n".join(sorted(_ours(model) for model in models)).strip() == expected.strip()
    assert project.files.states[f"{MEMORY_ROOT}/program.py"].facts is not None


# ----------------------------------------------------------------- as SQLAlchemy


def _real(mapper: Any) -> str:
    table = mapper.local_table
    lines = [f"{mapper.class_.__name__}: {table.fullname if isinstance(table, Table) else None}"]
    if mapper.inherits is not None:
        how = "concrete" if mapper.concrete else "single" if mapper.single else "joined"
        lines[0] += f" < {mapper.inherits.class_.__name__} ({how})"
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if isinstance(getattr(column, "table", None), Table):
            keys = sorted(f"{each.column.table.fullname}.{each.column.name}" for each in column.foreign_keys)
            lines.append(
                _column(attribute.key, column.name, str(column.type), column.primary_key, column.nullable, keys)
            )
    for each in mapper.relationships:
        pairs = []
        if each.secondary is None:
            pairs = [
                f"{left.table.fullname}.{left.name} = {right.table.fullname}.{right.name}"
                for left, right in each.local_remote_pairs
            ]
        lines.append(
            _relationship(
                each.key,
                each.mapper.class_.__name__,
                {"ONETOMANY": "one-to-many", "MANYTOONE": "many-to-one"}.get(each.direction.name, "many-to-many"),
                {True: "select", False: "joined", None: "noload"}.get(each.lazy, each.lazy),
                bool(each.uselist),
                each.back_populates,
                each.secondary.fullname if each.secondary is not None else None,
                pairs,
            )
        )
    assert inspect(mapper.class_) is mapper
    return "\n".join(_sorted(lines))


# ------------------------------------------------------------------- as we have it


def _ours(model: Any) -> str:
    lines = [f"{model.ref.name.rsplit('.', 1)[-1]}: {model.table_key}"]
    if model.inherits is not None:
        lines[0] += f" < {model.inherits.name} ({model.inheritance})"
    for attribute, column in model.columns.items():
        keys = sorted(f"{each.table}.{each.column}" for each in column.foreign_keys)
        kind = column.sql_type.sql if column.sql_type is not None else "NULL"
        lines.append(_column(attribute, column.name, kind, column.primary_key, bool(column.nullable), keys))
    for name, each in model.relationships.items():
        pairs = [f"{'.'.join(one.local)} = {'.'.join(one.remote)}" for one in each.pairs]
        lines.append(
            _relationship(
                name,
                each.target.name.rsplit(".", 1)[-1] if each.target is not None else None,
                each.direction,
                each.lazy,
                bool(each.uselist),
                each.other_side,
                each.secondary_table,
                pairs if not each.secondary else [],
            )
        )
    return "\n".join(_sorted(lines))


# --------------------------------------------------------------------------- text


def _column(attribute: str, name: str, kind: str, key: bool, null: bool, keys: list[str]) -> str:
    renamed = f" ({name})" if name != attribute else ""
    marks = f"{' key' if key else ''}{' null' if null else ''}"
    return f"  {attribute}{renamed} {kind}{marks}{''.join(f' -> {each}' for each in keys)}"


def _relationship(
    name: str,
    target: str | None,
    direction: str | None,
    lazy: str | None,
    many: bool,
    other: str | None,
    secondary: str | None,
    pairs: list[str],
) -> str:
    through = f" through {secondary}" if secondary else ""
    back = f", {other}" if other else ""
    joined = f", on {' and '.join(sorted(pairs))}" if pairs else ""
    return f"  {name} => {target}: {direction}{through}, {lazy}, {'many' if many else 'one'}{back}{joined}"


def _sorted(lines: list[str]) -> list[str]:
    return [lines[0], *sorted(lines[1:], key=lambda line: (" => " in line, line))]
