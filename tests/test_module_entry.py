"""`python -m sqlassay` in a project's folder: the project's modules must not run in place of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlassay

SERVER = Path(sqlassay.__file__).parent.parent


def version(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sqlassay", "--version"],
        cwd=folder,
        env={"PYTHONPATH": str(SERVER)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_says_its_version(tmp_path: Path) -> None:
    run = version(tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"sqlassay {sqlassay.__version__}\n", "")


@pytest.mark.parametrize("module", ["argparse", "gettext"])
def test_a_module_of_the_project_never_runs(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("raise SystemExit('user code ran')\n")
    run = version(tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"sqlassay {sqlassay.__version__}\n", "")
