"""A handful of rules that find nothing, so that configuration is tested against a list that never changes."""

from __future__ import annotations

from sqlassay.findings import Severity
from sqlassay.rules import base


def _toy(code: str, name: str, category: str, *presets: str, severity: Severity = Severity.WARNING) -> base.Rule:
    cls = type(name, (base.Rule,), {"__doc__": f"About {name}.\n\n## Why\nBecause.\n", "__module__": __name__})
    cls.meta = base.Meta(code, name, severity, category, frozenset(presets), "", "safe")
    return cls()


TOYS = (
    _toy("ALC301", "mutable-column-default", "models", "recommended", "strict", severity=Severity.ERROR),
    _toy("ALC302", "eager-default-call", "models", "recommended", "strict"),
    _toy("ALC501", "legacy-query-api", "legacy", "sqlalchemy-2.0", "strict", severity=Severity.HINT),
    _toy("ALC601", "n-plus-one", "loading", "recommended", "strict"),
    _toy("ALC603", "query-in-loop", "loading", "strict"),
    _toy("ALC699", "opt-in", "loading"),
)
"""Recommended: 301, 302, 601. Strict: all but 699, which no preset names."""
