from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.session.expiry import expires
from sqlassay.semantics.events import SessionMakerCreated


@rule("ALC804", "async-expire-on-commit-default", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class AsyncExpireOnCommitDefault(Rule):
    """Under asyncio an object cannot be read after a commit.

    ## Why
    After a commit a session expires all its objects, and the next attribute that is read of one runs a SELECT. In an
    AsyncSession nobody can await an attribute: it raises `MissingGreenlet` (since 2.1 inside a `StatementError`). The
    asyncio documentation therefore makes its sessions with `expire_on_commit=False`.

    ## Example
    ```python
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine)
    ```

    ## Use instead
    ```python
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    engine = create_async_engine("sqlite+aiosqlite:///shop.db")
    AsyncSessionLocal = async_sessionmaker(engine, expire_on_commit=False)
    ```

    ## Fix safety
    The fix adds the argument. It is unsafe: what was read before a commit is not read again after it, even if somebody
    else has changed it meanwhile.

    ## What it cannot see
    Code that never reads an object after a commit, or refreshes it first, comes to no harm; the rule does not look that
    far. An explicit `expire_on_commit=True` is taken for a decision. Nothing is said of a `class_` of the project's
    own, of `**options` made elsewhere, and of a maker without an engine, which `configure(...)` completes.

    ## References
    - [Preventing implicit IO when using AsyncSession](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession)
    - [MissingGreenlet](https://sqlalche.me/e/20/xd2s)
    """

    def session_maker_created(self, created: SessionMakerCreated) -> Iterator[Hit]:
        """A maker of async sessions, or an AsyncSession made directly."""
        if not created.is_async or not expires(created):
            return
        place = created.at(created.call)
        yield Hit(
            place,
            "After a commit every object of these sessions must be read again, and an attribute cannot be awaited: "
            "reading it raises MissingGreenlet. Add `expire_on_commit=False`.",
            fix=Fix("Add `expire_on_commit=False`", False, (AddKeyword(place, "expire_on_commit", "False"),)),
        )
