"""Objects that columns hold: the methods that change them in place, and what tells SQLAlchemy of a change."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import changes, deeds, states
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments
from sqlassay.semantics.site import Site

_CHANGES = frozenset(
    "append extend insert remove pop popitem clear update setdefault add discard sort reverse appendleft".split()
)


def method(site: Site, name: str) -> v.Value:
    """A method of what a column holds, or of an object inside it."""
    stored = site.receiver
    assert isinstance(stored, v.Stored)
    escape_arguments(site)
    if name in _CHANGES:
        changes.changed(site.ev, stored, site.node, name)
    match name:
        case "changed":
            # MutableDict and its like say so themselves.
            changes.say(site.ev.frame, stored.entity, stored.attribute)
            return v.NONE
        case "get" if len(site.args) == 1:
            return changes.inside(stored)
        case "setdefault":
            return changes.inside(stored)
        case "values":
            return v.Collection(changes.inside(stored))
        case "items":
            return v.Collection(v.TupleValue((v.UNKNOWN, changes.inside(stored))))
        case _:
            return v.UNKNOWN


_SETTERS = ["sa:set_committed_value", "sa:set_attribute", "sqlalchemy.orm.attributes.set_attribute"]


def _flag_modified(site: Site) -> v.Value:
    name = site.argument(1, "key")
    for each in v.members(site.argument(0, "instance")):
        if isinstance(each, v.Entity):
            known = isinstance(name, v.Const) and isinstance(name.value, str)
            changes.say(site.ev.frame, each, str(name.value) if known and isinstance(name, v.Const) else "")
    return v.NONE


def _setattr(site: Site) -> v.Value:
    name = site.argument(1)
    known = name.value if isinstance(name, v.Const) and isinstance(name.value, str) else ""
    escape_arguments(site)
    changes.assigned(site.ev, site.argument(0), known, site.argument(2))
    return v.NONE


def _set_attribute(site: Site) -> v.Value:
    """`set_committed_value(post, "tags", tags)`, `set_attribute(...)`."""
    name = site.argument(1, "key")
    if isinstance(name, v.Const) and isinstance(name.value, str):
        for each in v.members(site.argument(0, "instance")):
            if isinstance(each, v.Entity):
                states.given(site.ev.frame, each, name.value)
    return v.NONE


def _make_transient(site: Site) -> v.Value:
    """`make_transient(user)`: it is in no session, and what it holds nobody knows."""
    deeds.forgotten(site.ev.frame, site.argument(0, "instance"))
    return v.NONE


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "sa:flag_modified": _flag_modified,
    "builtins.setattr": _setattr,
    **dict.fromkeys(_SETTERS, _set_attribute),
    **dict.fromkeys(["sa:make_transient", "sa:make_transient_to_detached"], _make_transient),
}
