from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import RelationshipRead


@rule("ALC601", "n-plus-one", severity=Severity.WARNING, fix="unsafe")
class NPlusOne(Rule):
    """A lazy relationship is read in a loop: one query per row."""

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A read that runs a SELECT, off an instance that varies with a loop around it."""
        if read.loads and read.load.loop in {loop.key for loop in read.loops}:
            name = f"{read.entity.model.name}.{read.relationship.name}"
            yield Hit(read.at(read.node), f"`{name}` is loaded once per row: this loop runs one SELECT for each.")
