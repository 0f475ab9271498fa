"""Rule pages for people, made from the rules' docstrings: `python -m sqlassay.rules.pages docs/rules`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from sqlassay.rules.base import SECTIONS, Rule, all_rules

MARK = "<!-- Made from the rule's docstring by `make docs`: edit that, not this page. -->"

SAFETY = {
    "none": "none",
    "safe": "safe, applied by `sqlassay fix` and on save",
    "unsafe": "unsafe, applied with `--unsafe` or by hand",
    "either": "safe or unsafe, case by case",
}
"""What `Meta.fix` means, for a reader."""

INDEX_HEAD = f"""# Rules

{MARK}

Config and comments take a rule's code or its name. Rules that are not on by default are turned on by a preset:
`select = ["strict"]` turns on every rule that is not opt-in."""


def markdown(rule: Rule) -> str:
    """The page of one rule: its facts, what it finds, and its sections in the order of `SECTIONS`."""
    meta = rule.meta
    facts = [
        ("Category", meta.category),
        ("Severity", meta.severity.value),
        ("On by default", "yes" if "recommended" in meta.presets else "no"),
        ("Presets", ", ".join(f"`{name}`" for name in sorted(meta.presets)) or "none: name it in `select`"),
        ("SQLAlchemy", f"`{meta.sqlalchemy}`" if meta.sqlalchemy else "every version"),
        ("Fix", SAFETY[meta.fix]),
    ]
    parts = [
        f"# {meta.name} ({meta.code})",
        MARK,
        rule.page.summary,
        "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts)]),
    ]
    parts += [f"## {name}\n\n{rule.page.sections[name]}" for name in SECTIONS if name in rule.page.sections]
    return "\n\n".join(parts) + "\n"


def index(rules: Iterable[Rule]) -> str:
    """The table of all rules, one table a category, in the order of their codes."""
    lines = [INDEX_HEAD]
    category = ""
    for each in rules:
        meta = each.meta
        if meta.category != category:
            category = meta.category
            lines += [
                f"\n## {category}\n",
                "| code | name | finds | severity | on by default | fix |",
                "|---|---|---|---|---|---|",
            ]
        on = "yes" if "recommended" in meta.presets else "no"
        finds = " ".join(each.page.summary.split()).replace("|", "\\|")
        lines.append(
            f"| {meta.code} | [{meta.name}]({meta.name}.md) | {finds} | {meta.severity.value} | {on} | {meta.fix} |"
        )
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Every page by its file name: one for each rule, and `README.md`, the table of all."""
    rules = all_rules()
    by_category = sorted(rules, key=lambda each: (each.meta.category, each.meta.code))
    return {"README.md": index(by_category), **{f"{each.meta.name}.md": markdown(each) for each in rules}}


def write(folder: Path) -> list[str]:
    """Bring `folder` up to date and give the names of the files written or removed.

    Removed are only pages that were made here and whose rule is gone; other files stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    changed: list[str] = []
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8", newline="\n")
            changed.append(name)
    for path in sorted(folder.glob("*.md")):
        if path.name not in wanted and MARK in path.read_text("utf-8"):
            path.unlink()
            changed.append(path.name)
    return changed


def main(arguments: list[str]) -> int:
    """Write the pages into the folder named by the only argument; say which changed."""
    if len(arguments) != 1:
        print("usage: python -m sqlassay.rules.pages FOLDER", file=sys.stderr)
        return 2
    changed = write(Path(arguments[0]))
    print("\n".join(changed) if changed else "up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
