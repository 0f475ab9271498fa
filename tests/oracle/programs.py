"""The programs that are compared."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"

PACKAGES = {
    "optuna": ("optuna", "optuna==5.0.0"),
    "mlflow": ("mlflow", "mlflow==3.18.0"),
    "zenml": ("zenml", "zenml==0.98.0"),
    "prefect": ("prefect", "prefect==3.9.1"),
    "galaxy": ("galaxy", "galaxy-data==26.1.2"),
    "airflow": ("airflow", "apache-airflow-core==3.3.2 apache-airflow-task-sdk==1.3.2"),
}
"""Name to the package to import and the releases to install in one folder.

Airflow's core reads its settings from a file that its SDK looks for beside itself."""

# A module that has none of these declares no model and no table (rich has a `Table` too).
_MODELS = re.compile(
    rb"__tablename__|__table__|declarative|DeclarativeBase|map_imperatively|\btable=True|@[\w.]+\.mapped|\bdb\.Model\b"
)
_TABLES = re.compile(rb"\bTable\(")
_LIBRARY = re.compile(rb"sqlalchemy|sqlmodel|\bsa\.")


def _declares(text: bytes) -> bool:
    return bool(_MODELS.search(text) or (_TABLES.search(text) and _LIBRARY.search(text)))


@dataclass(frozen=True)
class Program:
    """A folder of Python code and the modules of it to import."""

    name: str
    group: str
    """fixtures, examples or packages"""
    root: str
    """The folder that is put on `sys.path`; our side indexes it."""
    modules: tuple[str, ...]

    pinned: bool = True
    """It is a release: what SQLAlchemy says of it never changes."""

    def digest(self) -> str:
        """Changes with the code."""
        said = [self.root, *self.modules]
        if not self.pinned:
            said += [path.read_text(encoding="utf-8") for path in _files(Path(self.root))]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()

    def scripts(self) -> dict[str, str]:
        """The files of the modules that declare classes only where they are run."""
        return {name: str(path) for name, path in self._paths().items() if _runs(path.read_bytes())}

    def odd(self) -> dict[str, str]:
        """The files of the modules that no import statement can name, as migrations are: `v1.3.0.a`, `0001_first`."""
        return {name: str(path) for name, path in self._paths().items() if not path.with_suffix("").name.isidentifier()}

    def _paths(self) -> dict[str, Path]:
        files = {".".join(path.relative_to(self.root).with_suffix("").parts): path for path in _files(Path(self.root))}
        return {name: files[name] for name in self.modules if name in files}


def fixtures() -> list[Program]:
    """Our own programs: each folder or file under fixtures/."""
    found = []
    for path in sorted(FIXTURES.iterdir()):
        if path.is_dir() and path.name != "__pycache__":
            modules = tuple(modules_under(path))
            found.append(Program(path.name, "fixtures", str(path), modules, pinned=False))
    return found


def examples(source: Path) -> list[Program]:
    """SQLAlchemy's examples, in its unpacked source: one program a folder, all in the package `examples`."""
    return [
        Program(f"examples/{path.name}", "examples", str(source), tuple(modules_under(path, source)))
        for path in sorted((source / "examples").iterdir())
        if path.is_dir() and path.name != "__pycache__"
    ]


def package(name: str, root: Path) -> Program:
    """An installed package: every module of it that looks as if it declared models or tables."""
    folder = root / PACKAGES[name][0]
    return Program(name, "packages", str(root), tuple(modules_under(folder, root, _declares)))


def modules_under(folder: Path, root: Path | None = None, wanted: Callable[[bytes], bool] = bool) -> Iterator[str]:
    """The modules in a folder, as they are imported from `root`, sorted; only those whose text is wanted."""
    for path in _files(folder):
        if not wanted(path.read_bytes()):
            continue
        parts = list(path.relative_to(root or folder).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if parts and parts[-1] != "__main__":
            yield ".".join(parts)


def _runs(text: bytes) -> bool:
    """Whether a script declares classes only where it is run."""
    return b"class " in text.partition(b'if __name__ == "__main__":')[2]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))
