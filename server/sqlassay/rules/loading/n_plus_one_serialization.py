from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import Loop, RelationshipConverted
from sqlassay.semantics.flow import leaves_loop
from sqlassay.semantics.plans import alike_in_all_rows
from sqlassay.semantics.values import Session

_READERS = {
    "pydantic": ("the schema", "this field reads `{name}`"),
    "fastapi": ("the response model", "this field reads `{name}`"),
    "marshmallow": ("the schema", "this field reads `{name}`"),
    "dataclass": ("the conversion", "`{name}` is a field of the data class"),
    "jinja": ("the template", "the template reads `{name}`"),
}
"""Who reads, and what to say where it is read."""


@rule("ALC612", "n-plus-one-serialization", severity=Severity.WARNING, fix="unsafe")
class NPlusOneSerialization(Rule):
    """TODO"""

    def relationship_converted(self, read: RelationshipConverted) -> Iterator[Hit]:
        """A read of a relationship that only a schema or a template names."""
        session = read.load.statement.session if read.load.statement is not None else None
        if isinstance(session, Session) and session.is_async:
            if _is_first(read):
                yield _hit(read, None, _raises(read), Severity.ERROR if read.certain else Severity.WARNING)
            return
        if read.load.kind != "query" and not read.load.path:
            return
        loop = next((each for each in read.around if each.key == read.load.loop), None)
        if loop is None or leaves_loop(read.frame, read.node, loop):
            return
        if not alike_in_all_rows(read.world, read.entity, read.relationship) and _is_first(read):
            yield _hit(read, loop, _repeats(read), Severity.INFO if read.in_migration else None)


def _is_first(read: RelationshipConverted) -> bool:
    """Whether nothing was said of this yet, off rows of another query."""
    return read.frame.first("converted", id(read.node), read.entity.model, read.relationship.name)


def _hit(read: RelationshipConverted, loop: Loop | None, harm: str, severity: Severity | None) -> Hit:
    advice = eager.advise(read, read.entity, read.relationship)
    statement = read.load.statement
    if advice is not None:
        here = statement is None or statement.place.path == read.path
        harm = f"{harm} Add `{advice.code}` to {'the query' if here else 'its query'}."
    name = _name(read)
    notes = [Note(read.read, _READERS[read.by][1].format(name=name))]
    if statement is not None:
        notes.append(Note(statement.place, f"the query, which does not load `{name}`"))
    if loop is not None and loop.kind != "call":
        notes.append(Note(loop.place, "the loop"))
    notes.append(Note(read.relationship.place, f"`{name}` is lazy unless a query says otherwise"))
    return Hit(read.at(read.node), harm, tuple(notes), advice.fix if advice is not None else None, severity)


def _name(read: RelationshipConverted) -> str:
    return f"{read.entity.model.name}.{read.relationship.name}"


def _repeats(read: RelationshipConverted) -> str:
    who = _READERS[read.by][0]
    if read.relationship.direction == "many-to-one":
        target = read.relationship.target
        what = (target.name if target is not None else read.relationship.target_text) or "row"
        return f"{who.capitalize()} reads `{_name(read)}` row by row: one SELECT for each {what} it comes to."
    return f"{who.capitalize()} reads `{_name(read)}`: one SELECT for each {read.entity.model.name}."


def _raises(read: RelationshipConverted) -> str:
    who = _READERS[read.by][0]
    return (
        f"{who.capitalize()} reads `{_name(read)}`, which the query does not load: a lazy load cannot wait for the "
        "database in async code, and raises MissingGreenlet."
    )
