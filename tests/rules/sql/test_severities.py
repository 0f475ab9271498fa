"""How loud a finding on interpolated SQL is: by where the value comes from, and by where it stands."""

from __future__ import annotations

import os

import pytest
from sqlassay.findings import Severity
from sqlassay.linter import MEMORY_ROOT, Workspace

HANDLER = """
from fastapi import FastAPI
from sqlalchemy import literal_column, text
from sqlalchemy.orm import Session

app = FastAPI()


@app.get("/users")
def users(name: str):
    with Session() as session:
        {statement}
"""

FUNCTION = """
from sqlalchemy import literal_column, text
from sqlalchemy.orm import Session


def users(session: Session, name: str, row):
    {statement}
"""

CASES = {
    "a request's value": (HANDLER, "session.execute(text(f\"SELECT 1 WHERE a = '{name}'\"))", Severity.ERROR),
    "a request's name": (HANDLER, 'session.execute(text(f"SELECT {name} FROM a"))', Severity.WARNING),
    "a request's expression": (HANDLER, "literal_column(name)", Severity.ERROR),
    "a parameter's value": (FUNCTION, "session.execute(text(f\"SELECT 1 WHERE a = '{name}'\"))", Severity.WARNING),
    "a parameter's name": (FUNCTION, 'session.execute(text(f"SELECT {name} FROM a"))', Severity.INFO),
    "a value that nobody knows": (FUNCTION, 'session.execute(text(f"SELECT 1 WHERE a = {row[0]}"))', Severity.WARNING),
    "in a statement without parameters": (FUNCTION, "session.execute(text(f\"SET a = '{name}'\"))", Severity.INFO),
    "a literal's value": (FUNCTION, "literal_column(f\"'{name}'\")", Severity.WARNING),
}


@pytest.mark.parametrize(("program", "statement", "severity"), CASES.values(), ids=CASES)
def test_severity(program: str, statement: str, severity: Severity) -> None:
    workspace = Workspace.from_sources({"main.py": program.replace("{statement}", statement)})
    findings = workspace.check(os.path.join(MEMORY_ROOT, "main.py")).findings
    assert [each.severity for each in findings if each.code in ("ALC701", "ALC702")] == [severity]
