"""`sqlassay rule`: what a rule is about, from its docstring."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from sqlassay.cli import exits
from sqlassay.cli.exits import Failure
from sqlassay.cli.style import SEVERITY_COLOURS, Style, style_for
from sqlassay.config.errors import nearest
from sqlassay.rules import base
from sqlassay.rules.base import SECTIONS, Rule
from sqlassay.rules.pages import SAFETY, markdown


def run(options: argparse.Namespace) -> int:
    """Print one rule, the pages of all of them, or their list."""
    style = style_for(sys.stdout)
    if options.rule and not options.all:
        rules = [_named(options.rule)]
    else:
        rules = list(base.all_rules())
    if options.output_format == "json":
        described = [_described(each) for each in rules]
        print(json.dumps(described[0] if options.rule and not options.all else described, indent=2))
    elif options.output_format == "markdown":
        print("\n".join(map(markdown, rules)), end="")
    elif options.rule or options.all:
        print("\n\n".join(_page(each, style) for each in rules))
    else:
        for each in rules:
            print(_line(each, style))
    return exits.CLEAN


def _named(text: str) -> Rule:
    folded = {key.casefold(): rule for key, rule in base.rules_by_name().items()}
    rule = folded.get(text.strip().casefold())
    if rule is None:
        raise Failure(f'no rule is called "{text}"{nearest(text, base.rules_by_name())}')
    return rule


def _described(rule: Rule) -> dict[str, Any]:
    meta = rule.meta
    return {
        "code": meta.code,
        "name": meta.name,
        "category": meta.category,
        "severity": meta.severity.value,
        "presets": sorted(meta.presets),
        "sqlalchemy": meta.sqlalchemy,
        "fix": meta.fix,
        "summary": rule.page.summary,
        "sections": rule.page.sections,
    }


def _line(rule: Rule, style: Style) -> str:
    meta = rule.meta
    on = " " if "recommended" in meta.presets else style.paint("-", "dim")
    severity = style.paint(f"{meta.severity.value:<7}", SEVERITY_COLOURS[meta.severity.value])
    return f"{style.paint(meta.code, 'bold')} {on} {severity} {meta.name}: {' '.join(rule.page.summary.split())}"


def _page(rule: Rule, style: Style) -> str:
    meta = rule.meta
    facts = (
        ("Category", meta.category),
        ("Severity", meta.severity.value),
        ("On by default", "yes" if "recommended" in meta.presets else "no"),
        ("Presets", ", ".join(sorted(meta.presets)) or "none: name it in select"),
        ("SQLAlchemy", meta.sqlalchemy or "every version"),
        ("Fix", SAFETY[meta.fix]),
    )
    head = style.paint(f"{meta.name} ({meta.code})", "bold")
    table = "\n".join(f"  {style.paint(f'{name}:', 'dim')} {value}" for name, value in facts)
    sections = [
        f"{style.paint(name, 'bold')}\n\n{rule.page.sections[name]}" for name in SECTIONS if name in rule.page.sections
    ]
    return "\n\n".join([head, rule.page.summary, table, *sections])
