"""Columns, wherever they are made."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.library.expressions import constructed
from sqlassay.semantics.site import Site


def _made(function: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        site.ev.emit(
            ev.ColumnMade(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, function)
        )
        return constructed(site, function)

    return make


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    f"sa:{name}": _made(name) for name in ("Column", "mapped_column", "Field")
}
