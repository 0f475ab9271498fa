"""Brings the programs and a Python that can import them: installed once, kept in a folder of the user's cache.

SQLASSAY_ORACLE_CACHE names another folder. Nothing here touches the environment that the tests run in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import platformdirs

from . import programs
from .programs import PACKAGES, Program

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
ASK = HERE / "ask.py"


class NotAvailable(Exception):
    """The packages could not be had; the message says why."""


_given_up: dict[Path, NotAvailable] = {}
"""What could not be had is not asked for again in this process: a package index that is not there takes its time."""


def cache() -> Path:
    """The folder that holds what was installed for these requirements and this Python."""
    base = os.environ.get("SQLASSAY_ORACLE_CACHE") or platformdirs.user_cache_dir("sqlassay-oracle")
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + json.dumps(PACKAGES).encode() + sys.version.encode())
    return Path(base) / digest.hexdigest()[:16]


# -------------------------------------------------------------------- install


def sqlalchemy_version() -> str:
    """The SQLAlchemy that answers."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.lower().startswith("sqlalchemy=="))


def python() -> Path:
    """The Python that imports the programs, with all that they import."""
    folder = cache() / "venv"
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    with _made(folder) as new:
        if new:
            _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
            wanted = ["--no-compile", "--no-deps", "--requirement", str(REQUIREMENTS)]
            _pip("--python", str(found), "install", *wanted)
    return found


def sqlalchemy_source() -> Path:
    """The unpacked source distribution of SQLAlchemy: it alone has the examples."""
    version = sqlalchemy_version()
    folder = cache() / "sqlalchemy"
    with _made(folder) as new:
        if new:
            with tempfile.TemporaryDirectory() as temporary:
                wanted = ["--no-deps", "--no-binary", "SQLAlchemy", f"SQLAlchemy=={version}"]
                _pip("download", "--dest", temporary, *wanted)
                (archive,) = Path(temporary).glob("*.tar.gz")
                with tarfile.open(archive) as tar:
                    for member in tar:
                        path = Path(*Path(member.name).parts[1:])
                        file = tar.extractfile(member)
                        if file is not None and path.parts[:1] == ("examples",) and ".." not in path.parts:
                            (folder / path).parent.mkdir(parents=True, exist_ok=True)
                            (folder / path).write_bytes(file.read())
    return folder


def package_root(name: str) -> Path:
    """A folder with one package and nothing else."""
    folder = cache() / "packages" / name
    with _made(folder) as new:
        if new:
            _pip("install", "--no-compile", "--no-deps", "--target", str(folder), *PACKAGES[name][1].split())
    return folder


def examples() -> list[Program]:
    """SQLAlchemy's examples."""
    return programs.examples(sqlalchemy_source())


def package(name: str) -> Program:
    """An installed package."""
    return programs.package(name, package_root(name))


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[bool]:
    """Says whether a folder is to be made, one process at a time, and remembers when that is done."""
    if folder in _given_up:
        raise _given_up[folder]
    done = folder.with_name(folder.name + ".done")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(folder.name + ".lock")):
        if done.exists():
            yield False
            return
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield True
        except NotAvailable as error:
            _given_up[folder] = error
            raise
        done.touch()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "a") as file:
        try:
            import fcntl
        except ImportError:  # Windows: two runs at the same time are not guarded
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NotAvailable(f"{' '.join(command[:6])} ... failed:\n{(done.stderr or done.stdout)[-2000:]}")


# ------------------------------------------------------------------------ ask


def ask(wanted: Iterable[Program]) -> dict[str, Any]:
    """What SQLAlchemy says of programs, by name: see ask.py. Kept until the program or the question is another."""
    wanted = list(wanted)
    kept = {each.name: cache() / "answers" / f"{each.name.replace('/', '-')}-{_digest(each)}.json" for each in wanted}
    missing = [each for each in wanted if not kept[each.name].exists()]
    for name, answer in (_ask(missing) if missing else {}).items():
        kept[name].parent.mkdir(parents=True, exist_ok=True)
        part = kept[name].with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(answer), encoding="utf-8")
        os.replace(part, kept[name])
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in kept.items()}


def _digest(program: Program) -> str:
    return hashlib.sha256(ASK.read_bytes() + program.digest().encode()).hexdigest()[:12]


def _ask(wanted: list[Program]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        request, answer = Path(temporary) / "request.json", Path(temporary) / "answer.json"
        asked = [
            {
                "name": each.name,
                "root": each.root,
                "modules": each.modules,
                "odd": each.odd(),
                "scripts": each.scripts() if each.group == "examples" else {},
            }
            for each in wanted
        ]
        request.write_text(json.dumps({"programs": asked}), encoding="utf-8")
        # Programs write caches and settings into a home of their own, and find no database of anybody's.
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": temporary, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(python()), "-W", "ignore", str(ASK), str(request), str(answer)]
        # Programs that ask something before they go on get an empty line.
        done = subprocess.run(command, capture_output=True, text=True, input="\n" * 100, cwd=temporary, env=environment)
        if not answer.exists():
            raise RuntimeError(f"no answer:\n{done.stderr[-4000:]}")
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found
