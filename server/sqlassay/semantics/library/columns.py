"""Columns, wherever they are made."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.library.expressions import constructed
from sqlassay.semantics.site import Site


def _made(function: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        if function != "Field" or _is_in_model(site):
            site.ev.emit(
                ev.ColumnMade(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, function)
            )
        return constructed(site, function)

    return make


def _is_in_model(site: Site) -> bool:
    """Whether SQLModel's `Field(...)` stands in one of its classes: pydantic's own take it too, and have no table."""
    frame = site.ev.frame
    model = site.ev.world.model(frame.cls) if frame.cls is not None else None
    return model is not None and model.flavour == "sqlmodel"


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    f"sa:{name}": _made(name) for name in ("Column", "mapped_column", "Field")
}
