"""What the evaluator knows of an expression at a position: one quiet walk of the statement around it."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.project.index import Project
from sqlassay.queries.cursor import Cursor
from sqlassay.semantics import values as v
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.events import Event
from sqlassay.syntax import nodes as n


class _Probe(Evaluator):
    """Notes what one expression is worth, and walks of a class only the method that holds it."""

    def __init__(self, project: Project, wanted: n.Expr, at: int) -> None:
        super().__init__(project, _silent)
        self.wanted = wanted
        self.at = at
        self.found: v.Value | None = None
        self.around = self._method

    def expr(self, node: n.Expr) -> v.Value:
        value = super().expr(node)
        if node is self.wanted and not self.frame.quiet:
            self.found = value if self.found is None else v.join(self.found, value)
        return value

    def _method(self, _anchor: str, node: n.FunctionDef, walk: Callable[[], None]) -> None:
        if node.start <= self.at <= node.end:
            walk()


def _silent(_event: Event) -> None:
    """Nobody listens."""


def value_of(project: Project, cursor: Cursor, node: n.Expr) -> v.Value | None:
    """What an expression in the statement at the cursor is worth; None where it was never reached."""
    parsed = project.files.parsed(cursor.path)
    statement = parsed.by_anchor.get(cursor.anchor) if parsed is not None else None
    if statement is None or cursor.broken:
        return None
    probe = _Probe(project, node, cursor.at)
    probe.unit(cursor.path, cursor.anchor, statement.node)
    return probe.found
