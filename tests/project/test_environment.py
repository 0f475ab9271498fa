"""Which SQLAlchemy a project runs on, by what its files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.specifiers import InvalidSpecifier
from sqlassay.config import Config
from sqlassay.linter import Workspace
from sqlassay.project.environment import detect
from sqlassay.project.versions import hull, parse_specifier, parse_target

UV = """
version = 1

[[package]]
name = "alembic"
version = "1.13.1"
source = { registry = "x" }
dependencies = [
    { name = "sqlalchemy" },
]

[[package]]
name = "sqlalchemy"
version = "2.0.30"
"""
HERO = """
from datetime import datetime
from sqlmodel import Field, SQLModel


class Hero(SQLModel, table=True):
    id: int = Field(primary_key=True)
    born: datetime
"""
POETRY = '[[package]]\nname = "SQLAlchemy"\nversion = "1.4.54"\ndescription = "x"\n'
PDM = '[[package]]\nname = "sqlalchemy"\nversion = "2.0.1"\nextras = ["asyncio"]\n'
PYLOCK = 'lock-version = "1.0"\n[[packages]]\nname = "sqlalchemy"\nversion = "2.0.2"\n'
PIPFILE = json.dumps({"default": {"sqlalchemy": {"version": "==1.4.1"}, "x": {"git": "y"}}, "develop": {}})
PIP_TOOLS = """
# generated
sqlalchemy[asyncio]==1.3.24 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r requirements.in
"""


def project(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def found(root: Path, configured: str | None = None) -> tuple[str, str]:
    versions = detect(root, configured).sqlalchemy
    assert versions is not None
    return versions.text(), versions.source


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"uv.lock": UV}, ("2.0.30", "uv.lock")),
        ({"uv.lock": UV.replace("\n", "\r\n")}, ("2.0.30", "uv.lock")),
        ({"poetry.lock": POETRY}, ("1.4.54", "poetry.lock")),
        ({"pdm.lock": PDM}, ("2.0.1", "pdm.lock")),
        ({"pylock.toml": PYLOCK}, ("2.0.2", "pylock.toml")),
        ({"Pipfile.lock": PIPFILE}, ("1.4.1", "Pipfile.lock")),
        ({"requirements.txt": PIP_TOOLS}, ("1.3.24", "requirements.txt")),
        ({"requirements-prod.txt": "SQLAlchemy == 2.0.5 # why"}, ("2.0.5", "requirements-prod.txt")),
        ({"requirements/base.txt": "sqlalchemy==2.0.6"}, ("2.0.6", "requirements/base.txt")),
        ({"requirements.txt": "-r deps/db.in", "deps/db.in": "sqlalchemy==2.0.7"}, ("2.0.7", "deps/db.in")),
        ({"requirements.txt": "sqlalchemy\n-c pins.txt", "pins.txt": "sqlalchemy==2.0.8"}, ("2.0.8", "pins.txt")),
        ({"requirements.txt": "-r requirements.txt\nsqlalchemy>=1.4,<2"}, (">=1.4,<2", "requirements.txt")),
        ({"pyproject.toml": '[project]\ndependencies = ["SQLAlchemy~=2.0.3"]'}, (">=2.0.3,<2.1", "pyproject.toml")),
        (
            {"pyproject.toml": "[project.optional-dependencies]\nd = ['sqlalchemy[asyncio]>=1.4; extra==\"d\"']"},
            (">=1.4", "pyproject.toml"),
        ),
        (
            {"pyproject.toml": '[dependency-groups]\ndev = [{include-group = "x"}, "sqlalchemy<2.1,>=2"]'},
            (">=2,<2.1", "pyproject.toml"),
        ),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "^1.4.2"'}, (">=1.4.2,<2", "pyproject.toml")),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "~2.0.1"'}, (">=2.0.1,<2.1", "pyproject.toml")),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "2.0.*"'}, (">=2.0,<2.1", "pyproject.toml")),
        ({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "2.0.9"'}, ("2.0.9", "pyproject.toml")),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\nSQLAlchemy = {version = ">=1.4 <2.1", extras = ["mypy"]}'},
            (">=1.4,<2.1", "pyproject.toml"),
        ),
        (
            {"pyproject.toml": '[tool.poetry.group.db.dependencies]\nsqlalchemy = "^1.4 || ^2.0"'},
            (">=1.4,<3", "pyproject.toml"),
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires =\n  flask\n  SQLAlchemy>=1.3,<1.4\n"},
            (">=1.3,<1.4", "setup.cfg"),
        ),
        ({"setup.py": "setup(install_requires=['SQLAlchemy>=1.3', 'x'])"}, (">=1.3", "setup.py")),
        ({".venv/lib/python3.12/site-packages/SQLAlchemy-2.0.36.dist-info/METADATA": ""}, ("2.0.36", "")),
        ({"venv/lib/python3.8/site-packages/sqlalchemy-1.4.49.dist-info/METADATA": ""}, ("1.4.49", "")),
        ({".venv/Lib/site-packages/SQLAlchemy-1.3.24-py3.8.egg-info/PKG-INFO": ""}, ("1.3.24", "")),
        (
            {"app-1.0.dist-info/METADATA": "Requires-Dist: SQLAlchemy!=2.0.41,<2.1,>=2.0.37\n\nRequires-Dist: no"},
            (">=2.0.37,<2.1", "app-1.0.dist-info/METADATA"),
        ),
        ({"requirements.txt": "sqlmodel==0.0.16"}, (">=2.0,<2.1", "sqlmodel 0.0.16 in requirements.txt")),
        ({"requirements.txt": "Flask_SQLAlchemy==2.5.1"}, (">=0.8,<2.0", "flask-sqlalchemy 2.5.1 in requirements.txt")),
    ],
)
def test_one_source(tmp_path: Path, files: dict[str, str], expected: tuple[str, str]) -> None:
    text, source = found(project(tmp_path, **files))
    assert text == expected[0]
    assert source == (expected[1] or source)


def test_the_order_of_the_sources(tmp_path: Path) -> None:
    """What comes later in the list is only asked when all before it is silent."""
    sources = {
        "app-1.0.dist-info/METADATA": "Requires-Dist: sqlalchemy==2.0.1\n",
        ".venv/lib/python3.12/site-packages/SQLAlchemy-2.0.2.dist-info/METADATA": "",
        "setup.py": "['sqlalchemy>=2.0.3']",
        "setup.cfg": "[options]\ninstall_requires = sqlalchemy>=2.0.4\n",
        "pyproject.toml": '[project]\ndependencies = ["sqlalchemy>=2.0.5"]',
        "requirements.txt": "sqlalchemy==2.0.6",
        "pylock.toml": PYLOCK.replace("2.0.2", "2.0.7"),
        "Pipfile.lock": PIPFILE.replace("1.4.1", "2.0.8"),
        "pdm.lock": PDM.replace("2.0.1", "2.0.9"),
        "poetry.lock": POETRY.replace("1.4.54", "2.0.10"),
        "uv.lock": UV.replace("2.0.30", "2.0.11"),
    }
    for number, (name, text) in enumerate(sources.items(), 1):
        project(tmp_path, **{name: text})
        assert found(tmp_path)[0].removeprefix(">=") == f"2.0.{number}"
    assert found(tmp_path, "1.4") == (">=1.4,<1.5", "target-version")


@pytest.mark.parametrize(
    "text", ["sqlalchemy", "sqlalchemy @ git+https://example.org/x", "sqlalchemy-utils==0.4", "", "-r gone.txt", "<<<"]
)
def test_a_source_that_names_no_version_leaves_it_to_the_next(tmp_path: Path, text: str) -> None:
    project(tmp_path, **{"requirements.txt": text})
    assert detect(tmp_path).sqlalchemy is None
    project(tmp_path, **{".venv/lib/python3.12/site-packages/sqlalchemy-1.4.2.dist-info/METADATA": ""})
    assert found(tmp_path)[0] == "1.4.2"


def test_what_several_places_say_is_taken_together(tmp_path: Path) -> None:
    project(tmp_path, **{"uv.lock": UV + '\n[[package]]\nname = "sqlalchemy"\nversion = "1.4.5"\n'})
    assert found(tmp_path)[0] == ">=1.4.5,<=2.0.30"


@pytest.mark.parametrize(
    "name", ["uv.lock", "Pipfile.lock", "pyproject.toml", "setup.cfg", "requirements.txt", "setup.py"]
)
@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"[[[[", b"{" * 5000, b"name = 3\n"])
def test_files_that_cannot_be_understood_say_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    environment = detect(tmp_path)
    assert environment.sqlalchemy is None
    assert environment.allows(">=2.0") is None


def test_no_project_at_all(tmp_path: Path) -> None:
    environment = detect(tmp_path / "gone")
    assert environment.sqlalchemy is None
    assert environment.applies(">=2.0")
    assert not environment.applies(">=2.1")
    assert not environment.applies("<2.0")


def test_an_installed_package_is_read_by_its_own_metadata(tmp_path: Path) -> None:
    project(
        tmp_path,
        **{
            "shop/__init__.py": "",
            "acme_shop-1.0.dist-info/METADATA": "Requires-Dist: sqlalchemy>=1.4\n",
            "acme_shop-1.0.dist-info/top_level.txt": "shop\n",
            "other-1.0.dist-info/METADATA": "Requires-Dist: sqlalchemy>=2.0\n",
        },
    )
    assert found(tmp_path / "shop") == (">=1.4", "acme_shop-1.0.dist-info/METADATA")
    project(tmp_path, **{"SQLAlchemy-2.0.36.dist-info/METADATA": ""})
    assert found(tmp_path / "shop")[0] == "2.0.36"


def test_the_packages_around_it_and_the_databases(tmp_path: Path) -> None:
    project(tmp_path, **{"requirements.txt": "asyncpg\npsycopg2-binary>=2.9\naiosqlite==0.20.0\nFastAPI\nrequests\n"})
    environment = detect(tmp_path)
    assert environment.dialects == {"postgresql", "sqlite"}
    assert {name: versions.text() for name, versions in environment.packages.items()} == {
        "asyncpg": "any version",
        "psycopg2-binary": ">=2.9",
        "aiosqlite": "0.20.0",
        "fastapi": "any version",
    }


@pytest.mark.parametrize(
    ("project_allows", "rule_needs", "answer"),
    [
        (">=2.0", ">=2.0", True),
        (">=2.0.37,<2.1", ">=2.0", True),
        (">=1.4", ">=2.0", False),
        (">=1.4,<2", ">=2.0", False),
        (">=1.4,<2", "<2.0", True),
        (">=1.4,<2", ">=1.4,<2.1", True),
        (">=1.4", "<2.0", False),
        (">=1.4,<=2.0", "<2.0", False),
        ("==2.0.30", ">=2.0", True),
        ("==2.0.30", ">=2.0.31", False),
        ("==2.0.*", "<2.1", True),
        ("==2.0.*", "<=2.0", False),
        ("~=1.4", "<2", True),
        (">=2.0.0b1", ">=2.0", True),
        (">=1.4,!=1.4.3", ">=1.4", True),
        ("<2", ">=1.3", False),
        ("===2.0.1", "==2.0.1", True),
        (">1.4", ">=1.4", True),
        ("", ">=1.0", False),
        ("", "", True),
        (">=1.4", "", True),
    ],
)
def test_a_rule_speaks_only_where_every_version_is_in_its_range(
    project_allows: str, rule_needs: str, answer: bool
) -> None:
    assert parse_specifier(project_allows, "x").within(rule_needs) is answer


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("2", ">=2,<3"),
        ("2.0", ">=2.0,<2.1"),
        ("1.4.3", "1.4.3"),
        (">=1.4,<2.1", ">=1.4,<2.1"),
        ("<2", "<2"),
        (">=0", "any version"),
    ],
)
def test_how_a_target_is_written(target: str, text: str) -> None:
    assert parse_target(target).text() == text


@pytest.mark.parametrize("target", ["two", "2.0,", ">=x", "^2.0", "=== no version"])
def test_what_is_no_version_is_refused(target: str) -> None:
    with pytest.raises(InvalidSpecifier):
        parse_target(target)


def test_together_is_the_smallest_interval_around_all() -> None:
    specs = [parse_specifier(spec, spec) for spec in (">=1.4,<2", ">=1.3,<1.4", "==2.0.1")]
    whole = hull(specs)
    assert whole is not None
    assert whole.text() == ">=1.3,<=2.0.1"
    assert hull([]) is None


@pytest.mark.parametrize(
    ("says", "found"), [("sqlmodel==0.0.38", 1), ("sqlmodel==0.0.45", 0), ("sqlmodel>=0.0.38", 0), ("", 0)]
)
def test_rules_ask_which_release_of_another_package(tmp_path: Path, says: str, found: int) -> None:
    """What SQLModel makes of a `datetime` depends on its release."""
    (tmp_path / "requirements.txt").write_text(says)
    lines = (
        "from datetime import datetime",
        "from sqlmodel import Field, SQLModel",
        "class Hero(SQLModel, table=True):",
    )
    body = ("id: int = Field(primary_key=True)", "born: datetime")
    main = tmp_path / "main.py"
    main.write_text("\n".join((*lines, *(f"    {each}" for each in body), "")))
    settings = {"select": ["naive-datetime-column"]}
    workspace = Workspace(tmp_path, Config.from_settings(settings, str(tmp_path)))
    assert len(workspace.check(str(main)).findings) == found
