"""The methods of a class, each with an anchor of its own: a letter typed in one moves nothing in the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlassay.syntax import nodes as n


def members(node: n.Stmt, anchor: str) -> list[tuple[str, n.FunctionDef]]:
    """The methods of a top-level class (those of nested classes too), by anchor, in order; none of other statements.

    `class Repo` has members `class Repo.find`; a second method of that name is `class Repo.find~2`. A method's node
    keeps its offsets from the start of the class.
    """
    if not isinstance(node, n.ClassDef):
        return []
    found: list[tuple[str, n.FunctionDef]] = []
    counts: dict[str, int] = {}
    for name, function in _methods(node.body, anchor):
        counts[name] = count = counts.get(name, 0) + 1
        found.append((name if count == 1 else f"{name}~{count}", function))
    return found


def _methods(body: Iterable[n.Stmt], prefix: str) -> Iterator[tuple[str, n.FunctionDef]]:
    for each in body:
        match each:
            case n.FunctionDef(name=name):
                yield f"{prefix}.{name}", each
            case n.ClassDef(name=name):
                yield from _methods(each.body, f"{prefix}.{name}")
            case n.If():
                yield from _methods(each.body, prefix)
                yield from _methods(each.orelse, prefix)
            case n.Try():
                yield from _methods(each.body, prefix)
            case _:
                pass
