from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.fake_workspace import FakeWorkspace
from config.toy_rules import TOYS
from msgspec import Struct
from sqlassay import linter
from sqlassay.cli.main import main
from sqlassay.rules import base


class Ran(Struct):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _quiet_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "SQLASSAY_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = {key: each for each in TOYS for key in (each.meta.code, each.meta.name)}
    monkeypatch.setattr(base, "all_rules", lambda: TOYS)
    monkeypatch.setattr(base, "rules_by_name", lambda: by_name)
    monkeypatch.setattr(linter, "Workspace", FakeWorkspace)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project that is the working folder."""
    (tmp_path / "sqlassay.toml").write_text('select = ["ALL"]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sqlassay(_toys: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the fake engine: `sqlassay("check", "a.py", stdin=b"...")`."""

    def run(*arguments: str | os.PathLike[str], stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        code = main([os.fspath(each) for each in arguments])
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    return run
