"""Methods decorated with `@validates(...)`."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.rules.models.columns import library_name
from sqlassay.semantics.events import FunctionEnd
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n


class Validator(Struct, frozen=True):
    """What a class has SQLAlchemy call when attributes are set."""

    owner: Ref
    names: tuple[n.Expr, ...]
    """The attributes as they are written."""
    key: str
    """The parameter that gets the attribute's name."""
    value: str
    """The parameter that gets the value."""


def validator(end: FunctionEnd) -> Validator | None:
    """The validator that a function is; None where it is none, or has parameters of another form."""
    owner = end.frame.cls
    if owner is None or end.node.is_async or len(end.node.params) < 3:
        return None
    params = end.node.params[:3]
    for each in end.node.decorators:
        if isinstance(each, n.Call) and library_name(end.world, end.path, each.func) == "validates":
            alone = len(end.node.decorators) == 1
            return Validator(owner, each.args, params[1].name, params[2].name) if alone else None
    return None
