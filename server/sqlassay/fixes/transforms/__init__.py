"""Rewrites with names of their own: one module each, found by name.

A module called `some_name` declares `TRANSFORM`, a `Rewriting`, and is what `ops.Transform` calls `some-name`.
Arguments are strings; each module's docstring says which it takes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Union

import libcst as cst
from msgspec import Struct

Args = Mapping[str, str]
Statement = Union[cst.SimpleStatementLine, cst.BaseCompoundStatement]


class OfExpression(Struct, frozen=True):
    """Makes another expression of the one at the place. Raises CannotFix."""

    run: Callable[[cst.BaseExpression, Args], cst.BaseExpression]


class OfStatement(Struct, frozen=True):
    """Makes another simple statement of the one at the place. Raises CannotFix."""

    run: Callable[[cst.BaseSmallStatement, Args], cst.BaseSmallStatement]


class Lines(Struct, frozen=True):
    """Statements on lines of their own, one after the other in one body, and what is around them."""

    statements: tuple[Statement, ...]
    follows: bool
    """Whether a statement stands before them in their body."""
    blank_after: int | None
    """How many empty lines follow them; None where nothing follows in their body."""
    top_level: bool


class OfLines(Struct, frozen=True):
    """Makes other statements of some that stand on lines of their own. Raises CannotFix."""

    run: Callable[[Lines, Args], Sequence[Statement]]
    reach: str
    """`one`: the statement at the place. `rest`: with all after it in its body. `owner`: the one whose body it ends."""


Rewriting = Union[OfExpression, OfStatement, OfLines]


@cache
def transforms() -> dict[str, Rewriting]:
    """Every rewrite by its name. Found by walking this folder: adding one touches its own file only."""
    found: dict[str, Rewriting] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found[info.name.replace("_", "-")] = module.TRANSFORM
    return found


def argument(args: Args, name: str) -> str:
    """An argument that must be there. Raises ValueError, since a rule that forgets it is at fault."""
    if name not in args:
        raise ValueError(f"the transform needs the argument {name!r}")
    return args[name]
