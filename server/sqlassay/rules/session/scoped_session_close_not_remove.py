from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import values as v
from sqlassay.semantics.events import FunctionEnd
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC203", "scoped-session-close-not-remove", severity=Severity.WARNING, fix="unsafe")
class ScopedSessionCloseNotRemove(Rule):
    """A `scoped_session` is closed where it should be removed.

    ## Why
    A `scoped_session` is a registry: it keeps one session for each thread (or whatever `scopefunc` says) and passes
    calls on to it. `close()` ends that session's transaction and empties it, and leaves it in the registry: whatever
    the next request in the thread does, it does with the same session, and with what the last one left there:
    `session.info`, `autoflush = False`, event listeners. `remove()` closes it and forgets it.

    ## Example
    ```python
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import scoped_session, sessionmaker

    session = scoped_session(sessionmaker(create_engine("sqlite:///shop.db")))


    def report():
        try:
            return session.scalar(text("SELECT count(*) FROM orders"))
        finally:
            session.close()
    ```

    ## Use instead
    ```python
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import scoped_session, sessionmaker

    session = scoped_session(sessionmaker(create_engine("sqlite:///shop.db")))


    def report():
        try:
            return session.scalar(text("SELECT count(*) FROM orders"))
        finally:
            session.remove()
    ```

    ## Fix safety
    The fix calls `remove()`. It is unsafe: code that keeps the session itself in a variable (`db = session()`) would go
    on with one session while the registry hands out another.

    ## What it cannot see
    Only the last thing that a function does with a registry counts as a teardown. Flask-SQLAlchemy removes its session
    when the request ends: `db.session.close()` is left alone. A session that was taken out of a registry
    (`db = session()`) has no `remove()`, and nothing is said of its `close()`.

    ## References
    - [Contextual sessions](https://docs.sqlalchemy.org/en/20/orm/contextual.html)
    - [scoped_session.remove](https://docs.sqlalchemy.org/en/20/orm/contextual.html#sqlalchemy.orm.scoped_session.remove)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """The `close()` of a registry after which the function does nothing more with it."""
        registries = [use for use in end.uses if _is_registry(use.session)]
        for use in registries:
            if use.method != "close" or not isinstance(use.node, n.Call) or use.node.args or use.node.keywords:
                continue
            if any(later.order > use.order and later.session == use.session for later in registries):
                continue
            owner = use.node.func.value if isinstance(use.node.func, n.Attribute) else None
            name = dotted_name(owner) if owner is not None else None
            if owner is None or name is None:
                continue
            place = end.at(use.node)
            yield Hit(
                place,
                f"`{name}` is a registry, and `close()` leaves the session in it: the next request in this thread gets "
                f"the same one, with what was set on it. Call `{name}.remove()`.",
                fix=Fix(f"Call `{name}.remove()`", False, (Replace(place, "{0}.remove()", (end.at(owner),)),)),
            )


def _is_registry(session: v.Value) -> bool:
    return isinstance(session, v.Session) and session.scoped and session.certain and session.source != "flask"
