"""A rule's page where an editor can open it: a Markdown file in the user's cache folder, written when first needed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from sqlassay import __version__
from sqlassay.lsp import convert
from sqlassay.rules.base import Rule, rules_by_name
from sqlassay.rules.pages import MARK, markdown


def find(name: object) -> Rule | None:
    """The rule of that code or name, whatever its case."""
    if not isinstance(name, str):
        return None
    rules = rules_by_name()
    return rules.get(name) or rules.get(name.upper()) or rules.get(name.lower())


def text(rule: Rule) -> str:
    """The rule's page in Markdown, without what only its file in the repository says."""
    return markdown(rule).replace(f"{MARK}\n\n", "")


@cache
def uri(name: str) -> str | None:
    """The URI of the page of the rule called `name`; None where there is no such rule or no place to write it."""
    rule = find(name)
    if rule is None:
        return None
    folder = user_cache_path("sqlassay", appauthor=False) / "rules" / __version__
    path = folder / f"{rule.meta.name}.md"
    with contextlib.suppress(OSError):
        _write(path, text(rule))
        return convert.uri_of(str(path))
    return None


def _write(path: Path, content: str) -> None:
    """Write in one step: several servers may write the same page at once."""
    data = content.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
