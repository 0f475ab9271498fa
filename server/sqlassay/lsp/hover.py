"""textDocument/hover: what a finding means at the database, what a rule named in a suppression is, and the card of a
model, table, column or relationship."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from sqlassay.findings import Finding
from sqlassay.lsp import rule_pages
from sqlassay.lsp.projects import Module
from sqlassay.rules.base import Rule
from sqlassay.syntax.source import SourceText

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

SHOWN = ("Why", "Use instead")
"""The sections of a rule's page that a hover shows; the link leads to the others."""

LAZY_LOAD = "What a lazy load runs"

SUPPRESSION = re.compile(r"#\s*(?:noqa\b|sqlassay:)", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
BLANK = re.compile(r"\n{3,}")
MARKS = re.compile(r"^#+ |^```.*$|`|\*\*", re.MULTILINE)


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_HOVER, hover)


async def hover(ls: SqlassayServer, params: types.HoverParams) -> types.Hover | None:
    key = ls.documents.key_of(params.text_document.uri)
    if key is None:
        return None
    return await ls.ask(lambda: _at(ls, key, params.text_document.uri, params.position))


def _at(ls: SqlassayServer, key: str, uri: str, place: types.Position) -> types.Hover | None:
    module = ls.projects.modules.get(key)
    source = module.source if module else None
    at = module.offset(uri, place, ls.client.unit) if module else None
    if module is None or source is None or at is None:
        return None
    named = rule_in_suppression(source, at)
    if named is not None:
        rule, start, end = named
        return _hover(ls, module, [rule_text(rule, "")], start, end)
    workspace = module.project.workspace
    card = workspace.describe(module.path, at)
    found = [each for each in module.report().findings if each.start <= at <= each.end]
    if not found:
        return _hover(ls, module, [card.text], card.start, card.end) if card is not None else None
    # Of findings that hold each other the innermost is the one somebody points at.
    found.sort(key=lambda each: each.end - each.start)
    smallest = found[0]
    innermost = [each for each in found if (each.start, each.end) == (smallest.start, smallest.end)]
    texts = [finding_text(each, workspace.lazy_load(each)) for each in innermost]
    if card is not None:
        texts.append(card.text)
    return _hover(ls, module, texts, smallest.start, smallest.end)


def _hover(ls: SqlassayServer, module: Module, texts: list[str], start: int, end: int) -> types.Hover | None:
    place = ls.range_in(module, start, end)
    text = "\n\n---\n\n".join(texts)
    return types.Hover(markup(text, ls.client.markdown), place[1] if place else None)


def markup(text: str, markdown: bool) -> types.MarkupContent:
    """Markdown, or for a client that shows text as it is, the words of it."""
    if markdown:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.MarkupContent(types.MarkupKind.PlainText, bare(text))


def finding_text(finding: Finding, lazy_load: str = "") -> str:
    """The Markdown of a finding: its message, then its rule, then the SQL of the lazy load that it is about."""
    rule = rule_pages.find(finding.code)
    text = rule_text(rule, finding.message) if rule else f"**{finding.name}** ({finding.code})\n\n{finding.message}"
    return f"{text}\n\n**{LAZY_LOAD}**\n\n```sql\n{lazy_load}\n```" if lazy_load else text


def rule_text(rule: Rule, message: str) -> str:
    """The Markdown of a rule: its name, `message` or else what it finds, why, what to write, and the link."""
    meta, page = rule.meta, rule.page
    parts = [f"**{meta.name}** ({meta.code}), {meta.severity.value}"]
    parts += [message, page.summary] if message else [page.summary]
    parts += [f"**{name}**\n\n{page.sections[name]}" for name in SHOWN if page.sections.get(name)]
    link = rule_pages.uri(meta.code)
    if link:
        parts.append(f"[The whole page of {meta.name}]({link})")
    return "\n\n".join(parts)


def bare(text: str) -> str:
    """As `plain`, without the lines that held marks alone."""
    return BLANK.sub("\n\n", plain(text)).strip()


def plain(text: str) -> str:
    """Markdown without its marks, for clients that show text as it is."""
    return MARKS.sub("", LINK.sub(r"\1: \2", text))


def rule_in_suppression(source: SourceText, at: int) -> tuple[Rule, int, int] | None:
    """The rule that the word at byte `at` names inside a suppression comment, and the bytes of the word."""
    start, end = source.line_span(source.line_at(at))
    line = source.data[start:end].decode("utf-8", "replace")
    comment = SUPPRESSION.search(line)
    if comment is None:
        return None
    for word in WORD.finditer(line, comment.start()):
        first, last = (start + len(line[:index].encode("utf-8")) for index in word.span())
        if first <= at <= last:
            rule = rule_pages.find(word.group())
            return (rule, first, last) if rule else None
    return None
