"""Which configuration holds for a file, what it comes to, and how a wrong one is refused."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from sqlassay.config import Config, ConfigError
from sqlassay.config.keys import DEFAULT_EXCLUDE, KEYS
from sqlassay.findings import Severity


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def dialects(config: Config, path: Path) -> tuple[str, ...]:
    return config.for_file(path).dialects


# ---- which file holds


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = Config.load(tmp_path).for_file(tmp_path / "a.py")
    assert settings.file is None
    assert settings.folder == str(tmp_path)
    assert settings.enabled == {"ALC301", "ALC302", "ALC601"}
    assert settings.target_version is None
    assert settings.src == (str(tmp_path), str(tmp_path / "src"))
    assert settings.severity("ALC301") is Severity.ERROR


def test_the_nearest_file_wins_for_each_file(tmp_path: Path) -> None:
    outer = write(tmp_path, "pyproject.toml", '[tool.sqlassay]\ndialect = "mysql"\n')
    inner = write(tmp_path, "services/a/sqlassay.toml", 'dialect = "sqlite"\n')
    config = Config.load(tmp_path)
    assert config.for_file(tmp_path / "services/a/deep/er/m.py").file == str(inner)
    assert config.for_file(tmp_path / "services/b/m.py").file == str(outer)
    assert dialects(config, tmp_path / "services/a/m.py") == ("sqlite",)
    assert dialects(config, tmp_path / "m.py") == ("mysql",)


def test_files_do_not_add_up(tmp_path: Path) -> None:
    write(tmp_path, "sqlassay.toml", 'dialect = "mysql"\nignore = ["n-plus-one"]\n')
    write(tmp_path, "a/sqlassay.toml", 'dialect = "sqlite"\n')
    assert "ALC601" in Config.load(tmp_path).for_file(tmp_path / "a/m.py").enabled


def test_sqlassay_toml_beats_pyproject_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", '[tool.sqlassay]\ndialect = "mysql"\n')
    write(tmp_path, "sqlassay.toml", 'dialect = "oracle"\n')
    assert dialects(Config.load(tmp_path), tmp_path / "m.py") == ("oracle",)


@pytest.mark.parametrize(
    "text",
    [
        "[project]\nname = 'x'\n",
        "[project]\nname = 'sqlassay-plugin'\n",
        "this is [broken\n",
        "broken sqlassay [\n",
        "",
    ],
)
def test_a_pyproject_that_does_not_speak_of_us_does_not_count(tmp_path: Path, text: str) -> None:
    write(tmp_path, "sqlassay.toml", 'dialect = "mysql"\n')
    write(tmp_path, "a/pyproject.toml", text)
    assert dialects(Config.load(tmp_path), tmp_path / "a/m.py") == ("mysql",)


@pytest.mark.parametrize(
    "text",
    ['[tool.sqlassay]\ndialect = "mysql"', '[tool]\nsqlassay.dialect = "mysql"', 'tool.sqlassay = {dialect = "mysql"}'],
)
def test_every_way_to_write_the_table_is_read(tmp_path: Path, text: str) -> None:
    write(tmp_path, "pyproject.toml", text)
    assert dialects(Config.load(tmp_path), tmp_path / "m.py") == ("mysql",)


def test_a_byte_order_mark_and_crlf_are_read(tmp_path: Path) -> None:
    (tmp_path / "sqlassay.toml").write_bytes(b'\xef\xbb\xbfdialect = "mysql"\r\n')
    assert dialects(Config.load(tmp_path), tmp_path / "m.py") == ("mysql",)


def test_a_named_file_holds_for_everything(tmp_path: Path) -> None:
    write(tmp_path, "a/sqlassay.toml", 'dialect = "sqlite"\n')
    named = write(tmp_path, "conf/ci.toml", 'dialect = "mssql"\nsrc = ["lib"]\n')
    settings = Config.load(tmp_path, file=named).for_file(tmp_path / "a/m.py")
    assert settings.dialects == ("mssql",)
    assert settings.src == (str(tmp_path / "conf/lib"),)


def test_isolated_reads_no_file(tmp_path: Path) -> None:
    write(tmp_path, "sqlassay.toml", "not even TOML")
    assert Config.load(tmp_path, isolated=True).for_file(tmp_path / "m.py").file is None


def test_a_named_file_must_exist_and_speak_of_us(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope\.toml: no such file$"):
        Config.load(tmp_path, file=tmp_path / "nope.toml")
    silent = write(tmp_path, "pyproject.toml", "[project]\nname = 'x'\n")
    with pytest.raises(ConfigError, match=r"has no \[tool\.sqlassay\]$"):
        Config.load(tmp_path, file=silent)


def test_reload_sees_what_changed(tmp_path: Path) -> None:
    file = write(tmp_path, "sqlassay.toml", 'dialect = "mysql"\n')
    config = Config.load(tmp_path)
    file.write_text('dialect = "oracle"\n')
    assert dialects(config, tmp_path / "m.py") == ("mysql",)
    config.reload()
    assert dialects(config, tmp_path / "m.py") == ("oracle",)


# ---- what it comes to


def test_every_key_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sqlassay.toml",
        """
