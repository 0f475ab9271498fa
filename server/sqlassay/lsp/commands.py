"""workspace/executeCommand: the rule's page."""

from __future__ import annotations

from lsprotocol import types

from sqlassay.lsp import rule_pages
from sqlassay.lsp.session import SqlassayServer  # pygls evaluates a command's annotations

SHOW_RULE = "sqlassay.showRule"
"""Takes a rule's code or name; shows its page in the editor, or gives its text to a client that shows no documents."""


def register(server: SqlassayServer) -> None:
    server.offer(SHOW_RULE, show_rule)


async def show_rule(ls: SqlassayServer, *arguments: object) -> str | None:
    """Show the page of the rule named by the first argument. Gives its Markdown where the client could not show it."""
    rule = rule_pages.find(arguments[0] if arguments else None)
    if rule is None:
        ls.complain(f"there is no rule called {arguments[0]!r}" if arguments else "name a rule: its code or its name")
        return None
    uri = rule_pages.uri(rule.meta.code)
    if uri is not None and ls.client.show_document:
        shown = await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
        if shown.success:
            return None
    return rule_pages.text(rule)
