"""textDocument/completion and completionItem/resolve: what fits into a string of mapping code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from lsprotocol import types

from sqlassay.lsp.hover import bare, markup
from sqlassay.lsp.places import Asked, asked
from sqlassay.queries.answers import Suggestion, Thing

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

OPTIONS = types.CompletionOptions(trigger_characters=['"', "'", "."], resolve_provider=True)

KINDS = {
    "model": types.CompletionItemKind.Class,
    "table": types.CompletionItemKind.Struct,
    "column": types.CompletionItemKind.Field,
    "relationship": types.CompletionItemKind.Reference,
    "attribute": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
}


class Subject(msgspec.Struct, frozen=True):
    """What an item's card is about: a thing of the project in which the document `key` is."""

    key: str
    thing: Thing


def register(server: SqlassayServer) -> None:
    server.answer(types.TEXT_DOCUMENT_COMPLETION, completion, OPTIONS)
    server.answer(types.COMPLETION_ITEM_RESOLVE, resolve)


async def completion(ls: SqlassayServer, params: types.CompletionParams) -> types.CompletionList | None:
    return await asked(ls, params.text_document.uri, params.position, _at)


def _at(ls: SqlassayServer, here: Asked) -> types.CompletionList | None:
    found = here.workspace.complete(here.module.path, here.offset)
    place = ls.range_in(here.module, found.start, found.end) if found.items else None
    if place is None:
        return None
    if not found.settled:
        gather = here.workspace.gather
        ls.worker.tell(ls.worker.later, f"names of {here.module.project.root}", gather, lambda _: None)
    items = [_item(each, number, place[1], here.module.key) for number, each in enumerate(found.items)]
    return types.CompletionList(is_incomplete=not found.settled, items=items)


def _item(each: Suggestion, number: int, place: types.Range, key: str) -> types.CompletionItem:
    return types.CompletionItem(
        label=each.text,
        kind=KINDS[each.kind],
        detail=each.detail or None,
        sort_text=f"{number:05}",
        filter_text=each.text,
        text_edit=types.TextEdit(place, each.text),
        data=_data(key, each.thing),
    )


def _data(key: str, thing: Thing | None) -> Any:
    return msgspec.to_builtins(Subject(key, thing)) if thing is not None else None


async def resolve(ls: SqlassayServer, item: types.CompletionItem) -> types.CompletionItem:
    try:
        subject = msgspec.convert(item.data, Subject)
    except msgspec.ValidationError:
        return item
    text = await ls.ask(lambda: _card(ls, subject))
    if text is not None:
        # A client that names no format takes a bare string.
        item.documentation = markup(text, True) if ls.client.item_markdown else bare(text)
    return item


def _card(ls: SqlassayServer, subject: Subject) -> str | None:
    module = ls.projects.modules.get(subject.key)
    return module.project.workspace.card(subject.thing) if module is not None else None
