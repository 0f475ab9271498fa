"""Alembic's operations."""

from __future__ import annotations

from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.site import Site

_TEXT_OPERATIONS = frozenset({"execute"})


def operation(site: Site, name: str, batch: bool) -> v.Value:
    """`op.<name>(...)`, or the same on the object that batch_alter_table gives."""
    self = site.ev
    self.emit(
        ev.MigrationOperation(
            self.world,
            self.frame,
            site.node,
            site.args,
            site.keywords,
            site.starred,
            name,
            batch,
            self.frame.qualname.split(".", 1)[0],
        )
    )
    if name == "batch_alter_table":
        return v.Manager(v.ExternalObject("alembic:batch"))
    if name == "get_bind":
        return v.Connection(False)
    if name == "f":
        return site.argument(0, "name")
    if name in _TEXT_OPERATIONS:
        node = site.argument_node(0, "sqltext")
        text = site.argument(0, "sqltext")
        if node is not None and isinstance(text, v.Text):
            from sqlassay.semantics.library.expressions import clause_text

            clause_text(site, "op.execute", text, node)
    return v.UNKNOWN
