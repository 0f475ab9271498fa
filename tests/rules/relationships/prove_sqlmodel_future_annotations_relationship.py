"""SQLModel takes the whole string of an annotation for a class's name.

Each program runs in an interpreter of its own: SQLModel has one registry and one MetaData for all models. Where
SQLModel is missing the proof is skipped; with CI=true it fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("sqlmodel") is None and os.environ.get("CI") != "true", reason="SQLModel is not installed"
)

PROGRAM = """
{future}
from sqlmodel import Field, Relationship, SQLModel
from sqlalchemy.orm import configure_mappers


class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    heroes: {annotation} = Relationship()


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team_id: int = Field(foreign_key="team.id")


configure_mappers()
"""
FUTURE = "from __future__ import annotations"


def run(future: str, annotation: str) -> str:
    """The last line of the program's traceback; empty where it raises nothing."""
    program = PROGRAM.format(future=future, annotation=annotation)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@pytest.mark.parametrize("annotation", ["list[Hero]", 'list["Hero"]'])
def test_with_the_import_it_raises(annotation: str) -> None:
    assert "seems to be using a generic class as the argument" in run(FUTURE, annotation)


def test_without_it_does_not() -> None:
    assert run("", 'list["Hero"]') == ""
