from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, RemoveImport, Replace, SetKeyword
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import LoaderOptionMade, ModelDeclared
from sqlassay.syntax import nodes as n

_SAYS = (
    "{what} runs the whole query a second time inside a subquery to find the parents. `selectinload` asks for the "
    "children by the parents' keys, 500 parents in each SELECT."
)


@rule(
    "ALC606",
    "subqueryload-legacy",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=1.4",
    fix="unsafe",
)
class SubqueryloadLegacy(Rule):
    """A relationship is loaded by `subqueryload`, which `selectinload` has taken the place of.

    ## Why
    `subqueryload` wraps the original query in a subquery and runs it again to find the parents of the children it
    loads: the database does that work twice, with LIMIT and without a unique ORDER BY it may find other parents the
    second time, and it cannot be used with `yield_per`. `selectinload` sends the primary keys that the first query
    brought. That it would send too many of them is not so: it sends them 500 at a time, 1,200 parents in three SELECTs
    for the children. SQLAlchemy's documentation calls `subqueryload` mostly legacy.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, subqueryload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    statement = select(User).options(subqueryload(User.posts))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


    statement = select(User).options(selectinload(User.posts))
    ```

    ## Fix safety
    Unsafe: the objects are the same, the SQL that brings them is not. On a database without tuples in IN (SQL Server),
    `selectinload` cannot load from parents with a composite primary key; nothing is said where that is the only
    database.

    ## What it cannot see
    Strategies given by variables.

    ## References
    - [Subquery eager loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#subquery-eager-loading)
    - [Select IN loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#select-in-loading)
    """

    def loader_option_made(self, event: LoaderOptionMade) -> Iterator[Hit]:
        """`subqueryload(...)`, called or chained."""
        if event.strategy != "subqueryload" or event.world.dialects() == {"mssql"}:
            return
        func = event.call.func
        place = event.at(func)
        ops: tuple[AnyOp, ...] = ()
        match func:
            case n.Name(id="subqueryload"):
                ops = (
                    Replace(place, "selectinload"),
                    AddImport(place, "sqlalchemy.orm", "selectinload"),
                    RemoveImport(place, "sqlalchemy.orm", "subqueryload"),
                )
            case n.Attribute(attr="subqueryload"):
                ops = (Replace(place, "{0}.selectinload", (event.at(func.value),)),)
            case _:
                pass
        fix = Fix("Use `selectinload`", False, ops) if ops else None
        yield Hit(event.at(event.call), _SAYS.format(what="`subqueryload`"), fix=fix)

    def model_declared(self, event: ModelDeclared) -> Iterator[Hit]:
        """`relationship(..., lazy="subquery")`."""
        if event.world.dialects() == {"mssql"}:
            return
        for relationship in event.model.relationships.values():
            if relationship.lazy != "subquery" or relationship.owner != event.model.ref or relationship.call is None:
                continue
            if relationship.made_by_backref or "lazy" not in relationship.keywords:
                continue
            fix = Fix('Use `lazy="selectin"`', False, (SetKeyword(relationship.call, "lazy", '"selectin"'),))
            yield Hit(relationship.call, _SAYS.format(what='`lazy="subquery"`'), fix=fix)
