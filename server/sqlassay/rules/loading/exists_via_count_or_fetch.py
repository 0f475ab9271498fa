from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.loading import rows
from sqlassay.semantics import uses
from sqlassay.semantics import values as v
from sqlassay.semantics.events import RowsFetched
from sqlassay.semantics.uses import Asked
from sqlassay.syntax import nodes as n

_ONE = frozenset(["first", "fetchone", "scalar"])
_COUNTED = frozenset(["scalar", "scalar_one"])
_SAYS = {
    "count": "The database counts every matching row{of} to say whether there is one. `exists()` lets it stop at the "
    "first.",
    "all": "This fetches every matching row{of} to see whether there is one. `exists()` lets the database stop at the "
    "first, and sends one value.",
    "one": "This loads a whole {name} to see whether there is one. Ask with `exists()`: the database sends one value, "
    "and no object is built.",
}


@rule("ALC608", "exists-via-count-or-fetch", severity=Severity.WARNING, fix="unsafe")
class ExistsViaCountOrFetch(Rule):
    """Whether there is a row is asked by counting the rows, or by fetching them.

    ## Why
    `count() > 0` makes the database go through every matching row, `.all()` sends them all, and `.first()` reads every
    column of one row, builds an object, and loads whatever the class loads eagerly. EXISTS stops at the first match and
    sends one value.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def is_taken(session: Session, name: str) -> bool:
        return session.query(User).filter(User.name == name).count() > 0
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    def is_taken(session: Session, name: str) -> bool:
        return session.query(session.query(User).filter(User.name == name).exists()).scalar()
    ```

    ## Fix safety
    Unsafe: the answer is the same, but rows that were fetched are in the session afterwards, and code that follows may
    find them there. There is no fix where the statement or the session cannot be seen beside the question, and where a
    named row is compared with None.

    ## What it cannot see
    Answers that go to other functions. It says nothing of rows that are used for anything else, of rows that are
    locked, of counts of a limited query or by a unique key, of `one_or_none()`, which also says that there is no second
    one, and of tests.

    ## References
    - [EXISTS subqueries](https://docs.sqlalchemy.org/en/20/tutorial/data_select.html#exists-subqueries)
    - [Query.exists()](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.exists)
    """

    def rows_fetched(self, event: RowsFetched) -> Iterator[Hit]:
        """Rows, a row or their number, of which all that is asked is whether there is any."""
        kind = _kind(event)
        read = uses.reads(event.frame, event.node) if kind else None
        if not read:
            return
        questions = [each for each in (uses.asked(event.frame, node) for node in read) if each is not None]
        if len(questions) < len(read) or any(uses.is_asserted(event.frame, each) for each in read):
            return
        if event.method in _COUNTED and kind == "count" and not _counts(event):
            return
        name = "" if event.method in _COUNTED and kind == "count" else f"`{rows.name(event.statement)}`"
        direct = read[0] is uses.awaited(event.frame, event.node)
        notes = () if direct else tuple(Note(event.at(each.node), "all that is asked of it") for each in questions)
        yield Hit(
            event.at(questions[0].node if direct and len(read) == 1 else event.node),
            _SAYS[kind].format(name=name, of=f" of {name}" if name else ""),
            notes,
            _fix(event, kind, questions, direct),
            Severity.INFO if kind == "one" else rows.severity(event),
        )


def _kind(event: RowsFetched) -> str:
    """What the code fetches to know it: count, all, one; '' where a rule has nothing to say of it."""
    method, statement = event.method, event.statement
    if method in _COUNTED and len(statement.entities) == 1 and isinstance(statement.entities[0], v.Clause):
        plain = statement.kind in ("select", "query") and "group_by" not in statement.traits
        return "count" if plain and not event.world.is_test(event.path) and not rows.is_pinned(event) else ""
    if not rows.concerns(event):
        return ""
    if method in _ONE:
        if not isinstance(statement.entities[0], v.Model):
            return ""
        whole = event.result is not None and method == "first" and not rows.is_limited(event)
        return "all" if whole else "one"
    if method != "count" and method not in rows.ALL:
        return ""
    if not statement.traits.isdisjoint(rows.LIMITS) or rows.at_most_one(event.world, statement):
        return ""
    return "count" if method == "count" else "all"


def _counts(event: RowsFetched) -> bool:
    """Whether the one expression that the statement selects is `func.count(...)`."""
    start = rows.root(event)
    match start.args[0] if start is not None and start.args else None:
        case n.Call(func=n.Attribute(value=n.Name(id="func") | n.Attribute(attr="func"), attr="count")):
            return True
        case _:
            return False


class _Asking(Struct):
    template: str
    parts: tuple[n.Expr, ...]


def _exists(event: RowsFetched, kind: str) -> _Asking | None:
    """The question as the database is asked it."""
    if event.method in _COUNTED and kind == "count":
        return None
    start = rows.root(event)
    if start is None:
        return None
    if event.statement.kind == "query":
        match start.func:
            case n.Attribute(value=session, attr="query") if rows.begins(event, start):
                return _Asking("{0}.query({1}.exists()).scalar()", (session, event.source))
            case _:
                return None
    run = rows.executed(event.node)
    if run is None or len(run.args) != 1 or run.keywords or not isinstance(run.func, n.Attribute):
        return None
    awaited = "await " if isinstance(event.frame.unit.parents().get(id(run)), n.Await) else ""
    return _Asking(awaited + "{0}.scalar({1}.exists().select())", (run.func.value, run.args[0]))


def _fix(event: RowsFetched, kind: str, questions: list[Asked], direct: bool) -> Fix | None:
    asking = _exists(event, kind)
    if asking is None:
        return None
    if direct:
        place, negated = event.at(questions[0].node), questions[0].negated
        if len(questions) > 1:
            return None
    else:
        place, negated = event.at(uses.awaited(event.frame, event.node)), False
        names = {id(each) for each in uses.reads(event.frame, event.node) or ()}
        if any(id(each.node) not in names for each in questions):
            return None
    template = "not " + asking.template if negated else asking.template
    return Fix("Ask with `exists()`", False, (Replace(place, template, tuple(map(event.at, asking.parts))),))
