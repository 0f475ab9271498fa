"""The project on disk, with branches, and its copy in which the open texts are written for a fresh check."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

KEPT = (".py", ".toml", ".cfg", ".ini", ".txt", ".lock", ".html", ".htm", ".jinja", ".jinja2", ".j2", "METADATA")
"""What decides about findings: only this is copied."""


class Folder:
    """`live` is what the editor has open, `fresh` the copy. Paths are relative, with slashes."""

    def __init__(self, project: Path, work: Path, configuration: str) -> None:
        """`configuration` is written to sqlassay.toml."""
        self.live = work / "live" / project.name
        self.fresh = work / "fresh" / project.name
        for each in (self.live, self.fresh):
            _copy(project, each)
            if configuration or not any((each / name).exists() for name in ("sqlassay.toml", "pyproject.toml")):
                (each / "sqlassay.toml").write_text(configuration)
        self.touched: set[str] = set()
        """Changed on disk since `mirror`."""
        self._texts: dict[str, str] = {}
        """The texts that were open at the last `mirror`."""
        self.git("init", "-q", "-b", "main")
        self.commit("as it was")

    # ---- reading

    def files(self, suffix: str = ".py") -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.live):
            folders[:] = sorted(each for each in folders if each != ".git")
            found += [Path(folder, name).relative_to(self.live).as_posix() for name in names if name.endswith(suffix)]
        return sorted(found)

    def folders(self) -> set[str]:
        """All folders there are now."""
        found: set[str] = set()
        for folder, folders, _ in os.walk(self.live):
            folders[:] = [each for each in folders if each != ".git"]
            paths = (Path(folder, each).relative_to(self.live) for each in folders)
            found.update(each.as_posix() for each in paths)
        return found

    def read(self, path: str) -> str | None:
        """The text of a file; None where it is gone, or is none that this editor can keep as it is."""
        try:
            text = (self.live / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return None if "\r" in text or text.startswith("\ufeff") else text

    def read_any(self, path: str) -> str | None:
        """The text of a file for the record; None where it is gone."""
        try:
            return (self.live / path).read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return None

    def exists(self, path: str) -> bool:
        return (self.live / path).exists()

    # ---- writing

    def write(self, path: str, text: str) -> None:
        target = self.live / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))
        self.touched.add(path)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty then, as git does."""
        target = self.live / path
        target.unlink()
        self.touched.add(path)
        for folder in target.relative_to(self.live).parents:
            if folder == Path() or any((self.live / folder).iterdir()):
                break
            (self.live / folder).rmdir()

    # ---- branches

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@localhost", "-c", "gc.auto=0"]
        done = subprocess.run([*command, *arguments], cwd=self.live, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "--all", "--force")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def switch(self, branch: str) -> list[str]:
        """Commit what is on disk and check a branch out. Gives the files that are others then."""
        self.commit("work in progress")
        before = self.git("rev-parse", "HEAD").strip()
        self.git("checkout", "-q", branch)
        changed = self.git("diff", "--name-only", "--no-renames", "-z", before, "HEAD").split("\0")
        self.touched.update(filter(None, changed))
        return sorted(filter(None, changed))

    # ---- the copy

    def mirror(self, opened: dict[str, str]) -> None:
        """Bring `fresh` up to date: the disk, and over it the texts that are open."""
        for path in {*self.touched, *self._texts} - opened.keys():
            source, target = self.live / path, self.fresh / path
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            else:
                target.unlink(missing_ok=True)
        for path, text in opened.items():
            if self._texts.get(path) != text or path in self.touched:
                (self.fresh / path).parent.mkdir(parents=True, exist_ok=True)
                (self.fresh / path).write_bytes(text.encode("utf-8", "surrogateescape"))
        self.touched.clear()
        self._texts = dict(opened)


def _copy(project: Path, target: Path) -> None:
    for folder, folders, names in os.walk(project):
        folders[:] = [each for each in folders if each not in (".git", "__pycache__", "node_modules", ".venv")]
        for name in names:
            if name.endswith(KEPT) or name == ".gitignore":
                source = Path(folder, name)
                place = target / source.relative_to(project)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
