"""Sessions, session makers and connections: how they open, what their methods give."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import aside, coroutines, deeds, reads
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import ENTERED, OF_ASYNC_CONNECTION, OF_ASYNC_SESSION
from sqlassay.semantics.calls import chain_of, escape_arguments, invoke
from sqlassay.semantics.library.engines import create_all, is_create_all
from sqlassay.semantics.library.results import executed
from sqlassay.semantics.library.statements import query as make_query
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


def open_session(site: Site, is_async: bool, scoped: bool, maker: v.Maker | None = None) -> v.Session:
    """A session is made by a call. A scoped one belongs to its registry, not to the function."""
    expires = _expires(site, maker.expires if maker is not None else True)
    made = _made_at(site, maker.made if maker is not None else site.place)
    if scoped:
        return v.Session(is_async, True, True, None, "scoped", expires, made=made)
    frame = site.ev.frame
    session = v.Session(is_async, False, True, site.place, "opened", expires, made=made)
    if frame.function is not None:
        bind = site.argument(0, "bind") if maker is None else site.keywords.get("bind", v.UNKNOWN)
        given = any(isinstance(each, v.Connection) for each in v.members(bind))
        frame.openings[site.place] = ev.Opening(session, site.node, "", borrowed=given)
    return session


def _expires(site: Site, default: bool | None) -> bool | None:
    """Whether a commit expires the instances of a session made so: as an argument says, else as `default`."""
    given = site.keywords.get("expire_on_commit")
    if given is None:
        return None if site.starred else default
    return given.value if isinstance(given, v.Const) and isinstance(given.value, bool) else None


def _made_at(site: Site, place: Place | None) -> Place | None:
    return None if site.starred or "expire_on_commit" in site.keywords else place


def _session(is_async: bool) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        if is_async:
            _made(site, True, "AsyncSession")
        return open_session(site, is_async, False)

    return make


def _made(site: Site, is_async: bool, function: str) -> None:
    site.ev.emit(
        ev.SessionMakerCreated(
            site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, is_async, function
        )
    )


def _maker(is_async: bool) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        kind = site.argument(1, "class_") if len(site.args) > 1 else site.keywords.get("class_", v.UNKNOWN)
        asynchronous = is_async or (isinstance(kind, v.External) and kind.name == "sa:AsyncSession")
        bind = site.argument(0, "bind")
        asynchronous = asynchronous or (isinstance(bind, v.Engine) and bind.is_async)
        _made(site, asynchronous, "async_sessionmaker" if is_async else "sessionmaker")
        # One without an engine is completed elsewhere, by `configure(...)` or where it is called.
        whole = bind != v.UNKNOWN or site.args or not site.keywords.keys().isdisjoint(("bind", "binds"))
        known = whole and (kind == v.UNKNOWN or isinstance(kind, v.External))
        return v.Maker(asynchronous, False, _expires(site, True if known else None), _made_at(site, site.place))

    return make


def _scoped(is_async: bool) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        maker = site.argument(0, "session_factory")
        inner = isinstance(maker, v.Maker) and maker.is_async
        expires = maker.expires if isinstance(maker, v.Maker) else None
        made = maker.made if isinstance(maker, v.Maker) else None
        return v.Session(is_async or inner, True, True, None, "scoped", expires, made=made)

    return make


def _declarative_base(site: Site) -> v.Value:
    site.ev.emit(
        ev.DeclarativeBaseCreated(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred)
    )
    return v.DeclarativeBase()


def _object_session(site: Site) -> v.Value:
    return v.Session(False, False, True, None, "returned")


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    "sa:Session": _session(False),
    "sa:AsyncSession": _session(True),
    "sa:sessionmaker": _maker(False),
    "sa:async_sessionmaker": _maker(True),
    "sa:scoped_session": _scoped(False),
    "sa:async_scoped_session": _scoped(True),
    "sa:declarative_base": _declarative_base,
    "sa:automap_base": lambda _site: v.DeclarativeBase("automap"),
    "sqlalchemy.ext.automap.automap_base": lambda _site: v.DeclarativeBase("automap"),
    "sa:object_session": _object_session,
    "sa:registry": lambda _site: v.ExternalObject("sa:registry"),
}


def maker_method(site: Site, name: str) -> v.Value:
    """`SessionLocal.begin()`, `SessionLocal.configure(...)`, a scoped registry's methods."""
    maker = site.receiver
    assert isinstance(maker, v.Maker)
    if name == "begin":
        session = open_session(site, maker.is_async, maker.scoped, maker)
        return v.Manager(session, maker.is_async, commits=session)
    return v.UNKNOWN


