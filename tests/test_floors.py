"""The floors stand: imports only go down, and the fronts only use the door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).parent.parent / "server"
PACKAGE = SERVER / "sqlassay"

FLOORS = (
    ("sqlassay",),
    ("sqlassay.syntax",),
    ("sqlassay.fixes.ops",),
    ("sqlassay.findings",),
    ("sqlassay.facts",),
    ("sqlassay.semantics",),
    ("sqlassay.project",),
    ("sqlassay.queries",),
    ("sqlassay.fixes",),
    ("sqlassay.rules",),
    ("sqlassay.config", "sqlassay.checker", "sqlassay.suppressing", "sqlassay.parallel", "sqlassay.linter"),
    ("sqlassay.lsp",),
    ("sqlassay.cli",),
    ("sqlassay.__main__",),
)
"""Bottom to top. A module belongs to the longest name that it is or lies under; `sqlassay` alone is the version.

The fronts do not know each other, but for one door: `sqlassay server` starts the server."""

FRONTS = ("sqlassay.lsp", "sqlassay.cli")

OPEN_TO_FRONTS = (
    "sqlassay",
    "sqlassay.linter",
    "sqlassay.config",
    "sqlassay.findings",
    "sqlassay.rules.base",
    "sqlassay.rules.pages",
    "sqlassay.fixes.ops",
    "sqlassay.queries.answers",
    "sqlassay.syntax.source",
)
"""What a front may import besides itself: the door and the plain data that goes through it."""

LATE = ("jinja2", "libcst", "pygls", "rich")
"""Slow to import: only what needs them may load them."""


def _under(module: str, name: str) -> bool:
    return module == name or module.startswith(name + ".")


def floor_of(module: str) -> int:
    """The number of a module's floor, from 0 at the bottom."""
    fitting = [
        (len(name), number)
        for number, names in enumerate(FLOORS)
        for name in names
        if (module == name if name == "sqlassay" else _under(module, name))
    ]
    assert fitting, f"{module} stands on no floor: add it to FLOORS"
    return max(fitting)[1]


def module_name(path: Path) -> str:
    parts = path.relative_to(SERVER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str, source: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Each import of our own package as (line from 1, module), those under TYPE_CHECKING and in functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _under(alias.name, "sqlassay"):
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                package = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*package, base] if base else package)
            if not _under(base, "sqlassay"):
                continue
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield node.lineno, inner if inner in MODULES else base


def imports_of(module: str) -> Iterator[tuple[int, str]]:
    path = MODULES[module]
    return imports(module, path.read_text("utf-8"), is_package=path.name == "__init__.py")


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    mine = floor_of(module)
    upwards = [f"line {line}: {other}" for line, other in imports_of(module) if floor_of(other) > mine]
    assert not upwards, f"{module} imports from a floor above it"


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(FRONTS)])
def test_fronts_translate_only(module: str) -> None:
    own = next(front for front in FRONTS if _under(module, front))
    doors = (*OPEN_TO_FRONTS, "sqlassay.lsp.server") if own == "sqlassay.cli" else OPEN_TO_FRONTS
    beyond = [
        f"line {line}: {other}"
        for line, other in imports_of(module)
        if not _under(other, own) and not (other in doors or _under(other, "sqlassay.config"))
    ]
    assert not beyond, f"{module} reaches behind the linter"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import sqlassay.syntax.nodes", "sqlassay.syntax.nodes"),
        ("from sqlassay.syntax import nodes", "sqlassay.syntax.nodes"),
        ("from sqlassay.syntax.nodes import Name", "sqlassay.syntax.nodes"),
        ("from . import place", "sqlassay.syntax.place"),
        ("from ..findings import Finding", "sqlassay.findings"),
        ("if TYPE_CHECKING:\n    from sqlassay.linter import Workspace", "sqlassay.linter"),
        ("def f():\n    import sqlassay.linter", "sqlassay.linter"),
    ],
)
def test_every_form_of_import_is_seen(source: str, expected: str) -> None:
    assert [name for _, name in imports("sqlassay.syntax.lower", source, is_package=False)] == [expected]


def test_the_command_line_starts_light() -> None:
    code = f"import sys, sqlassay.cli.main; print([n for n in {LATE!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=SERVER, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
