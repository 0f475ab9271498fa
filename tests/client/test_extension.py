"""The VS Code extension and the server belong together: settings, versions, and the packages it brings along."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from sqlassay import __version__
from sqlassay.config.keys import KEYS
from sqlassay.lsp.settings import OVERRIDES

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client-vscode"
MANIFEST = json.loads((CLIENT / "package.json").read_text("utf-8"))
SERVER_ONLY = {"configuration", "fixOnSave"}
"""What the server reads and a project's configuration does not know."""
CLIENT_ONLY = {"interpreter", "path", "importStrategy", "trace.server"}

NOT_BROUGHT = {"rich"}
"""A progress bar in terminals."""


def test_every_key_of_the_configuration_is_a_setting() -> None:
    assert set(OVERRIDES.values()) == set(KEYS)
    declared = {name.removeprefix("sqlassay.") for name in MANIFEST["contributes"]["configuration"]["properties"]}
    assert declared == {*OVERRIDES, *SERVER_ONLY, *CLIENT_ONLY}


@pytest.mark.parametrize(
    ("page", "names"), [("docs/editors.md", {*OVERRIDES, *SERVER_ONLY}), ("client-vscode/README.md", None)]
)
def test_the_pages_list_every_setting(page: str, names: set[str] | None) -> None:
    text = (ROOT / page).read_text("utf-8")
    wanted = names or {f"sqlassay.{name}" for name in (*OVERRIDES, *SERVER_ONLY, *CLIENT_ONLY)}
    listed = {name for row in re.findall(r"^\|(.*?)\|", text, re.MULTILINE) for name in re.findall(r"`([\w.]+)`", row)}
    assert wanted <= listed


def test_no_setting_hides_what_the_project_says() -> None:
    """A default that says something would be sent, and win over the project's own configuration."""
    properties = MANIFEST["contributes"]["configuration"]["properties"]
    loud = {name for name in OVERRIDES if properties[f"sqlassay.{name}"]["default"] not in (None, "", [], {})}
    assert not loud


def test_the_versions_are_one() -> None:
    assert MANIFEST["version"] == __version__
    assert f"## {__version__}" in (CLIENT / "CHANGELOG.md").read_text("utf-8")


# ---- what it brings


def packaging_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("package", CLIENT / "scripts" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_server_has_all_the_packages_that_it_needs() -> None:
    script = packaging_script()
    brought = {**script.pins(script.PURE), **script.pins(script.COMPILED)}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert listed is not None
    needed = [Requirement(line) for line in re.findall(r'"(.*)",', listed.group(1))]
    assert len(needed) > 5
    for requirement in needed:
        if requirement.name not in NOT_BROUGHT:
            version = brought[requirement.name].partition("==")[2]
            assert requirement.specifier.contains(version), requirement.name


def test_every_python_that_the_server_runs_on_is_brought_for() -> None:
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert list(packaging_script().PYTHONS) == classifiers


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """An extension that brings nothing."""
    shutil.copyfile(CLIENT / "bundled" / "run.py", tmp_path / "run.py")
    (tmp_path / "libs").mkdir()
    return tmp_path


def refusal(bundle: Path, code: str = "pass") -> str:
    """What `run.py` says to a Python that sees no packages, and that `code` has changed."""
    run = f"import runpy, sys; {code}; sys.argv[:] = ['run.py', '--version']; sys.path.insert(0, ''); "
    run += f"runpy.run_path({str(bundle / 'run.py')!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", run], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_an_old_python_is_told_so(bundle: Path) -> None:
    said = refusal(bundle, "sys.version_info = (3, 8, 1)")
    assert said == "Python 3.8 is too old: Sqlassay needs 3.10 or newer\n"


def test_an_old_python_can_read_the_script() -> None:
    source = (CLIENT / "bundled" / "run.py").read_text("utf-8")
    assert not re.search(r"\bf[\"']|->|:=|\bmatch\b.*:$", source, re.MULTILINE)


@pytest.mark.parametrize(
    ("pythons", "why"),
    [
        ([], "this is the extension for all platforms, which comes without compiled packages"),
        (["3.98", "3.99"], "the extension's compiled packages are for Python 3.98, 3.99 on linux-x64"),
    ],
)
def test_who_lacks_compiled_packages_is_told_what_to_install(bundle: Path, pythons: list[str], why: str) -> None:
    script = packaging_script()
    compiled = script.pins(script.COMPILED)
    (bundle / "contents.json").write_text(json.dumps({"target": "linux-x64", "pythons": pythons, "compiled": compiled}))
    said = refusal(bundle)
    assert said.startswith(why)
    command = said.partition("Install them: ")[2]
    assert command.startswith(f'"{sys.executable}" -m pip install ')
    assert set(command.split("install ")[1].split()) == {compiled[name] for name in compiled if name != "markupsafe"}
