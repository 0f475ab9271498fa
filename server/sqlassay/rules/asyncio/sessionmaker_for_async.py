from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, RemoveImport, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import SessionMakerCreated
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC808", "sessionmaker-for-async", severity=Severity.INFO, sqlalchemy=">=2.0", fix="either")
class SessionmakerForAsync(Rule):
    """`sessionmaker` makes AsyncSessions, where `async_sessionmaker` is meant for that.

    ## Why
    Since 2.0 `async_sessionmaker` makes AsyncSessions, and type checkers know what its sessions are.
    `sessionmaker(engine, class_=AsyncSession)` still works, but to all who read its type it makes blocking Sessions:
    `with Maker.begin()` passes the type checker and raises.

    Without `class_` an async engine behind `sessionmaker` gives blocking Sessions on an engine that does not block:
    their first statement raises. That is reported as an error.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    from sqlalchemy.orm import sessionmaker

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    ```

    ## Use instead
    ```python
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    ```

    ## Fix safety
    The fix calls `async_sessionmaker` with the same arguments and mends the imports. It is safe with `class_`, which
    says what sessions are wanted; without it the sessions become others, and it is unsafe. An annotation
    `sessionmaker[AsyncSession]` elsewhere is yours to change.

    ## What it cannot see
    A `class_` of the project's own is understood if it derives from AsyncSession. Nothing is said where the project may
    run on SQLAlchemy 1.4, which has no `async_sessionmaker`.

    ## References
    - [async_sessionmaker](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.async_sessionmaker)
    """

    def session_maker_created(self, created: SessionMakerCreated) -> Iterator[Hit]:
        """`sessionmaker(...)`."""
        # Where 2.0 may be missing, `async_sessionmaker` is what an import makes of the other.
        spelled = (dotted_name(_maker(created)) or "").rpartition(".")[2]
        if created.function != "sessionmaker" or not created.is_async or spelled == "async_sessionmaker":
            return
        place = created.at(created.call)
        kind = created.keywords.get("class_", created.args[1] if len(created.args) > 1 else None)
        bind = created.args[0] if created.args else created.keywords.get("bind")
        if kind is not None:
            said, severity = "`sessionmaker` is typed as one of blocking Sessions. Use `async_sessionmaker`.", None
        elif isinstance(bind, v.Engine) and not created.starred:
            said = (
                "`sessionmaker` makes blocking Sessions, and an AsyncEngine gives them nothing they could use: their "
                "first statement raises. Use `async_sessionmaker`."
            )
            severity = Severity.ERROR
        else:
            return
        safe = kind is not None
        positional = len(created.call.args) > 1
        fix = None if positional else Fix("Use `async_sessionmaker`", safe, _operations(created))
        yield Hit(place, said, fix=fix, severity=severity)


def _maker(created: SessionMakerCreated) -> n.Expr:
    func = created.call.func
    return func.value if isinstance(func, n.Subscript) else func


def _operations(created: SessionMakerCreated) -> tuple[AnyOp, ...]:
    inner = _maker(created)
    place = created.at(inner)
    operations: list[AnyOp] = [
        Replace(place, "async_sessionmaker"),
        AddImport(place, "sqlalchemy.ext.asyncio", "async_sessionmaker"),
    ]
    if isinstance(inner, n.Name):
        operations.append(RemoveImport(place, "sqlalchemy.orm", "sessionmaker"))
    return tuple(operations)
