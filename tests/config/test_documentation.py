"""docs/configuration.md names every key, and its examples are accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlassay.config import Config
from sqlassay.config.keys import DEFAULT_EXCLUDE, DIALECTS, KEYS, SEVERITIES
from sqlassay.project.toml import parse, table

DOCUMENT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)


def test_every_key_has_its_section_with_an_example() -> None:
    sections = dict(re.findall(r"^### `([\w-]+)`\n(.*?)(?=^##|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE))
    assert sections.keys() == KEYS.keys()
    for key, text in sections.items():
        assert f"{key} = " in text or f"[tool.sqlassay.{key}]" in text, key


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_accepted(block: str) -> None:
    document = parse(block)
    settings = table(table(document.get("tool")).get("sqlassay")) or document
    assert Config.from_settings(settings).for_file("a.py").enabled


def test_lists_are_complete() -> None:
    for word in (*DEFAULT_EXCLUDE, *DIALECTS, *SEVERITIES):
        assert f"`{word}`" in DOCUMENT
