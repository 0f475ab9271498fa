"""The files in which a project says what it depends on, read as they are: nothing is run, nothing is resolved.

Every reader takes the project's root and gives `{canonical package name: [(PEP 440 specifier, where), ...]}`; a file
that is missing or not understood says nothing.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sqlassay.project.toml import TomlError, parse, table

Found = dict[str, list[tuple[str, str]]]

_LOCKED = re.compile(r"""^name\s*=\s*["']([\w.-]+)["']\s*\nversion\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
_INSTALLED = re.compile(r"([\w.]+)-(\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info")
_QUOTED = re.compile(r"""["']([A-Za-z][^"'\n]*)["']""")
_CONSTRAINT = re.compile(r"([\^~]?)\s*v?(\d+(?:\.\d+)*)(.*)")

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
VENVS = (".venv", "venv", "env")


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8-sig", errors="replace")
    except OSError:
        return None


def _add(found: Found, name: str, spec: str, source: str) -> None:
    found.setdefault(canonicalize_name(name), []).append((spec, source))


def _add_requirements(found: Found, lines: Iterable[object], source: str, wanted: frozenset[str]) -> None:
    """PEP 508 lines; those that are not, and those that name a place instead of a version, say nothing."""
    for line in lines:
        name = _NAME.match(line) if isinstance(line, str) else None
        if not isinstance(line, str) or name is None or canonicalize_name(name[1]) not in wanted:
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.url is None:
            _add(found, requirement.name, str(requirement.specifier), source)


# ---- what is locked


def locked(root: Path, wanted: frozenset[str]) -> Iterator[Found]:
    """One answer a lock file, in the order in which they are trusted."""
    for name in LOCKS:
        text = _text(root / name)
        if text is None:
            continue
        found: Found = {}
        # A lock of a large project takes a TOML reader a third of a second: these two lines are all we want of it.
        pairs = _pipfile(text) if name == "Pipfile.lock" else _LOCKED.findall(text.replace("\r\n", "\n"))
        for package, version in pairs:
            if canonicalize_name(package) in wanted:
                _add(found, package, f"=={version}", name)
        yield found


def _pipfile(text: str) -> Iterator[tuple[str, str]]:
    try:
        document = table(json.loads(text))
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        for package, entry in table(document.get(section)).items():
            version = table(entry).get("version")
            if isinstance(version, str):
                yield package, version.removeprefix("==")


# ---- requirements files


def required(root: Path, wanted: frozenset[str]) -> tuple[Found, Found]:
    """What the requirements files pin, and what else they ask for."""
    found: Found = {}
    seen: set[Path] = set()
    for path in [*sorted(root.glob("requirements*.txt")), *sorted(root.glob("requirements/*.txt"))]:
        _read_requirements(path, root, wanted, found, seen)
    pinned: Found = {}
    ranges: Found = {}
    for name, specs in found.items():
        for spec, source in specs:
            pin = spec.startswith("==") and "," not in spec and "*" not in spec
            _add(pinned if pin else ranges, name, spec, source)
    return pinned, ranges


def _read_requirements(path: Path, root: Path, wanted: frozenset[str], found: Found, seen: set[Path]) -> None:
    path = Path(os.path.normpath(path))
    if path in seen or (text := _text(path)) is None:
        return
    seen.add(path)
    source = Path(os.path.relpath(path, root)).as_posix()
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.split(r"(?:^|\s)#|\s--", line, maxsplit=1)[0].strip() if not line.startswith("--") else line.strip()
        if include := _INCLUDE.fullmatch(line):
            if "://" not in include[1]:
                _read_requirements(path.parent / include[1], root, wanted, found, seen)
        else:
            _add_requirements(found, [line], source, wanted)


# ---- what is declared


def declared(root: Path, wanted: frozenset[str]) -> Iterator[Found]:
    """One answer a file that declares ranges."""
    for name, read in _DECLARATIONS.items():
        text = _text(root / name)
        if text is not None:
            found: Found = {}
            read(text, name, wanted, found)
            yield found


def _pyproject(text: str, source: str, wanted: frozenset[str], found: Found) -> None:
    try:
        document = parse(text)
    except TomlError:
        return
    project, tool = table(document.get("project")), table(document.get("tool"))
    poetry = table(tool.get("poetry"))
    lists: list[Any] = [
        project.get("dependencies"),
        *table(project.get("optional-dependencies")).values(),
        *table(document.get("dependency-groups")).values(),
        *table(table(tool.get("pdm")).get("dev-dependencies")).values(),
        table(tool.get("uv")).get("dev-dependencies"),
    ]
    for lines in lists:
        if isinstance(lines, list):
            _add_requirements(found, lines, source, wanted)
    tables: list[Any] = [
        poetry.get("dependencies"),
        poetry.get("dev-dependencies"),
        *(table(group).get("dependencies") for group in table(poetry.get("group")).values()),
    ]
    for each in tables:
        for package, constraint in table(each).items():
            if canonicalize_name(package) in wanted:
                for spec in _poetry_specs(constraint):
                    _add(found, package, spec, source)


def _poetry_specs(constraint: object) -> Iterator[str]:
    """The PEP 440 specifiers of a Poetry constraint: one for each alternative."""
    if isinstance(constraint, list):
        for each in constraint:
            yield from _poetry_specs(each)
    elif isinstance(constraint, dict):
        if not constraint.keys() & {"git", "path", "url"}:
            yield from _poetry_specs(constraint.get("version", "*"))
    elif isinstance(constraint, str):
        for alternative in constraint.split("||"):
            parts = re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", alternative.strip())
            yield ",".join(filter(None, map(_poetry_part, parts)))


def _poetry_part(part: str) -> str:
    """`^2.0` is `>=2.0,<3`; `~2.0` is `>=2.0,<2.1`; `2.0.*` and `2.0.30` are `==`; `*` is anything."""
    match = _CONSTRAINT.fullmatch(part)
    if part in ("*", "") or match is None:
        return "" if part == "*" else part
    sign, number, rest = match.groups()
    if not sign:
        return f"=={number}{rest}"
    numbers = [int(each) for each in number.split(".")]
    if sign == "^":
        at = next((i for i, each in enumerate(numbers) if each), len(numbers) - 1)
    else:
        at = min(1, len(numbers) - 1)
    above = [*numbers[:at], numbers[at] + 1]
    return f">={number},<{'.'.join(map(str, above))}"


def _setup_cfg(text: str, source: str, wanted: frozenset[str], found: Found) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    _add_requirements(found, parser.get("options", "install_requires", fallback="").splitlines(), source, wanted)
    if parser.has_section("options.extras_require"):
        for _, lines in parser.items("options.extras_require"):
            _add_requirements(found, lines.splitlines(), source, wanted)


def _setup_py(text: str, source: str, wanted: frozenset[str], found: Found) -> None:
    _add_requirements(found, _QUOTED.findall(text), source, wanted)


_DECLARATIONS: dict[str, Callable[[str, str, frozenset[str], Found], None]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}


# ---- what is installed


def installed(root: Path, wanted: frozenset[str]) -> Iterator[Found]:
    """One answer an environment beside the project, then one for the folder that the project is installed in."""
    for name in VENVS:
        for site in [*sorted((root / name).glob("lib/python*/site-packages")), root / name / "Lib" / "site-packages"]:
            yield _site(site, name, wanted)
    yield _site(root, root.name, wanted)
    yield _site(root.parent, root.parent.name, wanted)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _site(folder: Path, source: str, wanted: frozenset[str]) -> Found:
    found: Found = {}
    for name in _names(folder):
        match = _INSTALLED.fullmatch(name)
        if match and canonicalize_name(match[1]) in wanted:
            _add(found, match[1], f"=={match[2]}", f"{name} in {source}")
    return found


def own_metadata(root: Path, wanted: frozenset[str]) -> Iterator[Found]:
    """The metadata of the project itself, where it is an installed package or an unpacked wheel."""
    for folder in (root, root.parent):
        infos = [name for name in _names(folder) if name.endswith(".dist-info")]
        mine = infos if len(infos) == 1 else [name for name in infos if _holds(folder / name, root.name)]
        for name in mine[:1]:
            found: Found = {}
            head = (_text(folder / name / "METADATA") or "").replace("\r\n", "\n").split("\n\n", 1)[0]
            lines = [line.partition(":")[2].strip() for line in head.split("\n") if line.startswith("Requires-Dist:")]
            _add_requirements(found, lines, f"{name}/METADATA", wanted)
            yield found


def _holds(info: Path, package: str) -> bool:
    """Whether a *.dist-info folder is that of the importable `package`."""
    if canonicalize_name(info.name.split("-", 1)[0]) == canonicalize_name(package):
        return True
    return package in (_text(info / "top_level.txt") or "").split()
