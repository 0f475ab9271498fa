"""The names of what functions declare: `make.<locals>.User`, as Python's own `__qualname__` has them.

A function that is called makes its classes anew each time. What a call that can be followed makes has the call's mark
behind the function's name (`make@c1f.<locals>.User`); a class that `type()` makes under a computed name has, behind
that, where the call stands in its statement (`make@c1f~120.<locals>.User`).
"""

from __future__ import annotations

import re

LOCALS = ".<locals>."

_MADE = re.compile(r"(?:@\w+)?(?:~(\d+))?\.<locals>\.(\w+)")
_MARK = re.compile(r"@\w+|~\d+")


def around(name: str) -> str:
    """The function, marks and all, that declares something of this dotted name; '' for what modules declare."""
    return name.rpartition(LOCALS)[0]


def call(function: str) -> str:
    """A function and the mark of its call, without that of one `type()` in it."""
    return function.partition("~")[0]


def inside(name: str) -> str:
    """A dotted name as it is written in the function (or module) that declares it."""
    return name.rpartition(LOCALS)[2]


def computed(start: int) -> str:
    """What facts call a class that `type()` makes under a computed name, by where the call starts."""
    return f"<type {start}>"


def written(name: str) -> str:
    """The name under which facts list something, without the marks of calls."""
    if LOCALS not in name:
        return _MARK.sub("", name) if "@" in name else name
    if "@" in name or "~" in name:
        name = _MADE.sub(lambda found: LOCALS + (computed(int(found[1])) if found[1] else found[2]), name)
    return name


def only_when_called(name: str) -> bool:
    """Whether something is there only once a function ran, and nobody knows whether it does."""
    function = around(name)
    return bool(function) and "@" not in function


def apart(one: str, other: str) -> bool:
    """Whether two things may never be there together: one is declared by a function, the other is not in it."""
    return any(
        only_when_called(name) and not (f"{against}.".startswith(f"{around(name)}{LOCALS}"))
        for name, against in ((one, other), (other, one))
    )
