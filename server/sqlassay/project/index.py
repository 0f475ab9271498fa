"""Many files become one picture: the world that meaning asks, standing on the facts of every file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlassay.facts.collect import walk
from sqlassay.facts.model import ModuleFacts
from sqlassay.project.bodies import Bodies
from sqlassay.project.environment import Environment
from sqlassay.project.files import Files
from sqlassay.project.mapping.graph import Graph
from sqlassay.project.modules import Modules
from sqlassay.project.templates import Templates
from sqlassay.project.written import HANDED_OVER, Written
from sqlassay.semantics import names
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.events import Event
from sqlassay.semantics.memo import Dependency, Memo
from sqlassay.semantics.models import ModelInfo, TableInfo
from sqlassay.semantics.plans import LOADERS
from sqlassay.semantics.world import Body, Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place
from sqlassay.syntax.source import SourceText

_SCHEMES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "oracle": "oracle",
    "mssql": "mssql",
}


_WEB_FRAMEWORKS = frozenset(
    "fastapi flask starlette litestar sanic quart aiohttp django pyramid bottle falcon tornado robyn blacksheep".split()
)

_TEST_FOLDERS = frozenset(("test", "tests", "testing", "unittests", "fixtures", "examples", "docs"))
_TEST_FILE = re.compile(r"test_.*\.py|.*_tests?\.py|tests?\.py|conftest\.py")


TEMPLATES: Dependency = ("templates",)
"""Which templates there are."""


def _silent(_event: Event) -> None:
    """Where the events of quiet walks go."""


class Project:
    """The index of one project. Implements `semantics.world.World` (and `project.mapping.world.World`)."""

    def __init__(
        self,
        root: str,
        environment: Environment,
        *,
        sources: Iterable[str] = (),
        dialects: frozenset[str] = frozenset(),
        loaders: Mapping[str, str] = LOADERS,
        live: bool = False,
    ) -> None:
        """`live`: an editor will edit files; else the project is read once and every tree is kept."""
        self.root = root
        self.environment = environment
        self.files = Files(keep=not live)
        self.modules = Modules(root, sources)
        self.memo = Memo(recording=live)
        self.evaluator = Evaluator(self, _silent)
        self.graph = Graph(self)
        self._configured_dialects = dialects
        self._loaders = loaders
        self._paths: list[str] = []
        self._path_set: frozenset[str] = frozenset()
        self._globals: dict[str, Any] = {}
        self._bodies = Bodies(self.files)
        self._written = Written(root, self.files)
        self.templates = Templates(root, self.files)
        self._handed_over = Written(root, self.files, HANDED_OVER)

    # ---- the files

    @property
    def paths(self) -> list[str]:
        """The indexed files, sorted."""
        return self._paths

    def set_paths(self, paths: Iterable[str]) -> None:
        """The project's files are these; those no longer there are forgotten."""
        now = sorted(set(paths))
        for gone in set(self._paths) - set(now):
            self.files.forget(gone)
        if now != self._paths:
            self._paths = now
            self._path_set = frozenset(now)
            self.modules.set_files(now)
            self.memo.clear()
            self._globals.clear()
            self._written.clear()
            self._handed_over.clear()

    def changed(self, dependencies: Iterable[Dependency]) -> frozenset[Dependency]:
        """Something was edited: drop the answers made from it. Gives all that changed, the project's tables too."""
        gone = set(dependencies)
        edited = {each[1] for each in gone if each[0] in ("facts", "body")}
        gone.update(("written", name) for name in self._written.changed(edited))
        gone.update(("handed over", name) for name in self._handed_over.changed(edited))
        if not self.memo.recording:
            if gone:
                self.memo.clear()
                self._globals.clear()
            return frozenset(gone)
        facts = any(each[0] == "facts" for each in gone)
        gone = self.memo.forget(gone)
        if facts:
            before, self._globals = self._globals, {}
            counted = {("global", name) for name, value in before.items() if self._global(name) != value}
            gone |= self.memo.forget(counted)
        return frozenset(gone)

    # ---- World

    def facts(self, path: str) -> ModuleFacts | None:
        if self.memo.recording:
            self.memo.read(("facts", path))
        state = self.files.states.get(path)
        if state is not None and state.facts is not None and path in self._path_set:
            return state.facts
        return self.files.facts(path) if path in self._path_set else None

    def module_path(self, importer: str, module: str, level: int) -> str | None:
        return self.modules.path_of(importer, module, level)

    def function_node(self, ref: Ref) -> n.FunctionDef | None:
        body = self.body(ref)
        return body.node if body is not None else None

    def body(self, ref: Ref) -> Body | None:
        fact = names.function_fact(self, ref)
        body = self._bodies.of(ref.path, fact) if fact is not None else None
        if body is not None:
            self.memo.read(("body", ref.path, body.anchor))
        return body

    def model(self, ref: Ref) -> ModelInfo | None:
        return self.graph.model(ref)

    def models(self) -> tuple[Ref, ...]:
        return self.graph.models()

    def tables(self) -> tuple[TableInfo, ...]:
        return self.graph.tables()

    def table(self, key: str, metadata: str | None = None) -> TableInfo | None:
        return self.graph.table(key, metadata)

    def classes_of_table(self, table: str) -> tuple[Ref, ...]:
        return self.graph.classes_of_table(table)

    def writes(self, name: str) -> bool:
        self.memo.read(("written", name))
        return self._written.anywhere(name, self._paths)

    def runs_sync(self, name: str) -> bool:
        self.memo.read(("handed over", name))
        return self._handed_over.anywhere(name, self._paths)

    def dependencies(self) -> frozenset[Ref]:
        found: frozenset[Ref] = self._table("dependencies")
        return found

    def query_properties(self) -> int:
        found: int = self._table("query_properties")
        return found

    def is_test(self, path: str) -> bool:
        *folders, name = os.path.relpath(path, self.root).split(os.sep)
        return not _TEST_FOLDERS.isdisjoint(folders) or bool(_TEST_FILE.fullmatch(name))

    def is_imported(self, ref: Ref) -> bool:
        found: frozenset[Ref] = self._table("imported")
        return ref in found

    def subclasses(self, ref: Ref) -> tuple[Ref, ...]:
        found: tuple[Ref, ...] = self.memo.cut(("subclasses", ref), lambda: self._subclasses(ref), ())
        return found

    def _subclasses(self, ref: Ref) -> tuple[Ref, ...]:
        named: dict[str, list[Ref]] = self._table("bases")
        candidates = named.get(ref.name.rsplit(".", 1)[-1], ())
        return tuple(each for each in candidates if ref in names.bases(self, each) and not self.is_test(each.path))

    def web_frameworks(self) -> frozenset[str]:
        found: frozenset[str] = self._table("web_frameworks")
        return found

    def dialects(self) -> frozenset[str]:
        if self._configured_dialects:
            return self._configured_dialects
        found: frozenset[str] = self._table("dialects")
        return found

    def loader(self, what: str) -> str:
        return self._loaders[what]

    def runs_on(self, dialect: str) -> bool | None:
        if self._configured_dialects:
            return dialect in self._configured_dialects
        return None if self.dialects() == {dialect} else False

    def allows(self, spec: str, package: str = "sqlalchemy") -> bool:
        if package == "sqlalchemy":
            return self.environment.applies(spec)
        found = self.environment.packages.get(package)
        return found is not None and found.within(spec)

    def knows(self, spec: str) -> bool:
        return self.environment.allows(spec) is True

    def template_path(self, importer: str, name: str, folders: tuple[str, ...]) -> str | None:
        self.memo.read(TEMPLATES)
        return self.templates.find(importer, name, folders, self._paths)

    def template(self, path: str) -> SourceText | None:
        self.memo.read(("template", path))
        return self.templates.source(path)

    def module_name(self, path: str) -> str:
        return self.modules.name_of(path)

    # ---- tables over all files

    def _table(self, name: str) -> Any:
        self.memo.read(("global", name))
        return self._global(name)

    def _global(self, name: str) -> Any:
        if name not in self._globals:
            with self.memo.apart():
                self._globals[name] = _TABLES[name](self)
        return self._globals[name]

    def line_of(self, place: Place) -> int:
        """The line, from 1, on which a place begins; 1 where its statement is gone."""
        parsed = self.files.parsed(place.path)
        start = parsed.anchor_starts.get(place.anchor) if parsed is not None else None
        if parsed is None or start is None:
            return 1
        return parsed.source.position(start + place.start)[0] + 1

    def all_facts(self) -> Iterable[ModuleFacts]:
        """The facts of every file, in path order."""
        self.memo.read(("paths",))
        for path in self._paths:
            facts = self.files.facts(path)
            if facts is not None:
                yield facts


