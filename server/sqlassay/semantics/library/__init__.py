"""What SQLAlchemy's API (and the builtins around it) gives back: tables, one module a subject.

`FUNCTIONS` says what calling a library's function or class gives, by canonical name; `METHODS` what a method gives, by
the kind of its receiver. A call that no table knows is tried as a call into the project.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from sqlassay.semantics import clauses, coroutines
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments, invoke
from sqlassay.semantics.conversions.pages import TemplateFile, TemplateFolder
from sqlassay.semantics.conversions.shapes import Converter, SchemaClass
from sqlassay.semantics.library import (
    builtin,
    columns,
    engines,
    expressions,
    migrations,
    parents,
    results,
    serialisers,
    sessions,
    statements,
    stored,
    tasks,
    templates,
)
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n

Handler = Callable[[Site], v.Value]

FUNCTIONS: dict[str, Handler] = {
    **builtin.FUNCTIONS,
    **columns.FUNCTIONS,
    **engines.FUNCTIONS,
    **expressions.FUNCTIONS,
    **parents.FUNCTIONS,
    **serialisers.FUNCTIONS,
    **sessions.FUNCTIONS,
    **statements.FUNCTIONS,
    **stored.FUNCTIONS,
    **templates.FUNCTIONS,
    **tasks.FUNCTIONS,
}

METHODS: dict[type[v.Value], Callable[[Site, str], v.Value]] = {
    v.Engine: engines.engine_method,
    v.ExternalObject: engines.object_method,
    v.Connection: sessions.connection_method,
    v.Session: sessions.session_method,
    v.Maker: sessions.maker_method,
    v.Statement: statements.method,
    v.Option: statements.option_method,
    v.Model: serialisers.class_method,
    v.ClassValue: serialisers.class_method,
    TemplateFolder: templates.folder_method,
    TemplateFile: templates.file_method,
    SchemaClass: serialisers.class_method,
    Converter: serialisers.converter_method,
    v.Mapped: expressions.clause_method,
    v.Clause: expressions.clause_method,
    v.TextClause: expressions.text_method,
    v.Result: results.method,
    v.Collection: builtin.collection_method,
    v.TupleValue: builtin.collection_method,
    v.DictValue: builtin.dict_method,
    v.Stored: stored.method,
    v.Const: builtin.text_method,
    v.Text: builtin.text_method,
    v.Param: builtin.unknown_method,
    v.Scalar: builtin.scalar_method,
    v.Awaitable: tasks.task_method,
}

UNKNOWN_METHODS: dict[str, Callable[[Site], v.Value | None]] = {
    **templates.UNKNOWN_METHODS,
    **dict.fromkeys(sessions.BY_SHAPE, sessions.by_shape),
}
"""Methods that name themselves, of objects that nobody knows; None where the arguments speak against it."""


def dispatch(site: Site) -> v.Value:
    """The value of a call."""
    callee = site.callee
    if isinstance(callee, v.Method):
        receiver = callee.receiver
        method = METHODS.get(type(receiver))
        if method is not None and not (isinstance(receiver, v.Param) and callee.name in UNKNOWN_METHODS):
            _awaited(site, receiver, callee.name)
            return method(site, callee.name)
        return _unknown(site, callee.name)
    if isinstance(callee, v.Unknown):
        return _unknown(site, site.node.func.attr if isinstance(site.node.func, n.Attribute) else "")
    if isinstance(callee, v.External):
        if site.args and isinstance(site.args[0], v.Awaitable) and callee.name in _TAKE_ROWS:
            coroutines.misused(site.ev, site.args[0], site.node, "argument")
        function = FUNCTIONS.get(callee.name)
        if callee.name in SAID:
            _said(site, callee.name)
        if function is not None:
            return function(site)
        return outside(site, callee.name)
    if isinstance(callee, v.Getter):
        return builtin.getter_called(site, callee)
    if isinstance(callee, v.Maker):
        _awaited(site, callee, "")
        return sessions.open_session(site, callee.is_async, callee.scoped, callee)
    if isinstance(callee, v.Session) and callee.scoped:
        # `Session()` on a scoped_session, and Flask's `db.session()`: the registry's current one.
        return replace(callee, scoped=False)
    if isinstance(callee, SchemaClass):
        return serialisers.constructed(site, callee.schema.ref, callee.schema)
    return invoke(site, callee)


def _unknown(site: Site, method: str) -> v.Value:
    """A method of something that nobody knows."""
    known = UNKNOWN_METHODS.get(method)
    value = known(site) if known is not None else None
    if value is not None:
        return value
    escape_arguments(site)
    return v.UNKNOWN


SAID = frozenset(
    "sa:inspect sqlalchemy.event.listen sqlalchemy.event.listens_for sa:scoped_session sa:async_scoped_session".split()
)
"""Functions whose calls are told as they are (`events.FunctionCalled`)."""

_NO_COROUTINE = (
    "list tuple set frozenset sorted len sum min max enumerate zip reversed iter dict any all bool int float"
)
_TAKE_ROWS = frozenset(f"builtins.{name}" for name in _NO_COROUTINE.split())
"""Builtins that a coroutine says nothing to."""


def _said(site: Site, name: str) -> None:
    site.ev.emit(
        ev.FunctionCalled(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, name)
    )


def _awaited(site: Site, receiver: v.Value, method: str) -> None:
    frame = site.ev.frame
    if frame.awaited is not site.node or frame.quiet:
        return
    site.ev.emit(
        ev.MethodAwaited(
            site.ev.world,
            site.ev.frame,
            site.node,
            site.args,
            site.keywords,
            site.starred,
            receiver,
            method,
        )
    )


def outside(site: Site, name: str) -> v.Value:
    """A call to a library that no table knows in full."""
    if name.startswith("alembic.op."):
        return migrations.operation(site, name.removeprefix("alembic.op."), False)
    if name.startswith("sa:func."):
        return clauses.of_arguments(site)
    if name.startswith("flask.request."):
        return v.REQUEST
    if name.startswith("sa:"):
        return expressions.constructed(site, name.removeprefix("sa:"))
    if name.startswith(("flask:", "flask_lite:", "exc:")):
        return v.ExternalObject(name)
    return _unknown(site, name.rpartition(".")[2])
