"""One short name for each thing of SQLAlchemy, however it was imported.

`sqlalchemy.orm.session.Session`, `sqlalchemy.orm.Session` and `sqlmodel.Session` are all `sa:Session`. A name that no
table of ours knows stays dotted, and means nothing to us.
"""

from __future__ import annotations

from functools import lru_cache

_ROOTS = ("sqlalchemy.", "sqlmodel.")

_APART = (
    "sqlalchemy.dialects.",
    "sqlalchemy.ext.baked.",
    "sqlalchemy.ext.automap.",
    "sqlalchemy.ext.hybrid.",
    "sqlalchemy.ext.associationproxy.",
    "sqlalchemy.ext.mutable.",
    "sqlalchemy.event.",
    "sqlalchemy.util.",
    "sqlalchemy.testing.",
)
"""Parts of SQLAlchemy whose names mean other things than the same names elsewhere."""

EXCEPTIONS = frozenset(
    (
        "SQLAlchemyError DBAPIError IntegrityError OperationalError ProgrammingError DataError InternalError "
        "InterfaceError DatabaseError StatementError NotSupportedError InvalidRequestError PendingRollbackError "
        "FlushError StaleDataError NoResultFound MultipleResultsFound ResourceClosedError UnboundExecutionError "
        "CompileError ArgumentError TimeoutError DisconnectionError NoSuchTableError"
    ).split()
)


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """`sa:X` for SQLAlchemy's public X, `exc:X` for exceptions, `dialect:X` for a dialect's; else the name itself."""
    if name.startswith(_ROOTS):
        last = name.rsplit(".", 1)[1]
        if name.startswith("sqlalchemy.dialects."):
            return f"dialect:{last}" if last[:1].isupper() or last == "insert" else name
        if name.startswith(_APART):
            return name
        if last in EXCEPTIONS:
            return f"exc:{last}"
        if name.count(".") == 1 and last in _SUBMODULES:
            return name
        if last in _SUBMODULES and last.islower() and name.rsplit(".", 2)[-2] in _SUBMODULES:
            return name
        return f"sa:{last}"
    return _OTHERS.get(name, name)


_SUBMODULES = frozenset(
    (
        "orm ext engine sql exc pool types dialects event util asyncio declarative hybrid mutable associationproxy "
        "automap schema session decl_api main schema future inspection expression functions elements selectable dml "
        "query result base strategy_options relationships url create scoping type_api sqltypes"
    ).split()
)

_OTHERS = {
    "flask_sqlalchemy.SQLAlchemy": "flask:SQLAlchemy",
    "flask_sqlalchemy.extension.SQLAlchemy": "flask:SQLAlchemy",
    "flask_appbuilder.SQLA": "flask:SQLAlchemy",
    "flask_appbuilder.utils.legacy.SQLAlchemy": "flask:SQLAlchemy",
    "flask_sqlalchemy.session.Session": "sa:Session",
    "flask_sqlalchemy.model.Model": "flask:Model",
    "flask_appbuilder.Model": "flask:AppBuilderModel",
    "flask_appbuilder.models.sqla.Model": "flask:AppBuilderModel",
    "flask_sqlalchemy_lite.SQLAlchemy": "flask_lite:SQLAlchemy",
    "fastapi.Request": "starlette:Request",
    "fastapi.requests.Request": "starlette:Request",
    "starlette.requests.Request": "starlette:Request",
    "alembic.op": "alembic.op",
    "fastapi.Depends": "fastapi:Depends",
    "fastapi.params.Depends": "fastapi:Depends",
    "contextlib.contextmanager": "contextlib.contextmanager",
}

SA_NAMESPACE = frozenset(
    (
        "Column ForeignKey ForeignKeyConstraint PrimaryKeyConstraint UniqueConstraint CheckConstraint Index Integer "
        "String Text Boolean DateTime Date Time Float Numeric LargeBinary JSON Enum BigInteger SmallInteger Unicode "
        "UnicodeText Interval Table Sequence select insert update delete text func and_ or_ not_ desc asc case cast "
        "exists literal literal_column relationship backref dynamic_loader mapped_column Mapped joinedload "
        "selectinload subqueryload contains_eager lazyload raiseload noload defer undefer load_only aliased "
        "column_property synonym deferred validates hybrid_property event inspect distinct bindparam UUID Uuid ARRAY "
        "DDL Session session scoped_session sessionmaker true false null"
    ).split()
)
"""What Flask-SQLAlchemy's `db` object offers of SQLAlchemy's own names."""
