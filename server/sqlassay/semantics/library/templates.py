"""Calls that render templates: Flask's and Quart's functions, Starlette's responses, jinja2's own objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlassay.semantics import values as v
from sqlassay.semantics.calls import escape_arguments
from sqlassay.semantics.conversions import pages, reading, templates
from sqlassay.semantics.conversions.pages import TemplateFile, TemplateFolder
from sqlassay.semantics.conversions.shapes import Conversion
from sqlassay.semantics.site import Site
from sqlassay.syntax import nodes as n


def _text(value: v.Value) -> str | None:
    return value.value if isinstance(value, v.Const) and isinstance(value.value, str) else None


def _render(site: Site, file: TemplateFile, given: Mapping[str, v.Value]) -> None:
    """A template is rendered with these names, if that can read anything."""
    escape_arguments(site)
    if not any(reading.holds_rows(each) for each in given.values()):
        return
    world = site.ev.world
    if file.text is not None:
        page = pages.written(file.text, site.place)
    else:
        path = world.template_path(site.ev.frame.path, file.name, file.folders)
        page = pages.page(world, path) if path is not None else None
    if page is not None:
        templates.render(site.ev, page, given, Conversion(site.node, "jinja"), file.folders)


def _context(value: v.Value) -> dict[str, v.Value]:
    return dict(value.entries) if isinstance(value, v.DictValue) else {}


def _by_name(site: Site) -> v.Value:
    """`render_template("posts.html", posts=posts)`; a list of names is tried in order, so the first is taken."""
    named = site.argument(0, "template_name_or_list")
    if isinstance(named, v.TupleValue) and named.items:
        named = named.items[0]
    name = _text(named)
    if name is not None:
        _render(site, TemplateFile(name, tuple(_of_blueprints(site))), site.keywords)
    return v.UNKNOWN


def _of_blueprints(site: Site) -> Iterator[str]:
    """The folders that the file's own `Blueprint(..., template_folder="pages")` and `Flask(...)` name."""
    facts = site.ev.world.facts(site.ev.frame.path)
    for variable in facts.variables.values() if facts is not None else ():
        for keyword in variable.value.keywords if isinstance(variable.value, n.Call) else ():
            if keyword.name == "template_folder" and isinstance(keyword.value, n.Constant):
                yield str(keyword.value.value).strip("./")


def _from_text(site: Site) -> v.Value:
    text = _text(site.argument(0, "source"))
    if text is not None:
        _render(site, TemplateFile("", (), text), site.keywords)
    return v.UNKNOWN


def _response(site: Site) -> v.Value:
    """`TemplateResponse(request, "x.html", {...})`, and the older `TemplateResponse("x.html", {...})`."""
    folders = site.receiver.folders if isinstance(site.receiver, TemplateFolder) else ()
    first = _text(site.argument(0))
    shift = 0 if first is not None else 1
    name = first or _text(site.argument(1, "name"))
    if name is None or not site.args:
        name = name or _text(site.keywords.get("name", v.UNKNOWN))
    context = site.argument(1 + shift, "context")
    if name is not None:
        _render(site, TemplateFile(name, folders), _context(context))
    return v.UNKNOWN


def folder_method(site: Site, name: str) -> v.Value:
    """A method of what renders templates by name."""
    folder = site.receiver
    assert isinstance(folder, TemplateFolder)
    if name == "TemplateResponse":
        return _response(site)
    if name in ("get_template", "select_template"):
        wanted = _text(site.argument(0, "name"))
        return TemplateFile(wanted, folder.folders) if wanted is not None else v.UNKNOWN
    if name == "from_string":
        return _template(site)
    escape_arguments(site)
    return v.UNKNOWN


def file_method(site: Site, name: str) -> v.Value:
    """A method of a template."""
    file = site.receiver
    assert isinstance(file, TemplateFile)
    if name in ("render", "stream", "generate", "render_async"):
        _render(site, file, {**_context(site.argument(0)), **site.keywords})
    return v.UNKNOWN


def _template(site: Site) -> v.Value:
    text = _text(site.argument(0, "source"))
    return TemplateFile("", (), text) if text is not None else v.UNKNOWN


def _folder(site: Site) -> v.Value:
    """`Jinja2Templates(directory="templates")`, `Environment(loader=FileSystemLoader("templates"))`."""
    for each in (site.argument(0, "directory"), site.keywords.get("env"), site.keywords.get("loader")):
        if isinstance(each, TemplateFolder):
            return each
    return TemplateFolder(_folders(site.argument(0, "directory")))


def _loader(site: Site) -> v.Value:
    return TemplateFolder(_folders(site.argument(0, "searchpath")))


def _package_loader(site: Site) -> v.Value:
    return TemplateFolder(_folders(site.argument(1, "package_path")))


def _folders(value: v.Value) -> tuple[str, ...]:
    """The folders that an argument names; none where it is computed: then they are looked for by their usual name."""
    items = value.items if isinstance(value, v.TupleValue) else (value,)
    return tuple(text.strip("./") for each in items if (text := _text(each)) is not None)


FUNCTIONS: dict[str, Callable[[Site], v.Value]] = {
    **dict.fromkeys(
        (
            "flask.render_template",
            "flask.templating.render_template",
            "flask.stream_template",
            "quart.render_template",
        ),
        _by_name,
    ),
    **dict.fromkeys(("flask.render_template_string", "quart.render_template_string"), _from_text),
    **dict.fromkeys(
        (
            "fastapi.templating.Jinja2Templates",
            "starlette.templating.Jinja2Templates",
            "jinja2.Environment",
            "jinja2.sandbox.SandboxedEnvironment",
        ),
        _folder,
    ),
    "jinja2.FileSystemLoader": _loader,
    "jinja2.PackageLoader": _package_loader,
    "jinja2.Template": _template,
}

UNKNOWN_METHODS: dict[str, Callable[[Site], v.Value]] = {"TemplateResponse": _response, "render_template": _by_name}
"""Methods that name themselves, of objects that nobody knows: a base class of a library, an attribute of an app."""
