from __future__ import annotations

import pytest
from config.toy_rules import TOYS
from sqlassay.rules import base


@pytest.fixture(autouse=True)
def _toy_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "all_rules", lambda: TOYS)
    monkeypatch.setattr(
        base, "rules_by_name", lambda: {key: each for each in TOYS for key in (each.meta.code, each.meta.name)}
    )
