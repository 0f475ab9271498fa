from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import CallEvent, Loop, QueryMethod, SessionCall
from sqlassay.semantics.flow import derived_names, stops_early
from sqlassay.semantics.names import names_of
from sqlassay.semantics.values import ClassValue, Entity, External, Mapped, Model, Session, Statement, held
from sqlassay.syntax import nodes as n

_EXECUTORS = frozenset(["execute", "scalars", "scalar", "exec", "stream", "stream_scalars"])
_FETCHES = frozenset(["all", "first", "one", "one_or_none", "first_or_404", "__iter__"])
_GETS = frozenset(["get", "get_one"])
_ROUNDS = frozenset("range count repeat batched chunked chunks batches paginate pages cycle Retrying retry".split())
"""Calls a loop runs over that count its rounds, or cut its data in portions."""
_PICKS_ONE = frozenset(["order_by", "limit", "offset", "with_for_update"])
"""Methods that say which rows of a key are wanted, or lock them: one IN does not do as much."""


@rule("ALC603", "query-in-loop", severity=Severity.WARNING)
class QueryInLoop(Rule):
    """A query by a key of the loop's variable runs once for each item.

    ## Why
    `session.get(Post, key)` in a loop over keys is one way to the database and back for each of them. One query before
    the loop, `select(Post).where(Post.id.in_(keys))`, brings the same rows at once, and a dictionary by key finds them
    in the loop.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]


    def titles(session: Session, keys: list[int]) -> list[str]:
        return [session.get_one(Post, key).title for key in keys]
    ```

    ## Use instead
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]


    def titles(session: Session, keys: list[int]) -> list[str]:
        found = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(keys)))}
        return [found[key].title for key in keys]
    ```

    ## Fix safety
    There is no fix: what the loop does where a key has no row, or the same key comes twice, is for a person to decide.

    ## What it cannot see
    Queries inside functions that the loop calls. Criteria other than equality. It says nothing of loops over `range`,
    batches and `while` loops, which page or try again, of loops that stop at the first hit or write before they ask,
    and of queries that lock or pick the latest row of each key.

    ## References
    - [The IN comparison operator](https://docs.sqlalchemy.org/en/20/core/operators.html#in-comparisons)
    - [Getting by primary key](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#get-by-primary-key)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """`session.get(Model, key)` and `session.scalars(select(Model).where(Model.column == key))`."""
        if not isinstance(call.session, Session):
            return
        if call.method in _GETS and len(call.args) >= 2 and isinstance(call.args[0], Model):
            loop = _loop(call, names_of(call.call.args[1]), names_of(call.call.args[0]), call.session)
            if loop is not None and "with_for_update" not in call.keywords and not _is_held(call, call.args[0]):
                name = call.args[0].ref.plain
                yield _hit(call, loop, f"one SELECT on {name} for each item", f"`select({name})` and an IN on its key")
        elif call.method in _EXECUTORS and isinstance(call.statement, Statement):
            yield from _queried(call, call.statement, call.session)

    def query_method(self, call: QueryMethod) -> Iterator[Hit]:
        """`session.query(Model).filter(Model.column == key).all()`."""
        if call.statement.kind == "query" and call.method in _FETCHES:
            if call.method == "first" and call.statement.traits & _PICKS_ONE:
                return
            yield from _queried(call, call.statement, call.statement.session)


def _queried(call: CallEvent, statement: Statement, session: object) -> Iterator[Hit]:
    entity = statement.entities[0] if statement.entities else None
    if statement.kind not in ("select", "query") or not isinstance(entity, Model | Mapped):
        return
    if statement.traits & _PICKS_ONE:
        return
    of_entity = entity.ref if isinstance(entity, Model) else entity.model
    for pin in sorted(statement.pinned, key=lambda each: (each.model != of_entity, each.attribute, each.model.name)):
        loop = _loop(call, pin.names, statement.reads, session)
        if loop is not None:
            name = f"{pin.model.plain}.{pin.attribute}"
            model = call.world.model(pin.model)
            column = model is not None and pin.attribute in model.columns
            instead = f"`{name}.in_(...)`" if column else f"an IN on the foreign key of `{name}`"
            yield _hit(call, loop, f"one SELECT by `{name}` for each item", instead)
            return


def _loop(call: CallEvent, keys: frozenset[str], others: frozenset[str], session: object) -> Loop | None:
    """The loop that gives the key: over data, with a session from outside, and with nothing else that varies."""
    for loop in reversed(call.loops):
        if loop.kind not in ("for", "comprehension") or _counts_rounds(call, loop):
            return None
        varying = derived_names(loop)
        if not keys.isdisjoint(varying):
            inside = isinstance(session, Session) and _is_inside(call, session, loop)
            written = any(use.writes and loop.key in use.loops for use in call.frame.uses)
            return None if inside or written or not others.isdisjoint(varying) or stops_early(loop) else loop
    return None


def _counts_rounds(call: CallEvent, loop: Loop) -> bool:
    """Whether the loop's rounds are no items: numbers, portions, attempts, or the members of a class."""
    if isinstance(loop.iterated, ClassValue | External):
        return True
    head = loop.node.iter if isinstance(loop.node, n.For) else None
    if isinstance(loop.node, n.Comprehension):
        head = next((each.iter for each in loop.node.generators if call.at(each.iter) == loop.place), None)
    name = head.func if isinstance(head, n.Call) else None
    last = name.id if isinstance(name, n.Name) else name.attr if isinstance(name, n.Attribute) else ""
    return last in _ROUNDS


def _is_inside(call: CallEvent, session: Session, loop: Loop) -> bool:
    """Whether each round opens a session of its own."""
    return session.origin is not None and call.at(loop.node).holds(session.origin)


def _is_held(call: CallEvent, model: Model) -> bool:
    """Whether the session holds many instances of the class already: get() asks no database for those."""
    return any(
        isinstance(each, Entity) and each.model == model.ref
        for value in call.frame.env.values()
        for each in held(value)
    )


def _hit(call: CallEvent, loop: Loop, harm: str, instead: str) -> Hit:
    return Hit(
        call.at(call.call),
        f"This query runs once per round of the loop: {harm}. Fetch them together before the loop, with {instead}.",
        (Note(loop.place, "the loop"),),
        severity=Severity.INFO if call.in_migration else None,
    )
