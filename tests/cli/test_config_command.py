"""`sqlassay config`: what holds for a file, and where that is from."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Run


def test_what_holds_and_where_it_is_from(sqlassay: Run, project: Path) -> None:
    (project / "sqlassay.toml").write_text(
        'dialect = "mysql"\n\nseverities = { ALC601 = "error" }\nper-file-ignores = { "tests/*" = ["ALC301"] }\n'
    )
    (project / "requirements.txt").write_text("sqlalchemy==1.4.49\n")
    ran = sqlassay("config", "tests/test_a.py", "--ignore", "ALC302")
    file = project / "sqlassay.toml"
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[:4] == [
        f"file: {project / 'tests/test_a.py'}",
        f"project: {project}",
        f"configuration: {file}",
        "SQLAlchemy: 1.4.49  # requirements.txt",
    ]
    assert f"dialect: [mysql]  # {file}:1" in lines
    assert f"severities: {{ALC601 = error}}  # {file}:3" in lines
    assert "ignore: [ALC302]  # command line" in lines
    assert "select: [recommended]  # default" in lines
    assert "respect-gitignore: true  # default" in lines
    assert "target-version: not set  # default" in lines
    assert lines[-2:] == ["rules that are on (1):", "  ALC601 n-plus-one (error)"]


def test_json(sqlassay: Run, project: Path) -> None:
    (project / "sqlassay.toml").write_text('target-version = "1.4"\n')
    (project / "venv").mkdir()
    (project / "venv" / "a.py").write_text("")
    document = json.loads(sqlassay("config", "venv/a.py", "--output-format", "json").out)
    assert document["excluded_by"] == f"exclude in {project / 'sqlassay.toml'}"
    assert document["sqlalchemy"] == {"versions": ">=1.4,<1.5", "source": "target-version"}
    assert document["values"]["target-version"] == {"value": "1.4", "source": f"{project / 'sqlassay.toml'}:1"}
    assert [rule["code"] for rule in document["rules"]] == ["ALC301", "ALC302", "ALC601"]


def test_a_folder_is_asked_about_for_what_is_in_it(sqlassay: Run, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "sqlassay.toml").write_text('dialect = "oracle"\n')
    assert f"configuration: {project / 'sub' / 'sqlassay.toml'}" in sqlassay("config", "sub").out
    assert f"configuration: {project / 'sqlassay.toml'}" in sqlassay("config").out


def test_a_configuration_that_is_refused_is_2(sqlassay: Run, project: Path) -> None:
    (project / "sqlassay.toml").write_text("zzz = 1\n")
    ran = sqlassay("config")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f'sqlassay: {project / "sqlassay.toml"}:1: unknown key "zzz"\n'
