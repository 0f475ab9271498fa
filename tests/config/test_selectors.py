"""What may be written where rules are meant, and which of two selectors wins."""

from __future__ import annotations

import pytest
from sqlassay.config import Config, ConfigError, selectors


def enabled(**settings: object) -> list[str]:
    keys = {key.replace("_", "-"): value for key, value in settings.items()}
    return sorted(Config.from_settings(keys).for_file("a.py").enabled)


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("ALC601", ["ALC601"]),
        ("n-plus-one", ["ALC601"]),
        ("alc601", ["ALC601"]),
        ("N-Plus-One", ["ALC601"]),
        ("ALC6", ["ALC601", "ALC603", "ALC699"]),
        ("ALC60", ["ALC601", "ALC603"]),
        ("ALC", ["ALC301", "ALC302", "ALC501", "ALC601", "ALC603", "ALC699"]),
        ("loading", ["ALC601", "ALC603", "ALC699"]),
        ("recommended", ["ALC301", "ALC302", "ALC601"]),
        ("sqlalchemy-2.0", ["ALC501"]),
        ("strict", ["ALC301", "ALC302", "ALC501", "ALC601", "ALC603"]),
        ("ALL", ["ALC301", "ALC302", "ALC501", "ALC601", "ALC603", "ALC699"]),
    ],
)
def test_a_selector_stands_for_rules(selector: str, codes: list[str]) -> None:
    assert sorted(selectors.parse(selector).codes) == codes


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("n-plus-on", "n-plus-one"),
        ("ALC502", "ALC501"),
        ("AL", "ALL"),
        ("lodaing", "loading"),
        ("recomended", "recommended"),
    ],
)
def test_an_unknown_selector_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf'called "{wrong}"; did you mean "{near}"\?'):
        Config.from_settings({"select": [wrong]})


@pytest.mark.parametrize("wrong", ["A", "", "zzzzzzz"])
def test_what_resembles_nothing_is_refused_without_a_guess(wrong: str) -> None:
    with pytest.raises(ConfigError, match=rf'called "{wrong}"$'):
        Config.from_settings({"ignore": [wrong]})


def test_recommended_is_the_default() -> None:
    assert enabled() == ["ALC301", "ALC302", "ALC601"]


def test_extend_select_adds_and_ignore_takes() -> None:
    assert enabled(extend_select=["query-in-loop"], ignore=["models"]) == ["ALC601", "ALC603"]


def test_the_narrower_selector_wins() -> None:
    assert enabled(select=["loading"], ignore=["ALL"]) == ["ALC601", "ALC603", "ALC699"]
    assert enabled(select=["n-plus-one"], ignore=["loading"]) == ["ALC601"]
    assert enabled(select=["ALL"], ignore=["ALC6", "models"]) == ["ALC501"]


def test_ignore_wins_a_draw() -> None:
    assert enabled(select=["ALC601", "ALC603"], ignore=["n-plus-one"]) == ["ALC603"]


def test_a_severity_of_off_turns_a_rule_off_and_another_does_not_turn_it_on() -> None:
    assert enabled(severities={"n-plus-one": "off", "query-in-loop": "error"}) == ["ALC301", "ALC302"]
