"""What SQLAlchemy's API (and the builtins around it) gives back: tables, one module a subject.

`FUNCTIONS` says what calling a library's function or class gives, by canonical name; `METHODS` what a method gives, by
the kind of its receiver. A call that no table knows is tried as a call into the project.
"""

from __future__ import annotations

from collections.abc import Callable

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
    results,
    serialisers,
    sessions,
    statements,
    stored,
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
    **serialisers.FUNCTIONS,
    **sessions.FUNCTIONS,
    **statements.FUNCTIONS,
    **stored.FUNCTIONS,
    **templates.FUNCTIONS,
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
}


def dispatch(site: Site) -> v.Value:
    """The value of a call."""
    callee = site.callee
    if isinstance(callee, v.Method):
        method = METHODS.get(type(callee.receiver))
        if method is not None:
            return method(site, callee.name)
        escape_arguments(site)
        return v.UNKNOWN
    if isinstance(callee, v.External):
        function = FUNCTIONS.get(callee.name)
        if function is not None:
            return function(site)
        return outside(site, callee.name)
    if isinstance(callee, v.Maker):
        return sessions.open_session(site, callee.is_async, callee.scoped, callee)
    if isinstance(callee, v.Session) and callee.scoped:
        # `Session()` on a scoped_session, and Flask's `db.session()`: the registry's current one.
        return v.Session(callee.is_async, False, callee.certain, None, callee.source)
    if isinstance(callee, SchemaClass):
        return serialisers.constructed(site, callee.schema.ref, callee.schema)
    if isinstance(callee, v.Unknown):
        named = site.node.func
        known = templates.UNKNOWN_METHODS.get(named.attr) if isinstance(named, n.Attribute) else None
        if known is not None:
            return known(site)
        escape_arguments(site)
        return v.UNKNOWN
    return invoke(site, callee)


def outside(site: Site, name: str) -> v.Value:
    """A call to a library that no table knows in full."""
    if name.startswith("alembic.op."):
        return migrations.operation(site, name.removeprefix("alembic.op."), False)
    if name.startswith("sa:func."):
        return v.Clause()
    if name.startswith("flask.request."):
        return v.REQUEST
    if name.startswith("sa:"):
        return expressions.constructed(site, name.removeprefix("sa:"))
    if name.startswith(("flask:", "flask_lite:", "exc:")):
        return v.ExternalObject(name)
    escape_arguments(site)
    return v.UNKNOWN
