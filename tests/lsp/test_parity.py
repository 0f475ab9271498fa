"""What the command line says is what an editor shows: the same findings, and the same text after fixing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from lsp.conftest import MODULE_LOOP, Start
from lsp.editor import applied, at, environment
from lsprotocol import converters, types

pytestmark = MODULE_LOOP

SHOP = Path(__file__).parents[2] / "examples" / "shop"
SEVERITIES = {"error": 1, "warning": 2, "info": 3, "hint": 4}
PLAIN = converters.get_converter()


def run(folder: Path, cache: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "sqlassay", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(cache), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def shown(diagnostic: types.Diagnostic, root: Path) -> dict[str, Any]:
    """A diagnostic in the terms of `--output-format json`."""
    related = [
        {
            "path": str(Path(each.location.uri.removeprefix("file://")).relative_to(root)),
            "range": PLAIN.unstructure(each.location.range),
            "message": each.message,
        }
        for each in diagnostic.related_information or ()
    ]
    return {
        "code": diagnostic.code,
        "name": diagnostic.data["name"],
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "range": PLAIN.unstructure(diagnostic.range),
        "related": related,
        "fix": diagnostic.data["fix"],
    }


def said(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding of the command line in the same terms."""
    kept = ("code", "name", "message", "range")
    return {
        **{key: finding[key] for key in kept},
        "severity": SEVERITIES[finding["severity"]],
        "related": finding["related"],
        "fix": finding["fix"]["safety"] if finding["fix"] else None,
    }


async def test_the_shop(start: Start, root: Path, tmp_path: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("__pycache__"))
    cache = tmp_path / "cache"
    findings = json.loads(run(root, cache, "check", "--output-format", "json"))
    assert len({finding["path"] for finding in findings}) > 5
    editor = await start("visual_studio_code", settings={"select": None})
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
    texts = {name: (root / name).read_text("utf-8") for name in paths}
    fixed = {}
    for name, text in texts.items():
        editor.open(name, text)
        diagnostics = [shown(each, root) for each in await editor.diagnostics(name)]
        assert diagnostics == [said(each) for each in findings if each["path"] == name], name
        actions = await editor.actions(name, at(0), ["source.fixAll.sqlassay"])
        edits = [(await editor.resolved(action)).edit for action in actions]
        fixed[name] = applied(text, edits[0], editor.uri(name)) if edits else text
        editor.close(name)
    run(root, cache, "fix")
    assert fixed == {name: (root / name).read_text("utf-8") for name in paths}
    assert fixed != texts