# --------------------------------------------------------------------- tables


def _dependencies(project: Project) -> frozenset[Ref]:
    out: set[Ref] = set()
    for facts in project.all_facts():
        if not any(each.module.split(".")[0] == "fastapi" for each in facts.imports.values()):
            continue
        nodes: list[n.Expr] = []
        for function in facts.functions.values():
            for param in function.params:
                nodes.extend(each for each in (param.annotation, param.default) if each is not None)
            nodes.extend(function.decorators)
        for variable in facts.variables.values():
            nodes.extend(each for each in (variable.value, variable.annotation) if each is not None)
        for node in nodes:
            for each in walk(node):
                match each:
                    case n.Call(func=n.Name(id="Depends" | "Security") | n.Attribute(attr="Depends" | "Security")):
                        if each.args:
                            binding = names.resolve_expression(project, facts.path, each.args[0])
                            if isinstance(binding, names.InProject) and binding.kind == "function":
                                out.add(binding.ref)
                    case _:
                        pass
    return frozenset(out)


def _query_properties(project: Project) -> int:
    count = 0
    for facts in project.all_facts():
        for fact in facts.classes.values():
            count += sum(1 for each in fact.attributes if _is_query_property(each.value))
        count += sum(1 for each in facts.variables.values() if _is_query_property(each.value))
    return count


