from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import QueryMethod
from sqlassay.semantics.values import Model, Session
from sqlassay.syntax import nodes as n


@rule(
    "ALC506",
    "legacy-query-get",
    severity=Severity.WARNING,
    presets=("recommended", "sqlalchemy-2.0"),
    sqlalchemy=">=1.4",
    fix="safe",
)
class LegacyQueryGet(Rule):
    """A row is fetched by its primary key with `Query.get()`, which moved to `Session.get()`.

    ## Why
    `Query.get()` is the one method of Query that SQLAlchemy itself warns of (LegacyAPIWarning): it is no query, since
    it looks into the session's identity map first, and it ignores whatever criteria the Query has. `Session.get()` says
    the same and does the same.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    def find(session: Session, id: int) -> User | None:
        return session.query(User).get(id)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    def find(session: Session, id: int) -> User | None:
        return session.get(User, id)
    ```

    ## Fix safety
    Safe: it is offered for `session.query(Model).get(key)` alone, where both forms look into the identity map and then
    run the same SELECT. With options or other methods between, and for `Model.query.get()`, there is no fix.

    ## What it cannot see
    Queries that come from functions nobody can follow.

    ## References
    - [ORM Query: get() method moves to Session](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-20-get-to-session)
    - [Session.get()](https://docs.sqlalchemy.org/en/20/orm/session_api.html#sqlalchemy.orm.Session.get)
    """

    def query_method(self, event: QueryMethod) -> Iterator[Hit]:
        """`.get(key)` on a Query of one mapped class."""
        statement = event.statement
        if event.method != "get" or statement.kind != "query" or len(statement.entities) != 1:
            return
        entity = statement.entities[0]
        by_shape = isinstance(statement.session, Session) and statement.session.source == "shape"
        if not isinstance(entity, Model) or by_shape:
            return
        name = entity.ref.name.rsplit(".", 1)[-1]
        owner = "db.session" if statement.flask else "session"
        yield Hit(
            event.at(event.call),
            f"`Query.get()` is legacy: it looks for the row in the session, then by its primary key, whatever else the "
            f"query says. Write `{owner}.get({name}, ...)`.",
            fix=_fix(event),
            tags=("deprecated",),
        )


def _fix(event: QueryMethod) -> Fix | None:
    match event.call:
        case n.Call(
            func=n.Attribute(value=n.Call(func=n.Attribute(value=session, attr="query"), args=(entity,), keywords=())),
            args=(key,),
            keywords=(),
        ) if not isinstance(key, n.Starred) and not isinstance(entity, n.Starred):
            parts = (event.at(session), event.at(entity), event.at(key))
            return Fix("Use `Session.get()`", True, (Replace(event.at(event.call), "{0}.get({1}, {2})", parts),))
        case _:
            return None
