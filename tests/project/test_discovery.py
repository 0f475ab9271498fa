"""Which files a walk gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlassay.project.discovery import Exclusion, check_pattern, discover, excluded_by

Tree = Callable[..., None]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Makes files: `tree("a.py", "b/c.py", **{".gitignore": "x"})`."""

    def make(*names: str, **texts: str) -> None:
        for name in [*names, *texts]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts.get(name, ""), "utf-8")

    return make


def walk(
    root: Path, *paths: str, exclude: tuple[str, ...] = (), force: bool = False, gitignore: bool = True
) -> list[str]:
    exclusion = Exclusion(str(root), exclude, gitignore)
    found = discover([str(root / path) for path in paths or (".",)], lambda _: exclusion, force_exclude=force)
    assert found == sorted(found)
    return [Path(path).relative_to(root).as_posix() for path in found]


def test_only_python_files(tmp_path: Path, tree: Tree) -> None:
    tree("b.py", "a/c.py", "a/stub.pyi", "a/notes.txt", "a/py", "nb.ipynb", "z/empty.pyc")
    assert walk(tmp_path) == ["a/c.py", "b.py"]


def test_a_named_file_is_always_in_and_each_file_once(tmp_path: Path, tree: Tree) -> None:
    tree("script", "venv/x.py", "a.py", **{".gitignore": "script"})
    assert walk(tmp_path, "script", "venv/x.py", ".", "a.py", exclude=("venv",)) == ["a.py", "script", "venv/x.py"]


def test_force_exclude_holds_for_named_paths(tmp_path: Path, tree: Tree) -> None:
    tree("venv/lib/x.py", "ignored/y.py", "a.py", **{".gitignore": "/ignored/\n"})
    named = ("venv/lib/x.py", "venv", "ignored/y.py", "a.py")
    assert walk(tmp_path, *named, exclude=("venv",), force=True) == ["a.py"]


def test_a_named_folder_is_read_whatever_is_said_of_it(tmp_path: Path, tree: Tree) -> None:
    tree("build/a.py", "build/deep/b.py", "gen/c.py", **{".gitignore": "/gen/\n"})
    assert walk(tmp_path, "build", "gen", exclude=("build",)) == ["build/a.py", "build/deep/b.py", "gen/c.py"]
    assert walk(tmp_path, exclude=("build",)) == []


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("venv", ["a.py", "src/gen/a_pb2.py", "src/gen/keep.py"]),
        ("*_pb2.py", ["a.py", "src/gen/keep.py", "src/venv/x.py"]),
        ("src/gen", ["a.py", "src/venv/x.py"]),
        ("/gen", ["a.py", "src/gen/a_pb2.py", "src/gen/keep.py", "src/venv/x.py"]),
        ("src/**/keep.py", ["a.py", "src/gen/a_pb2.py", "src/venv/x.py"]),
        ("**/gen/", ["a.py", "src/venv/x.py"]),
        ("/*.py", ["src/gen/a_pb2.py", "src/gen/keep.py", "src/venv/x.py"]),
    ],
)
def test_exclude_has_gitignore_syntax(tmp_path: Path, tree: Tree, pattern: str, kept: list[str]) -> None:
    tree("a.py", "src/venv/x.py", "src/gen/a_pb2.py", "src/gen/keep.py")
    assert walk(tmp_path, exclude=(pattern,)) == kept
    assert walk(tmp_path, "src", exclude=(pattern,)) == [name for name in kept if name.startswith("src/")]


def test_gitignore_files_of_every_level(tmp_path: Path, tree: Tree) -> None:
    tree(
        "a.py",
        "a_gen.py",
        "sub/a.py",
        "sub/b.py",
        "sub/x_gen.py",
        "sub/keep_gen.py",
        "sub/deep/b.py",
        **{".gitignore": "*_gen.py\n# a comment\n\n", "sub/.gitignore": "/b.py\n!keep_gen.py\n"},
    )
    assert walk(tmp_path) == ["a.py", "sub/a.py", "sub/deep/b.py", "sub/keep_gen.py"]
    assert "a_gen.py" in walk(tmp_path, gitignore=False)


def test_gitignore_files_above_the_named_folder_hold_too(tmp_path: Path, tree: Tree) -> None:
    tree("app/core/a.py", "app/core/local.py", **{".gitignore": "local.py", ".git/HEAD": ""})
    assert walk(tmp_path, "app/core") == ["app/core/a.py"]