def _is_query_property(node: n.Expr | None) -> bool:
    match node:
        case n.Call(func=n.Attribute(attr="query_property")):
            return True
        case _:
            return False


def _imported(project: Project) -> frozenset[Ref]:
    out: set[Ref] = set()
    for facts in project.all_facts():
        for fact in facts.imports.values():
            module = project.module_path(facts.path, fact.module, fact.level) if fact.name else None
            if module is not None:
                out.add(Ref(module, fact.name))
    return frozenset(out)


def _bases(project: Project) -> dict[str, list[Ref]]:
    """The classes of all files, by the last names of their bases."""
    out: dict[str, list[Ref]] = {}
    for facts in project.all_facts():
        for qualname, fact in facts.classes.items():
            for base in fact.bases:
                node = base.value if isinstance(base, n.Subscript) else base
                if isinstance(node, n.Name | n.Attribute):
                    out.setdefault(node.id if isinstance(node, n.Name) else node.attr, []).append(
                        Ref(facts.path, qualname)
                    )
    return out


def _web_frameworks(project: Project) -> frozenset[str]:
    return frozenset(
        package
        for facts in project.all_facts()
        for fact in facts.imports.values()
        if not fact.level and (package := fact.module.partition(".")[0]) in _WEB_FRAMEWORKS
    )


def _dialects(project: Project) -> frozenset[str]:
    """Databases that the project's own URLs name: module constants, and alembic.ini."""
    found: set[str] = set()
    for facts in project.all_facts():
        if "test" in facts.path[len(project.root) :]:
            continue
        for variable in facts.variables.values():
            match variable.value:
                case n.Constant(value=str(text)):
                    found.add(_scheme(text))
                case n.FString(parts=(n.Constant(value=str(text)), *_)):
                    found.add(_scheme(text))
                case n.Call(args=(_, n.Constant(value=str(text)))) | n.Call(args=(n.Constant(value=str(text)), *_)):
                    found.add(_scheme(text))
                case _:
                    pass
    for name in ("alembic.ini", os.path.join("migrations", "alembic.ini")):
        try:
            with open(os.path.join(project.root, name), encoding="utf-8") as file:
                for line in file:
                    key, _, value = line.partition("=")
                    if key.strip() == "sqlalchemy.url":
                        found.add(_scheme(value.strip()))
        except (OSError, UnicodeDecodeError):
            continue
    return frozenset(found - {""})


def _scheme(text: str) -> str:
    if "://" not in text:
        return ""
    return _SCHEMES.get(text.split("://", 1)[0].split("+", 1)[0].lower(), "")


_TABLES: dict[str, Callable[[Project], Any]] = {
    "dependencies": _dependencies,
    "query_properties": _query_properties,
    "imported": _imported,
    "bases": _bases,
    "web_frameworks": _web_frameworks,
    "dialects": _dialects,
}
