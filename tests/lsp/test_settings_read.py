"""How settings are read from what clients send."""

from __future__ import annotations

from typing import Any

import pytest
from sqlassay.lsp import settings


@pytest.mark.parametrize(
    "source",
    [
        {"extendSelect": ["ALC6"], "fixOnSave": True},
        {"extend-select": ["ALC6"], "fixOnSave": True},
        {"sqlassay": {"extendSelect": ["ALC6"], "fixOnSave": True}},
        {"settings": {"sqlassay": {"extendSelect": ["ALC6"], "fixOnSave": True}}},
        {"extendSelect": ["ALC6"], "select": [], "targetVersion": "", "configuration": None, "fixOnSave": True},
    ],
)
def test_the_forms_in_which_clients_send_them(source: Any) -> None:
    assert settings.read(source) == settings.Settings({"extend-select": ["ALC6"]}, None, True)


@pytest.mark.parametrize("source", [None, 5, "x", [], {}, {"sqlassay": 5}, {"fixOnSave": "yes"}, {"unknown": 1}])
def test_what_says_nothing(source: Any) -> None:
    assert settings.read(source) == settings.Settings()


def test_later_sources_win() -> None:
    read = settings.read({"select": ["a"], "ignore": ["b"]}, {"sqlassay": {"select": ["c"]}})
    assert read.overrides == {"select": ["c"], "ignore": ["b"]}
