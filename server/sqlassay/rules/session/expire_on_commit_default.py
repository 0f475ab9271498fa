from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.lifetime import stays_local
from sqlassay.rules.session.expiry import expires
from sqlassay.semantics.events import SessionMakerCreated


@rule("ALC204", "expire-on-commit-default", severity=Severity.HINT, presets=(), fix="unsafe")
class ExpireOnCommitDefault(Rule):
    """The sessions of a web application forget every object at each commit.

    ## Why
    After a commit a session expires all its objects: the next attribute that is read of each runs a SELECT. A view
    that commits and then answers with what it stored pays one for every object in the answer; an object that outlives
    its session cannot be read at all (DetachedInstanceError). SQLAlchemy's documentation suggests
    `expire_on_commit=False` for web views that work with objects after the commit.

    The default has its point: without it a session that lives long goes on with what it read before, however old that
    is. It is a choice, hence a hint, and off by default. Under asyncio it is more than that: see
    `async-expire-on-commit-default`.

    ## Example
    ```python
    from fastapi import FastAPI
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    app = FastAPI()
    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"))
    ```

    ## Use instead
    ```python
    from fastapi import FastAPI
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    app = FastAPI()
    SessionLocal = sessionmaker(create_engine("sqlite:///shop.db"), expire_on_commit=False)
    ```

    ## Fix safety
    The fix adds the argument. It is unsafe: what was read before a commit is not read again after it, even if somebody
    else has changed it meanwhile.

    ## What it cannot see
    A project is taken for a web application when one of its files imports a web framework. Nothing is said of a
    `class_` of the project's own, of `**options` made elsewhere, of a maker that stays in one function, and of one
    without an engine, which `configure(...)` completes.

    ## References
    - [Committing](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing)
    - [Parent instance is not bound to a session](https://sqlalche.me/e/20/bhk3)
    """

    def session_maker_created(self, created: SessionMakerCreated) -> Iterator[Hit]:
        """A maker of blocking sessions in a project that serves the web."""
        facts = created.world.facts(created.path)
        migrates = facts is not None and "revision" in facts.variables
        if created.is_async or migrates or not expires(created) or stays_local(created):
            return
        if not created.world.web_frameworks():
            return
        place = created.at(created.call)
        yield Hit(
            place,
            "After a commit every object of these sessions is read again, one SELECT each, and cannot be read once its "
            "session is closed. Add `expire_on_commit=False` if views answer with what they committed.",
            fix=Fix("Add `expire_on_commit=False`", False, (AddKeyword(place, "expire_on_commit", "False"),)),
        )