def test_what_git_info_exclude_says_holds(tmp_path: Path, tree: Tree) -> None:
    tree("a.py", "b.py", "sub/b.py", **{".git/info/exclude": "/b.py\n"})
    assert walk(tmp_path) == ["a.py", "sub/b.py"]


def test_a_repository_inside_has_its_own_rules(tmp_path: Path, tree: Tree) -> None:
    tree("gen.py", "vendor/lib/gen.py", **{".gitignore": "gen.py", ".git/HEAD": "", "vendor/lib/.git": "gitdir: x"})
    assert walk(tmp_path) == ["vendor/lib/gen.py"]


def test_a_line_of_gitignore_that_is_no_pattern_is_passed_over(tmp_path: Path, tree: Tree) -> None:
    tree("a.py", "b.py", **{".gitignore": "!\n///\nb.py\n"})
    assert walk(tmp_path) == ["a.py"]
    with pytest.raises(ValueError, match="!"):
        check_pattern("!")


def test_a_gitignore_that_is_no_text_does_not_matter(tmp_path: Path, tree: Tree) -> None:
    tree("a.py", "b.py")
    (tmp_path / ".gitignore").write_bytes(b"\xff\xfe\x00\nb.py\n")
    assert walk(tmp_path) == ["a.py"]


def test_symlink_loops_end(tmp_path: Path, tree: Tree) -> None:
    tree("pkg/a.py", "pkg/sub/b.py")
    (tmp_path / "pkg" / "sub" / "up").symlink_to(tmp_path / "pkg", target_is_directory=True)
    (tmp_path / "pkg" / "self").symlink_to("self")
    (tmp_path / "outside").symlink_to(tmp_path.parent, target_is_directory=True)
    assert walk(tmp_path) == ["pkg/a.py", "pkg/sub/b.py"]


def test_a_link_counts_under_its_own_name_only_where_nothing_better_is(tmp_path: Path, tree: Tree) -> None:
    tree("project/z/real.py", "elsewhere/lib/c.py", "elsewhere/one.py")
    project = tmp_path / "project"
    (project / "a").symlink_to(project / "z", target_is_directory=True)
    (project / "a.py").symlink_to(project / "z" / "real.py")
    (project / "lib").symlink_to(tmp_path / "elsewhere" / "lib", target_is_directory=True)
    (project / "one.py").symlink_to(tmp_path / "elsewhere" / "one.py")
    (project / "broken.py").symlink_to(tmp_path / "nothing")
    assert walk(project) == ["lib/c.py", "one.py", "z/real.py"]


def test_links_that_are_excluded_are_not_followed(tmp_path: Path, tree: Tree) -> None:
    tree("project/a.py", "elsewhere/x.py")
    (tmp_path / "project" / ".venv").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert walk(tmp_path / "project", exclude=(".venv",)) == ["a.py"]


def test_a_folder_that_cannot_be_read_holds_nothing(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree("a.py", "locked/b.py")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert walk(tmp_path) == ["a.py"]


def test_paths_that_do_not_exist_hold_nothing(tmp_path: Path) -> None:
    assert walk(tmp_path, "nope", "nope.py") == []


def test_each_folder_is_asked_for_its_own_exclusion(tmp_path: Path, tree: Tree) -> None:
    tree("gen/a.py", "sub/gen/a.py", "sub/other/b.py")
    outer = Exclusion(str(tmp_path), ("gen",))
    inner = Exclusion(str(tmp_path / "sub"), ("other",))
    found = discover([str(tmp_path)], lambda folder: inner if "/sub" in folder.replace(os.sep, "/") else outer)
    assert [Path(path).relative_to(tmp_path).as_posix() for path in found] == ["sub/gen/a.py"]


def test_who_keeps_a_path_out(tmp_path: Path, tree: Tree) -> None:
    tree("build/deep/a.py", "sub/b.py", "c.py", **{"sub/.gitignore": "b.py"})
    exclusion = Exclusion(str(tmp_path), ("build",), True, "exclude in x.toml")

    def said(path: str) -> str | None:
        return excluded_by(str(tmp_path / path), lambda _: exclusion)

    assert said("build/deep/a.py") == "exclude in x.toml"
    assert said("sub/b.py") == str(tmp_path / "sub" / ".gitignore")
    assert said("c.py") is None