select = ["ALL"]
extend-select = ["ALC601"]
ignore = ["opt-in"]
exclude = ["generated"]
extend-exclude = ["*_pb2.py"]
respect-gitignore = false
target-version = ">=1.4,<2.1"
dialect = ["postgres", "sqlite"]
src = ["lib"]
[severities]
n-plus-one = "error"
loading = "info"
[per-file-ignores]
"tests/**" = ["models"]
""",
    )
    config = Config.load(tmp_path)
    settings = config.for_file(tmp_path / "m.py")
    assert settings.enabled == {"ALC301", "ALC302", "ALC501", "ALC601", "ALC603"}
    assert settings.target_version == ">=1.4,<2.1"
    assert settings.dialects == ("postgresql", "sqlite")
    assert settings.src == (str(tmp_path / "lib"),)
    assert settings.severity("ALC601") is Severity.ERROR
    assert settings.severity("ALC603") is Severity.INFO
    assert settings.severity("ALC501") is Severity.HINT
    exclusion = config.exclusion(str(tmp_path))
    assert exclusion.patterns == ("generated", "*_pb2.py")
    assert not exclusion.respect_gitignore


def test_per_file_ignores(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sqlassay.toml",
        'per-file-ignores = { "tests/*" = ["ALC6"], "__init__.py" = ["ALC301"], "!app/**" = ["ALC302"] }\n',
    )
    config = Config.load(tmp_path)

    def enabled(path: str) -> set[str]:
        return set(config.for_file(tmp_path / path).enabled)

    assert enabled("app/m.py") == {"ALC301", "ALC302", "ALC601"}
    assert enabled("app/deep/__init__.py") == {"ALC302", "ALC601"}
    assert enabled("tests/test_m.py") == {"ALC301"}
    assert enabled("setup.py") == {"ALC301", "ALC601"}


def test_overrides_stand_above_the_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sqlassay.toml",
        'ignore = ["n-plus-one"]\ndialect = "mysql"\nseverities = { ALC301 = "hint", ALC302 = "hint" }\n',
    )

    def settings(overrides: dict[str, object]) -> object:
        return Config.load(tmp_path, overrides=overrides).for_file(tmp_path / "m.py")

    assert settings({}).enabled == {"ALC301", "ALC302"}
    assert settings({"ignore": ["ALC302"]}).enabled == {"ALC301"}
    assert settings({"extend-select": ["n-plus-one"]}).enabled == {"ALC301", "ALC302", "ALC601"}
    assert settings({"select": ["loading"]}).enabled == {"ALC601", "ALC603", "ALC699"}
    assert settings({"dialect": ["oracle"]}).dialects == ("oracle",)
    assert settings({}).loaders == {"references": "joinedload", "collections": "selectinload"}
    assert settings({"loaders": {"references": "selectinload"}}).loaders["references"] == "selectinload"
    merged = settings({"severities": {"ALC302": "error"}})
    assert (merged.severity("ALC301"), merged.severity("ALC302")) == (Severity.HINT, Severity.ERROR)


def test_values_say_where_they_are_from(tmp_path: Path) -> None:
    file = write(tmp_path, "pyproject.toml", "[project]\n\n[tool.sqlassay]\nignore = ['ALC601']\nsrc = ['lib']\n")
    config = Config.load(tmp_path, overrides={"ignore": ["ALC302"], "dialect": "mysql"}, origin="command line")
    values = config.values(tmp_path / "m.py")
    assert list(values) == list(KEYS)
    assert values["src"] == (("lib",), f"{file}:5")
    assert values["ignore"] == (("ALC601", "ALC302"), f"{file}:4 and command line")
    assert values["dialect"] == (("mysql",), "command line")
    assert values["exclude"] == (DEFAULT_EXCLUDE, "default")


def test_a_configuration_goes_to_other_processes(tmp_path: Path) -> None:
    write(tmp_path, "sqlassay.toml", 'per-file-ignores = { "t/*" = ["ALC601"] }\n')
    config = Config.load(tmp_path, overrides={"ignore": ["ALC302"]})
    there = pickle.loads(pickle.dumps(config))
    assert there.for_file(tmp_path / "t/m.py") == config.for_file(tmp_path / "t/m.py")
    error = pickle.loads(pickle.dumps(ConfigError("a.toml", 3, "no")))
    assert str(error) == "a.toml:3: no"


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('dialect = "mysql"\nselct = []\n', 2, 'unknown key "selct"; did you mean "select"?'),
        ("per_file_ignores = {}\n", 1, 'unknown key "per_file_ignores"; did you mean "per-file-ignores"?'),
        ("zzz = 1\n", 1, 'unknown key "zzz"'),
        ("\nselect = 'ALC601'\n", 2, '"select": must be a list of strings, not a string'),
        ("select = [1]\n", 1, '"select": must be a list of strings, but holds a number'),
        (
            'select = [\n  "ALC601",\n  "n-plus-on",\n]\n',
            3,
            '"select": no rule, category or preset is called "n-plus-on"; did you mean "n-plus-one"?',
        ),
        (
            '[per-file-ignores]\n"a/*" = ["ALC601"]\n"b/*" = ["nope-nope"]\n',
            3,
            '"per-file-ignores": no rule, category or preset is called "nope-nope"',
        ),
        ('[per-file-ignores]\n"a/*" = "x"\n', 2, '"per-file-ignores": must be a list of strings, not a string'),
        (
            '[severities]\nALC601 = "error"\nALC301 = "wrning"\n',
            3,
            '"severities": a severity is one of error, warning, info, hint, off, not "wrning"; did you mean "warning"?',
        ),
        (
            '[severities]\nn-plus-noe = "error"\n',
            2,
            '"severities": no rule, category or preset is called "n-plus-noe"; did you mean "n-plus-one"?',
        ),
        ("severities = 3\n", 1, '"severities": must be a table, not a number'),
        ("target-version = 2.0\n", 1, '"target-version": must be a string such as "2.0" or ">=1.4,<2.1", not a number'),
        (
            'target-version = "two"\n',
            1,
            '"target-version": "two" is no version: write "2.0", "2.0.30" or ">=1.4,<2.1"',
        ),
        (
            'dialect = "postgressql"\n',
            1,
            '"dialect": a dialect is one of postgresql, mysql, mariadb, sqlite, oracle, mssql, not "postgressql"; '
            'did you mean "postgresql"?',
        ),
        (
            'loaders = { reference = "joinedload" }\n',
            1,
            '"loaders": loaders are of references and collections, not of "reference"; did you mean "references"?',
        ),
        (
            'loaders = { collections = "selectin" }\n',
            1,
            '"loaders": a loader is one of selectinload, joinedload, subqueryload, not "selectin"; '
            'did you mean "selectinload"?',
        ),
        ('respect-gitignore = "yes"\n', 1, '"respect-gitignore": must be true or false, not a string'),
        ('exclude = ["ok", "!"]\n', 1, '"exclude": "!" is no pattern as in a .gitignore file'),
        ("select = [\n", 1, "not valid TOML: Invalid value"),
        ('dialect = "mysql"\n\nselect = nope\n', 3, "not valid TOML: Invalid value"),
    ],
)
@pytest.mark.parametrize("where", ["sqlassay.toml", "pyproject.toml"])
def test_refused_with_file_line_and_nearest(tmp_path: Path, text: str, line: int, message: str, where: str) -> None:
    if where == "pyproject.toml":
        text = "[tool.sqlassay]\n" + text.replace("[per-", "[tool.sqlassay.per-").replace("[sev", "[tool.sqlassay.sev")
        line += 1
    path = write(tmp_path, where, text)
    with pytest.raises(ConfigError) as caught:
        Config.load(tmp_path)
    assert str(caught.value) == f"{path}:{line}: {message}"


def test_a_section_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "pyproject.toml", "[project]\n[tool]\nsqlassay = 3\n")
    with pytest.raises(ConfigError) as caught:
        Config.load(tmp_path)
    assert str(caught.value) == f"{path}:3: [tool.sqlassay] must be a table"


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "sqlassay.toml").write_bytes(b'dialect = "mysql"\n# caf\xe9\n')
    with pytest.raises(ConfigError, match=r":2: not valid TOML: not UTF-8$"):
        Config.load(tmp_path)


def test_overrides_are_refused_by_their_origin() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(".", {"select": ["n-plus-on"]}, origin="command line")
    assert str(caught.value).startswith('command line: "select": no rule')


def test_the_table_of_pyproject_in_a_file_of_its_own_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "sqlassay.toml", "\n[tool.sqlassay]\nselect = []\n")
    with pytest.raises(ConfigError, match=r"sqlassay\.toml:2: \[tool\.sqlassay\] is for pyproject\.toml"):
        Config.load(tmp_path)


def test_a_wrong_file_further_down_is_refused_when_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "a/sqlassay.toml", "selct = []")
    config = Config.load(tmp_path)
    assert config.for_file(tmp_path / "m.py").file is None
    with pytest.raises(ConfigError, match="unknown key"):
        config.for_file(tmp_path / "a" / "m.py")


def test_deeply_nested_toml_is_refused_not_a_crash(tmp_path: Path) -> None:
    write(tmp_path, "sqlassay.toml", "select = " + "[" * 20_000)
    with pytest.raises(ConfigError, match="not valid TOML"):
        Config.load(tmp_path)


def test_who_excludes(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlassay.toml", 'extend-exclude = ["gen/"]\n')
    write(tmp_path, ".gitignore", "local.py\n")
    config = Config.load(tmp_path)
    for name in ("gen/m.py", "local.py", "m.py", "venv/m.py"):
        write(tmp_path, name, "")
    assert config.excluded_by(tmp_path / "gen" / "m.py") == f"exclude in {path}"
    assert config.excluded_by(tmp_path / "venv" / "m.py") == f"exclude in {path}"
    assert config.excluded_by(tmp_path / "local.py") == os.path.join(tmp_path, ".gitignore")
    assert config.excluded_by(tmp_path / "m.py") is None
