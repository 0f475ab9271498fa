from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.legacy import chains
from sqlassay.rules.spelling import is_taken, sqlalchemy_name
from sqlassay.semantics import values as v
from sqlassay.semantics.events import QueryStarted
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n

_INSTEAD = {
    "update": "{0}.execute(update({1}) ...)",
    "delete": "{0}.execute(delete({1}) ...)",
    "count": "{0}.scalar(select(func.count()).select_from({1}) ...)",
}
_ENTITIES = "{0}.scalars(select({1}) ...)"
_ROWS = "{0}.execute(select(...) ...)"

_OF_ITS_OWN = ("query_cls", "query_class")
"""What a project names to give its sessions a Query of its own."""


@rule(
    "ALC501",
    "legacy-query-api",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=1.4",
    fix="unsafe",
)
class LegacyQueryApi(Rule):
    """Rows are queried with `session.query()`, SQLAlchemy's legacy interface.

    ## Why
    `Query` was the ORM's way to SELECT before 2.0. It is legacy: neither deprecated nor going away, it warns of
    nothing, and the SQL it sends is the same but for labels. Statements made by `select()` are what the documentation
    teaches now. Type checkers know what they give, they can be built without a session, passed on and run by sessions
    and connections alike, and `AsyncSession` runs nothing else. So this rule is off by default and belongs to a move
    to the 2.0 style.

    ## Example
    ```python
    from collections.abc import Sequence

    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def active(session: Session) -> Sequence[User]:
        return session.query(User).filter(User.active.is_(True)).order_by(User.id).all()
    ```

    ## Use instead
    ```python
    from collections.abc import Sequence

    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        active: Mapped[bool]


    def active(session: Session) -> Sequence[User]:
        return session.scalars(select(User).where(User.active.is_(True)).order_by(User.id)).all()
    ```

    ## Fix safety
    Unsafe: the rows are the same, but labels in the SQL differ, and `count()` counts without a subquery. Query removes
    repeated objects silently, a statement's result does so when asked: the fix writes `.unique()` where a join, a
    joined eager load or `lazy="joined"` may repeat them.

    Rewritten are chains that end in `all()`, `first()`, `one()`, `one_or_none()`, `scalar()` or `count()`, or that a
    loop iterates. There is no fix for queries that are built up in variables, used as subqueries, updated or deleted
    through; for methods that a statement has not or means otherwise (`filter_by()` after a join, criteria after a
    limit, `distinct()` with `order_by()`); and where the project has a Query class of its own or the session is known
    only by what it is called. `Session.scalars()` needs SQLAlchemy 1.4.24.

    ## What it cannot see
    Sessions that nobody can follow. `Model.query` of Flask-SQLAlchemy is flask-model-query, `query(Model).get()` is
    legacy-query-get.

    ## References
    - [ORM Query Unified with Core Select](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#orm-query-unified-with-core-select)
    - [ORM usage, 1.x and 2.0](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-orm-usage)
    - [Legacy Query API](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html)
    """

    def query_started(self, event: QueryStarted) -> Iterator[Hit]:
        """`session.query(...)`."""
        if not isinstance(event.session, v.Session) or event.session.is_async or event.terminal == "get":
            return
        yield Hit(
            event.at(event.call),
            f"`Query` is the legacy way to SELECT. Write `{_instead(event)}`.",
            fix=_fix(event, event.session),
        )


def _instead(event: QueryStarted) -> str:
    owner = dotted_name(event.call.func.value) if isinstance(event.call.func, n.Attribute) else None
    entities = event.statement.entities
    one = entities[0] if len(entities) == 1 else None
    if not isinstance(one, v.Model):
        return _ROWS.format(owner or "session")
    name = dotted_name(event.call.args[0]) if event.call.args else None
    form = _INSTEAD.get(event.terminal, _ENTITIES)
    return form.format(owner or "session", name or one.ref.name.rsplit(".", 1)[-1])


def _fix(event: QueryStarted, session: v.Session) -> Fix | None:
    if not session.certain or any(event.world.writes(each) for each in _OF_ITS_OWN):
        return None
    chain = chains.read(event.call, event.enclosing(event.call))
    entities = event.statement.entities
    classes = chains.as_statement(chain, entities)
    if classes is None:
        return None
    place = event.at(chain.node)
    select, imports = sqlalchemy_name(event, place, "select")
    args = {"entities": str(classes), "terminal": chain.terminal, "select": select}
    if chain.terminal == "count":
        args["func"], more = sqlalchemy_name(event, place, "func")
        imports += more
    if any(is_taken(event, each.name) for each in imports):
        return None
    if classes and chains.may_repeat(event.world, chain, entities):
        args["unique"] = "true"
    return Fix("Write it as a statement", False, (Transform(place, "query-to-select", args), *imports))
