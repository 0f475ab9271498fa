"""What the client on the other side can do, read once from its `initialize` request."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from msgspec import Struct
from pygls.capabilities import get_capability

from sqlassay.syntax.source import Unit

UNITS: tuple[Unit, ...] = ("utf-8", "utf-16", "utf-32")
"""The position encodings we speak, best first: our own offsets are bytes."""


class Client(Struct, frozen=True):
    """The abilities that change what we send. The defaults are those of a client that says nothing."""

    unit: Unit = "utf-16"
    """What a position's `character` counts."""
    pull: bool = False
    """It asks for diagnostics (`textDocument/diagnostic`): then nothing is pushed."""
    refresh: bool = False
    related: bool = False
    links: bool = False
    """It shows `codeDescription`."""
    tags: frozenset[int] = frozenset()
    markdown: bool = False
    item_markdown: bool = False
    """Markdown in what it shows beside a completion."""
    hierarchical: bool = False
    """It shows the symbols of a document as a tree."""
    location_links: bool = False
    """It takes links as the answer to a definition request: they say which code names the thing."""
    actions: bool = False
    """It knows code actions, not only commands."""
    resolve: bool = False
    """It asks for the edit of a code action when somebody picks it."""
    document_changes: bool = False
    confirms: bool = False
    """It can ask the person before it applies an edit (change annotations)."""
    show_document: bool = False
    progress: bool = False
    configuration: bool = False
    configuration_events: bool = False
    watch: bool = False


FLAGS = {
    "refresh": "workspace.diagnostics.refresh_support",
    "related": "text_document.publish_diagnostics.related_information",
    "links": "text_document.publish_diagnostics.code_description_support",
    "hierarchical": "text_document.document_symbol.hierarchical_document_symbol_support",
    "location_links": "text_document.definition.link_support",
    "document_changes": "workspace.workspace_edit.document_changes",
    "show_document": "window.show_document.support",
    "progress": "window.work_done_progress",
    "configuration": "workspace.configuration",
    "configuration_events": "workspace.did_change_configuration.dynamic_registration",
    "watch": "workspace.did_change_watched_files.dynamic_registration",
}
"""Abilities that are one flag of the client's capabilities."""

SECTIONS = {
    "pull": "text_document.diagnostic",
    "actions": "text_document.code_action.code_action_literal_support",
    "confirms": "workspace.workspace_edit.change_annotation_support",
}
"""Abilities that a client has when it sends the section at all."""


def position_unit(offered: list[str]) -> Unit:
    """The encoding to speak with a client that offers these: ours in our order, UTF-16 where there is none."""
    return next((unit for unit in UNITS if unit in offered), "utf-16")


def read(capabilities: types.ClientCapabilities) -> Client:
    """What a client's capabilities come to."""

    def get(path: str) -> Any:
        return get_capability(capabilities, path)

    def values(path: str) -> list[str]:
        return [str(getattr(each, "value", each)) for each in get(path) or ()]

    return Client(
        unit=position_unit(values("general.position_encodings")),
        tags=frozenset(int(tag) for tag in get("text_document.publish_diagnostics.tag_support.value_set") or ()),
        markdown="markdown" in values("text_document.hover.content_format"),
        item_markdown="markdown" in values("text_document.completion.completion_item.documentation_format"),
        resolve="edit" in values("text_document.code_action.resolve_support.properties")
        and bool(get("text_document.code_action.data_support")),
        **{name: bool(get(path)) for name, path in FLAGS.items()},
        **{name: get(path) is not None for name, path in SECTIONS.items()},
    )
