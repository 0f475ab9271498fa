"""Which SQLAlchemy, and which packages around it, a project runs on: read from its files, nothing is ever run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace
from packaging.specifiers import InvalidSpecifier

from sqlassay.project.dependencies import Found, declared, installed, locked, own_metadata, required
from sqlassay.project.versions import Versions, hull, parse_specifier, parse_target

ASSUMED = "2.0"
"""The SQLAlchemy of a project that does not say."""

DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "aiomysql": "mysql",
        "aioodbc": "mssql",
        "aiosqlite": "sqlite",
        "asyncmy": "mysql",
        "asyncpg": "postgresql",
        "cx-oracle": "oracle",
        "mariadb": "mariadb",
        "mysql-connector-python": "mysql",
        "mysqlclient": "mysql",
        "oracledb": "oracle",
        "pg8000": "postgresql",
        "psycopg": "postgresql",
        "psycopg-binary": "postgresql",
        "psycopg2": "postgresql",
        "psycopg2-binary": "postgresql",
        "pymssql": "mssql",
        "pymysql": "mysql",
        "pyodbc": "mssql",
    }
)
"""Driver packages and the dialect each one means."""

IMPLIED = (
    ("sqlmodel", ">=0.0.14", ">=2.0,<2.1"),
    ("sqlmodel", "<0.0.14", ">=1.4.36,<2.0"),
    ("flask-sqlalchemy", ">=3.1", ">=2.0.16"),
    ("flask-sqlalchemy", ">=3.0", ">=1.4.18"),
    ("flask-sqlalchemy", "<3.0", ">=0.8,<2.0"),
)
"""What a package in a range asks of SQLAlchemy, for projects that name only that package; the first that fits."""

TRACKED = frozenset({"sqlalchemy", "alembic", "flask-sqlalchemy", "fastapi", "sqlmodel", *DRIVERS})
"""The packages that are looked for, by canonical name."""


class Environment:
    """The packages that a project depends on, with the versions it may meet."""

    def __init__(self, packages: Mapping[str, Versions]) -> None:
        """`packages`: those of `TRACKED` that were found, by canonical name."""
        self.packages = dict(packages)
        self._applies: dict[str, bool] = {}

    @property
    def sqlalchemy(self) -> Versions | None:
        """None where nothing says which."""
        found = self.packages.get("sqlalchemy")
        return None if found is None or found.is_any else found

    @cached_property
    def assumed(self) -> Versions:
        """The SQLAlchemy found, else the one that is assumed."""
        return self.sqlalchemy or replace(parse_target(ASSUMED), source="assumed: no file of the project says which")

    def allows(self, spec: str) -> bool | None:
        """Whether every SQLAlchemy that the project may meet satisfies `spec`; None where none was found.

        `spec` is a PEP 440 specifier, empty for any. Raises InvalidSpecifier.
        """
        return None if self.sqlalchemy is None else self.sqlalchemy.within(spec)

    def applies(self, spec: str) -> bool:
        """As `allows`, with the assumed version where none was found: whether a rule of that range speaks."""
        answer = self._applies.get(spec)
        if answer is None:
            answer = self._applies[spec] = self.assumed.within(spec)
        return answer

    @cached_property
    def dialects(self) -> frozenset[str]:
        """The databases that the project's drivers speak to; empty where no driver was found."""
        return frozenset(dialect for package, dialect in DRIVERS.items() if package in self.packages)


def detect(root: Path, configured: str | None = None) -> Environment:
    """Read what the project at `root` runs on.

    `configured` is the `target-version` of the configuration (raises InvalidSpecifier where it is no version). Then
    speak, the first that gives a version of a package deciding: lock files and pinned requirements; declared ranges;
    an environment beside the project; the metadata of the project where it is an installed or unpacked package.
    """
    packages: dict[str, Versions] = {}
    if configured:
        packages["sqlalchemy"] = parse_target(configured)
    for found in _sources(root):
        for package, specs in found.items():
            if package in packages and not packages[package].is_any:
                continue
            versions = hull(parsed for spec, source in specs if (parsed := _parsed(spec, source)))
            if versions is not None:
                packages[package] = versions
    environment = Environment(packages)
    if environment.sqlalchemy is None and (implied := _implied(packages)):
        return Environment({**packages, "sqlalchemy": implied})
    return environment


def _implied(packages: Mapping[str, Versions]) -> Versions | None:
    for package, spec, needs in IMPLIED:
        found = packages.get(package)
        if found is not None and not found.is_any and found.within(spec):
            return parse_specifier(needs, f"{package} {found.text()} in {found.source}")
    return None


def _sources(root: Path) -> Iterator[Found]:
    yield from locked(root, TRACKED)
    pinned, ranges = required(root, TRACKED)
    yield pinned
    yield from declared(root, TRACKED)
    yield ranges
    yield from installed(root, TRACKED)
    yield from own_metadata(root, TRACKED)


def _parsed(spec: str, source: str) -> Versions | None:
    try:
        return parse_specifier(spec, source)
    except InvalidSpecifier:
        return None