EXECUTORS: dict[str, str] = {
    "execute": "rows",
    "scalars": "scalars",
    "scalar": "value",
    "stream": "rows",
    "stream_scalars": "scalars",
    "exec": "exec",
    "exec_driver_sql": "rows",
}
"""Methods that run a statement: what shape comes back (exec is SQLModel's: scalars for one entity)."""


def _record(site: Site, session: v.Value, method: str, connection: bool) -> None:
    frame = site.ev.frame
    statement = site.argument(0, "statement") if method in EXECUTORS else v.UNKNOWN
    kind = statement.kind if isinstance(statement, v.Statement) else ""
    site.use(session, method, "text" if isinstance(statement, v.TextClause) else kind)
    if frame.quiet:
        return
    parent = frame.unit.parents().get(id(site.node))
    site.ev.emit(
        ev.SessionCall(
            site.ev.world,
            frame,
            site.node,
            site.args,
            site.keywords,
            site.starred,
            session,
            method,
            connection,
            isinstance(parent, n.Await),
            statement,
        )
    )


def session_method(site: Site, name: str) -> v.Value:
    """A method of a Session, AsyncSession or scoped_session."""
    session = site.receiver
    assert isinstance(session, v.Session)
    _record(site, session, name, False)
    value = _session_result(site, session, name)
    deeds.session_did(site, session, name)
    if session.is_async and name in OF_ASYNC_SESSION:
        return coroutines.made(site, value, name, not session.scoped, session.certain)
    return value


def _session_result(site: Site, session: v.Session, name: str) -> v.Value:
    frame = site.ev.frame
    shape = EXECUTORS.get(name)
    if shape is not None:
        raw_text(site, name, session)
        statement = site.argument(0, "statement")
        for each in v.members(statement):
            if isinstance(each, v.Statement):
                site.ev.runs(site.node, each, name, site.keywords)
        return executed(site, statement, shape, session.is_async and name.startswith("stream"))
    match name:
        case "query":
            return _query(site, session)
        case "get" | "get_one":
            return _got(site, session)
        case "close" | "aclose" | "remove" | "close_all":
            opening = frame.openings.get(session.origin) if session.origin is not None else None
            if opening is not None:
                opening.closed = True
                if any(region == "finally" for _, region in frame.tries):
                    opening.closed_in_finally = True
            return v.UNKNOWN
        case "begin" | "begin_nested":
            # What a parameter is annotated with may be what it once was.
            told = session.certain and (session.is_async or session.source != "parameter")
            commits = session if name == "begin" else None
            return v.Manager(v.External(name), session.is_async if told else None, session.is_async, commits)
        case "no_autoflush":
            return v.UNKNOWN
        case "merge":
            # Another instance, where it was a new one.
            given = site.argument(0, "instance")
            return v.Entity(given.model, v.Load("unknown")) if v.is_new(given) else given
        case "connection":
            return v.Connection(session.is_async)
        case "add" | "add_all" | "delete" | "refresh" | "expunge" | "bulk_save_objects":
            return v.NONE
        case "run_sync":
            return _run_sync(site, v.Session(False, False, session.certain, None, "parameter"))
        case "begin_transaction":
            return v.UNKNOWN
        case _:
            return v.UNKNOWN


BY_SHAPE = ("query", "execute", "scalars", "exec")
"""Methods that make a session of what has them, by what they are given."""


