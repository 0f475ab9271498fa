"""What the rules about reads in loops share: which read repeats a query, how to say it, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from sqlassay.findings import Severity
from sqlassay.rules import eager
from sqlassay.rules.base import Hit, Note
from sqlassay.semantics import values as v
from sqlassay.semantics.events import ColumnRead, ColumnReadInCall, Loop, RelationshipRead, RelationshipReadInCall
from sqlassay.semantics.flow import leaves_loop
from sqlassay.semantics.plans import alike_in_all_rows
from sqlassay.semantics.states import session_of

Read = Union[RelationshipRead, RelationshipReadInCall]
AnyRead = Union[Read, ColumnRead, ColumnReadInCall]


def loop_of(read: AnyRead, loops: tuple[Loop, ...]) -> Loop | None:
    """The loop that reads the attribute off another row each round; None where the read does not repeat so.

    Nor where the rows came through an AsyncSession: reading raises there, or somebody has loaded it.
    """
    load = read.entity.load
    session = session_of(read.entity)
    if (load.kind != "query" and not load.path) or (session is not None and session.is_async):
        return None
    loop = next((each for each in loops if each.key == load.loop), None)
    return None if loop is None or leaves_loop(read.frame, read.node, loop) else loop


def relationship_hit(read: Read, loops: tuple[Loop, ...]) -> Hit | None:
    """The finding about a relationship that is loaded for one row after the other."""
    loop = loop_of(read, loops)
    if loop is None or alike_in_all_rows(read.world, read.entity, read.relationship):
        return None
    advice = eager.advise(read, read.entity, read.relationship)
    return Hit(
        read.at(read.node),
        _message(read, advice),
        tuple(_proof(read, loop)),
        advice.fix if advice is not None else None,
        severity(read),
        lazy=eager.lazy(read.entity, read.relationship),
    )


def severity(read: AnyRead) -> Severity | None:
    """A migration runs once: what it costs is worth knowing, no more."""
    return Severity.INFO if read.in_migration else None


def name_of(read: Read) -> str:
    """`Order.items`."""
    return f"{read.entity.model.plain}.{read.relationship.name}"


def _message(read: Read, advice: eager.Advice | None) -> str:
    target = read.relationship.target
    model = read.world.model(target) if target is not None else None
    on = f" on {model.table}" if model is not None and model.table else ""
    if read.relationship.direction == "many-to-one":
        what = (target.plain if target is not None else read.relationship.target_text) or "row"
        harm = f"is loaded row by row: this loop runs one SELECT{on} for each distinct {what}."
    elif read.relationship.direction is None:
        # Where it is a reference, rows that refer to one thing share its SELECT.
        harm = f"is loaded row by row: this loop runs up to one SELECT{on} for each {read.entity.model.plain}."
    else:
        harm = f"is loaded once per row: this loop runs one SELECT{on} for each {read.entity.model.plain}."
    harm = f"`{name_of(read)}` {harm}"
    if advice is None:
        return harm
    where = "the query" if read.load.statement is None or read.load.statement.place.path == read.path else "its query"
    return f"{harm} Add `{advice.code}` to {where}."


def _proof(read: Read, loop: Loop) -> Iterator[Note]:
    name = name_of(read)
    yield from the_query(read.load.statement, f"the query, which does not load `{name}`")
    yield Note(loop.place, "the loop")
    yield Note(read.relationship.place, f"`{name}` is lazy unless a query says otherwise")


def the_query(statement: v.Statement | None, says: str) -> Iterator[Note]:
    """A note on the statement that brought the rows."""
    if statement is not None:
        yield Note(statement.place, says)
