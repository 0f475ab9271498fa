"""Functions that answer requests: which of their parameters a client decides."""

from __future__ import annotations

from sqlassay.facts.collect import walk
from sqlassay.syntax import nodes as n

_ROUTES = frozenset("get post put patch delete head options route api_route websocket expose".split())
"""Decorators that take a path: `@app.get("/users")`, `@blueprint.route("/users")`, `@expose("/users")`."""

_INJECTED = frozenset("Depends Security Request Response WebSocket BackgroundTasks HTTPConnection".split())
"""What in a parameter's annotation or default says that the framework gives it, and not the client."""


def is_handler(function: n.FunctionDef) -> bool:
    """Whether a framework calls this function to answer requests."""
    return any(_is_route(each) for each in function.decorators)


def _is_route(decorator: n.Expr) -> bool:
    match decorator:
        case n.Call(func=n.Attribute(attr=name) | n.Name(id=name), args=(n.Constant(value=str(path)), *_)):
            return name in _ROUTES and (path.startswith("/") or path == "")
        case _:
            return False


def origin(function: n.FunctionDef, param: n.Param) -> str:
    """Who decides what a parameter is: `request` (a client), `constant` (it must match a pattern) or `parameter`."""
    if not is_handler(function) or param.name in ("self", "cls"):
        return "parameter"
    for node in (param.annotation, param.default):
        for each in walk(node) if node is not None else ():
            match each:
                case n.Name(id=name) | n.Attribute(attr=name) if name in _INJECTED:
                    return "parameter"
                case n.Keyword(name="pattern" | "regex"):
                    return "constant"
                case _:
                    pass
    return "request"