def by_shape(site: Site) -> v.Value | None:
    """`request.db.query(User)`, `await self.db.scalars(select(User))`: only sessions take these."""
    name = site.node.func.attr if isinstance(site.node.func, n.Attribute) else ""
    given = site.argument(0, "statement")
    session = v.Session(site.ev.frame.awaited is site.node, False, False, None, "shape")
    if name == "query":
        return make_query(site, session) if isinstance(given, v.Model | v.Mapped) else None
    if not isinstance(given, v.Statement) or given.kind not in ("select", "union"):
        return None
    site.ev.runs(site.node, given, name, site.keywords)
    inner = Site(site.ev, site.node, site.callee, session, site.args, site.keywords, site.starred, site.spread)
    return executed(inner, given, EXECUTORS[name], False)


def _run_sync(site: Site, sync: v.Value) -> v.Value:
    """`await session.run_sync(function, *arguments)` calls the function with a session (or connection) that blocks."""
    callee = site.argument(0, "fn")
    if is_create_all(callee):
        create_all(site)
    if not isinstance(callee, v.FunctionValue | v.LocalFunction):
        escape_arguments(site)
        return v.UNKNOWN
    inner = Site(site.ev, site.node, callee, v.UNKNOWN, (sync, *site.args[1:]), site.keywords, site.starred)
    with reads.set_aside(site.ev):
        return coroutines.outcome(invoke(inner, callee))


def _got(site: Site, session: v.Session) -> v.Value:
    model = site.argument(0, "entity")
    if not isinstance(model, v.Model):
        deeds.queried(site, session, None)
    else:
        options = site.keywords.get("options")
        statement = v.Statement(
            "select",
            (model,),
            site.place,
            traits=frozenset(["get"]),
            loose=site.starred,
            session=session,
            spelled=site.ev.frame.spelling(site.node.args[0]) if site.node.args else "",
        )
        if options is not None:
            from sqlassay.semantics.library.statements import add_options

            statement = add_options(statement, (options,), False)
            site.ev.runs(site.node, statement, "get", site.keywords)
        aside.ran(site.ev.frame, statement)
        deeds.queried(site, session, statement)
        return v.Entity(model.ref, v.Load("get", statement))
    return v.UNKNOWN


def _query(site: Site, session: v.Session) -> v.Value:
    statement = make_query(site, session)
    frame = site.ev.frame
    if not frame.quiet:
        chain, terminal = chain_of(site.ev, site.node)
        site.ev.emit(
            ev.QueryStarted(
                site.ev.world,
                frame,
                site.node,
                site.args,
                site.keywords,
                site.starred,
                session,
                statement,
                chain,
                terminal,
            )
        )
    return statement


def raw_text(site: Site, sink: str, session: v.Value) -> None:
    """A plain or interpolated string given to something that executes it."""
    node = site.argument_node(0, "statement")
    text = site.argument(0, "statement")
    if node is None or not isinstance(text, v.Const | v.Text):
        return
    if isinstance(text, v.Const) and not isinstance(text.value, str):
        return
    site.ev.emit(
        ev.SqlText(
            site.ev.world,
            site.ev.frame,
            site.node,
            site.args,
            site.keywords,
            site.starred,
            sink,
            text,
            node,
            False,
            session,
        )
    )


def connection_method(site: Site, name: str) -> v.Value:
    """A method of a Connection or AsyncConnection."""
    connection = site.receiver
    assert isinstance(connection, v.Connection)
    _record(site, connection, name, True)
    shape = EXECUTORS.get(name)
    value: v.Value = v.UNKNOWN
    if shape is not None:
        raw_text(site, name, connection)
        streams = connection.is_async and name.startswith("stream")
        value = executed(site, site.argument(0, "statement"), "rows" if shape == "exec" else shape, streams)
    elif name in ENTERED:
        told = connection.is_async or connection.origin is not None
        return v.Manager(v.External(name), connection.is_async if told else None, connection.is_async)
    elif name == "run_sync":
        value = _run_sync(site, v.Connection(False))
    elif name == "execution_options":
        value = connection
    if connection.is_async and name in ("stream", "stream_scalars"):
        return v.Manager(value, True, True)
    if connection.is_async and name in OF_ASYNC_CONNECTION:
        return coroutines.made(site, value, name, False, True)
    return value
