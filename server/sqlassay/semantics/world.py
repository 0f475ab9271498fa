"""The one small interface through which meaning asks about other files. The project floor stands behind it."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from sqlassay.facts import inner
from sqlassay.facts.model import ModuleFacts
from sqlassay.semantics.memo import Memo
from sqlassay.semantics.models import ModelInfo, TableInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.source import SourceText


class Ref(Struct, frozen=True, array_like=True):
    """A named thing of the project: a file and a dotted name in it (`facts.inner` says how functions stand in that)."""

    path: str
    name: str

    @property
    def plain(self) -> str:
        """Its dotted name in the module or function that declares it: what people read."""
        return inner.inside(self.name)


class Body(Struct, frozen=True):
    """A function to walk: its node, the anchor that places in it have, and the node's offset that they count from."""

    node: n.FunctionDef
    anchor: str
    base: int


class World(Protocol):
    """What the evaluator may ask. Every answer comes from facts; nothing is imported or run."""

    memo: Memo

    def facts(self, path: str) -> ModuleFacts | None:
        """The facts of a file of the project."""

    def module_path(self, importer: str, module: str, level: int) -> str | None:
        """The file that `from <dots><module> import ...` in the file `importer` names; None outside the project."""

    def function_node(self, ref: Ref) -> n.FunctionDef | None:
        """A function's node, read again on demand. A method's offsets count from the start of its class."""

    def body(self, ref: Ref) -> Body | None:
        """A function's node with what its places are made from."""

    @property
    def paths(self) -> list[str]:
        """The files of the project, sorted."""

    def model(self, ref: Ref) -> ModelInfo | None:
        """What the mapper graph knows of a class; None where it is not mapped (nor a mixin or base of models)."""

    def models(self) -> tuple[Ref, ...]:
        """Every mapped class of the project, by file and place."""

    def tables(self) -> tuple[TableInfo, ...]:
        """Every table of the project: those of classes, and those of `Table(...)`."""

    def table(self, key: str, metadata: str | None = None) -> TableInfo | None:
        """The table with this key (`name` or `schema.name`) in a MetaData (`TableInfo.metadata`).

        Without one, the only table with that key; None where there is none, or several.
        """

    def classes_of_table(self, table: str) -> tuple[Ref, ...]:
        """The classes of the project whose `__tablename__` is plainly this."""

    def writes(self, name: str) -> bool:
        """Whether the project's code, tests aside, gives a value to an attribute, argument or key of this name."""

    def runs_sync(self, name: str) -> bool:
        """Whether the project's code, tests aside, gives a function of this name to `run_sync`."""

    def dependencies(self) -> frozenset[Ref]:
        """The functions of the project that some parameter or alias hands to FastAPI's Depends."""

    def query_properties(self) -> int:
        """How many times the project sets a `query_property()`: with one, `Model.query` is a query."""

    def is_test(self, path: str) -> bool:
        """Whether a file is a test, or helps one, by its name or its folder inside the project."""

    def is_imported(self, ref: Ref) -> bool:
        """Whether another file of the project imports this name, at its top."""

    def subclasses(self, ref: Ref) -> tuple[Ref, ...]:
        """The classes of the project that have a class among their bases, by its own name; tests aside."""

    def web_frameworks(self) -> frozenset[str]:
        """The web frameworks that files of the project import at their top, by package."""

    def dialects(self) -> frozenset[str]:
        """The databases that the project is known to run on; empty where nothing is known."""

    def loader(self, what: str) -> str:
        """The loader that fixes give to a query for 'references' or for 'collections'."""

    def runs_on(self, dialect: str) -> bool | None:
        """Whether the project runs on this database: True where configuration lists it, None where all URLs name it."""

    def template_path(self, importer: str, name: str, folders: tuple[str, ...]) -> str | None:
        """The file of a template that the code in `importer` names; `folders` as `project.templates` has them."""

    def template(self, path: str) -> SourceText | None:
        """The text of a template."""

    def allows(self, spec: str, package: str = "sqlalchemy") -> bool:
        """Whether every SQLAlchemy that the project may run on is in the version range `spec`.

        With another `package`, by its canonical name: whether that is known, and all of it is in the range.
        """

    def knows(self, spec: str) -> bool:
        """As `allows`, where something of the project says which SQLAlchemy that is: nothing is assumed."""
