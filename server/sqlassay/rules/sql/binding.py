"""The fix that binds the values of an interpolated statement, where it is executed right there."""

from __future__ import annotations

import re

from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.sql.holes import Spot
from sqlassay.semantics.events import SqlText
from sqlassay.semantics.values import Text
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_EXECUTORS = frozenset(["execute", "scalar", "scalars", "stream", "stream_scalars"])


def bind(event: SqlText, text: Text, spots: list[Spot]) -> Fix | None:
    """`execute(text(f"... {a}"))` -> `execute(text("... :a"), {"a": a})`; None where not all of it is that plain."""
    around = event.enclosing(event.call)
    outer = around[0] if around else None
    if event.sink != "text" or not isinstance(outer, n.Call) or not isinstance(event.argument, n.FString):
        return None
    if not isinstance(outer.func, n.Attribute) or outer.func.attr not in _EXECUTORS:
        return None
    if len(outer.args) != 1 or outer.keywords or outer.args[0] is not event.call or len(event.call.args) != 1:
        return None
    values = _values(event, event.argument)
    if values is None or [event.at(each) for each in values] != [spot.hole.place for spot in spots]:
        return None
    if any(spot.position != "value" for spot in spots):
        return None
    names = _names(spots)
    literal = _literal(_bound_text(text, spots, names))
    if literal is None:
        return None
    parameters = dict(zip(names, range(2, len(names) + 2), strict=True))
    given = ", ".join(f'"{name}": {{{number}}}' for name, number in parameters.items())
    parts: tuple[Place, ...] = (event.at(outer.func), event.at(event.call.func), *(event.at(each) for each in values))
    template = f"{{0}}({{1}}({literal}), {{{given}}})"
    return Fix("Bind the values", False, (Replace(event.at(outer), template, parts),))


def _values(event: SqlText, node: n.FString) -> list[n.Expr] | None:
    """The expressions in an f-string; None where one of them is formatted in a way of its own."""
    found = [each for each in node.parts if isinstance(each, n.Formatted)]
    return None if any(each.conversion or each.spec for each in found) else [each.value for each in found]


def bind_name(spot: Spot) -> str:
    """What the parameter for a hole is called."""
    last = spot.hole.code.rsplit(".", 1)[-1]
    return last if re.fullmatch(r"[A-Za-z]\w*", last) else "value"


def _names(spots: list[Spot]) -> list[str]:
    """A name for each hole; the same for holes that are the same variable."""
    names: list[str] = []
    owners: dict[str, str] = {}
    for number, spot in enumerate(spots):
        name = bind_name(spot)
        owner = spot.hole.code or f"#{number}"
        while owners.setdefault(name, owner) != owner:
            name += "_"
        names.append(name)
    return names


def _bound_text(text: Text, spots: list[Spot], names: list[str]) -> str:
    pieces = list(text.literals)
    for index, (spot, name) in enumerate(zip(spots, names, strict=True)):
        if spot.in_quotes:
            pieces[index] = pieces[index].removesuffix("'")
            pieces[index + 1] = pieces[index + 1].removeprefix("'")
        pieces[index] += f":{name}"
    return "".join(pieces)


def _literal(value: str) -> str | None:
    """A string as code, over several lines where it has some; None where it would take escapes."""
    if "\\" in value or '"""' in value or value.endswith('"') or not value.replace("\n", "").isprintable():
        return None
    if "\n" in value:
        return f'"""{value}"""'
    return f'"{value}"' if '"' not in value else f"'{value}'" if "'" not in value else None
