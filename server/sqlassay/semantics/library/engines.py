"""Engines and connections."""

from __future__ import annotations

from collections.abc import Callable

from sqlassay.semantics import coroutines
from sqlassay.semantics import events as ev
from sqlassay.semantics import values as v
from sqlassay.semantics.asynchronous import OF_ASYNC_ENGINE
from sqlassay.semantics.calls import escape_arguments
from sqlassay.semantics.library import tasks
from sqlassay.semantics.library.expressions import clause_text
from sqlassay.semantics.site import Site


def _engine(is_async: bool, function: str) -> Callable[[Site], v.Value]:
    def make(site: Site) -> v.Value:
        url = site.argument(0, "url")
        site.ev.emit(
            ev.EngineCreated(
                site.ev.world,
                site.ev.frame,
                site.node,
                site.args,
                site.keywords,
                site.starred,
                is_async,
                url,
                site.argument_node(0, "url"),
                function,
            )
        )
        return v.Engine(is_async, dialect_of(url))

    return make


def _url_create(site: Site) -> v.Value:
    """A URL is the text that it stands for: its scheme known, the rest a hole."""
    _engine(False, "URL.create")(site)
    driver = site.argument(0, "drivername")
    if isinstance(driver, v.Const) and isinstance(driver.value, str):
        return v.Text((f"{driver.value}://", ""), (v.Hole("unknown", "", site.place),))
    return v.ExternalObject("sa:URL")


def dialect_of(url: v.Value) -> str | None:
    """The database that a URL names (postgresql, mysql ...), where its beginning is literal."""
    text = url_text(url)
    if text is None or "://" not in text:
        return None
    return text.split("://", 1)[0].split("+", 1)[0].lower() or None


def url_text(url: v.Value) -> str | None:
    """The literal beginning of a URL: all of it, or up to its first hole."""
    if isinstance(url, v.Const) and isinstance(url.value, str):
        return url.value
    if isinstance(url, v.Text):
        return url.literals[0]
    return None


def engine_method(site: Site, name: str) -> v.Value:
    """A method of an Engine or AsyncEngine."""
    engine = site.receiver
    assert isinstance(engine, v.Engine)
    place = site.place
    match name:
        case "connect":
            connection = v.Connection(engine.is_async, place)
            return v.Manager(connection, True, True) if engine.is_async else connection
        case "begin":
            return v.Manager(v.Connection(engine.is_async, place), engine.is_async)
        case "execution_options":
            return engine
        case "execute" | "scalar":
            # 1.x: an engine runs text by itself.
            clause_text(site, name, site.argument(0, "statement"), site.argument_node(0, "statement"))
            return v.Result(None, "rows")
        case _ if engine.is_async and name in OF_ASYNC_ENGINE:
            return coroutines.made(site, v.UNKNOWN, name, False, True)
        case _:
            return v.UNKNOWN


def object_method(site: Site, name: str) -> v.Value:
    """A method of an object of a library's class: Flask-SQLAlchemy's db, a registry, a batch operation."""
    owner = site.receiver
    assert isinstance(owner, v.ExternalObject)
    found = _OBJECT_METHODS.get((owner.name, name))
    if found is not None:
        return found(site)
    if name in _OF_METADATA and owner.name in _METADATA:
        _metadata_call(site, name)
    if owner.name == "alembic:batch":
        from sqlassay.semantics.library import migrations

        return migrations.operation(site, name, True)
    escape_arguments(site)
    return v.UNKNOWN


_METADATA = frozenset(("sa:MetaData", "flask:SQLAlchemy"))


_OF_METADATA = frozenset(["create_all", "drop_all", "reflect"])


def _metadata_call(site: Site, name: str) -> None:
    bind = site.argument(0, "bind")
    site.ev.emit(
        ev.MetadataCall(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred, name, bind)
    )
    if name == "create_all":
        create_all(site)


def create_all(site: Site) -> None:
    """Tables are created as the models declare them."""
    site.ev.emit(ev.TablesCreated(site.ev.world, site.ev.frame, site.node, site.args, site.keywords, site.starred))


def is_create_all(value: v.Value) -> bool:
    """Whether a value is the method itself, to be called by somebody: `run_sync(metadata.create_all)`."""
    match value:
        case v.Method(receiver=v.ExternalObject(name=name), name="create_all"):
            return name in _METADATA
        case v.External(name=name):
            return name in _OF_LIBRARIES and name.endswith(".create_all")
        case _:
            return False


_OF_LIBRARIES = frozenset(f"sa:SQLModel.metadata.{name}" for name in _OF_METADATA)


def _paginated(site: Site) -> v.Value:
    from sqlassay.semantics.library.results import executed

    result = executed(site, site.argument(0, "select"), "scalars", False)
    row = result.row if isinstance(result, v.Result) else v.UNKNOWN
    return v.Collection(row)


def _base(_site: Site) -> v.Value:
    return v.DeclarativeBase()


def _first_or_404(site: Site) -> v.Value:
    model = site.argument(0)
    if isinstance(model, v.Model):
        return v.Entity(model.ref, v.Load("get"))
    return v.UNKNOWN


_OBJECT_METHODS: dict[tuple[str, str], Callable[[Site], v.Value]] = {
    **tasks.OBJECT_METHODS,
    **{("starlette:Request", name): lambda _site: v.Awaitable(v.REQUEST) for name in ("json", "form", "body")},
    ("flask:SQLAlchemy", "paginate"): _paginated,
    ("flask:SQLAlchemy", "get_or_404"): _first_or_404,
    ("sa:registry", "generate_base"): _base,
}


def _of_sqlmodel(name: str) -> Callable[[Site], v.Value]:
    def call(site: Site) -> v.Value:
        _metadata_call(site, name.rpartition(".")[2])
        return v.NONE

    return call


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    **{name: _of_sqlmodel(name) for name in _OF_LIBRARIES},
    "sa:create_engine": _engine(False, "create_engine"),
    "sa:create_async_engine": _engine(True, "create_async_engine"),
    "sa:engine_from_config": lambda _site: v.Engine(False),
    "sa:async_engine_from_config": lambda _site: v.Engine(True),
    "sa:URL": _url_create,
    "sa:URL.create": _url_create,
    "sa:make_url": lambda site: site.argument(0, "name_or_url"),
}
