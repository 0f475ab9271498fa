"""Whether sessions expire their objects at a commit: what the rules on `expire_on_commit` have in common."""

from __future__ import annotations

from sqlassay.semantics import values as v
from sqlassay.semantics.events import SessionMakerCreated

_OWN = frozenset(("sa:Session", "sa:AsyncSession"))
"""Session classes whose default is known."""

_BINDS = frozenset(("bind", "binds"))


def expires(created: SessionMakerCreated) -> bool:
    """Whether nothing but SQLAlchemy's default says what these sessions do at a commit."""
    if created.starred or "expire_on_commit" in created.keywords:
        return False
    if not created.args and created.keywords.keys().isdisjoint(_BINDS):
        # Made without an engine: `configure(...)` says the rest.
        return False
    kind = created.keywords.get("class_", created.args[1] if len(created.args) > 1 else None)
    return kind is None or (isinstance(kind, v.External) and kind.name in _OWN)
