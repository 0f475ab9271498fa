"""Whatever stands in a configuration file, the answer is settings or a ConfigError with a line of that file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlassay.config import Config, ConfigError
from sqlassay.config.keys import KEYS

FRAGMENTS = [
    *(f"{key} = " for key in KEYS),
    "[tool.sqlassay]\n",
    "[severities]\n",
    "[per-file-ignores]\n",
    "[[x]]\n",
    '"tests/*" = ',
    "a.b.c = ",
    '["ALC601"]',
    '["nope"]',
    "[",
    "]",
    "{ x = 1 }",
    '"error"',
    "'''\n",
    '"""',
    "true",
    "2.0",
    '"2.0"',
    "# comment",
    "\n",
    "\r\n",
    "\x00",
    "é",
    "\\",
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_settings_or_a_config_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "sqlassay.toml"
    file.write_text(text, "utf-8", newline="")
    refused: ConfigError | None = None
    try:
        config = Config.load(tmp_path)
    except ConfigError as error:
        refused = error
    if refused is None:
        assert config.for_file(tmp_path / "a.py").file == str(file)
        assert list(config.values(tmp_path / "a.py")) == list(KEYS)
    else:
        assert refused.path == str(file)
        assert refused.line is not None
        assert 1 <= refused.line <= text.count("\n") + 1
