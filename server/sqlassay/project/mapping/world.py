"""What the parts of the mapper graph ask of each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from sqlassay.facts.model import ModuleFacts
from sqlassay.project.mapping.things import Arguments, Made, Scope, Thing
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.names import Binding
from sqlassay.semantics.world import Ref
from sqlassay.semantics.world import World as Everything
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.project.mapping.rawtables import RawTable
    from sqlassay.project.mapping.registries import MetaDataInfo, RegistryInfo


class Graph(Protocol):
    """The mapper graph, as its parts see it."""

    def read(self, node: n.Expr, scope: Scope) -> Thing:
        """What an expression stands for."""

    def arguments(self, call: n.Call, scope: Scope, given: tuple[Arguments, ...] = ()) -> Arguments:
        """The arguments of a call, stars opened."""

    def bound(self, binding: Binding | None) -> Thing:
        """What a resolved name stands for."""

    def above(self, receiver: Thing, owner: Ref) -> Thing:
        """What `super()` is in a method of the class `owner`, called on `receiver`."""

    def library_root(self, ref: Ref) -> str:
        """The library class that a class of the project comes from, canonically; '' where there is none."""

    def closure(self, ref: Ref) -> dict[str, Thing]:
        """What a call binds that makes the class `ref`, by name; nothing for a class that no such call is known of."""

    def made_in(self, ref: Ref, scope: Scope) -> None:
        """A call that is being followed made the class `ref`."""

    def listening(self, ref: Ref) -> tuple[Ref, ...]:
        """The listeners that are called as a class is mapped."""

    def imperative(self, ref: Ref) -> Made | None:
        """The `map_imperatively(...)` that maps a class."""

    def registry_of_class(self, ref: Ref) -> RegistryInfo | None:
        """The registry that a class, or base, belongs to."""

    def metadata_of_class(self, ref: Ref) -> MetaDataInfo | None:
        """The MetaData that the table of a class goes to."""

    def metadata_given(self, registry: str) -> MetaDataInfo | None:
        """The MetaData that is assigned to a registry after it was made; `registry` is what tells that from others."""

    def sharing(self, ref: Ref) -> tuple[Ref, ...]:
        """The classes that share the table of a class by single-table inheritance."""

    def indexes_beside(self, ref: Ref) -> tuple[Made, ...]:
        """`Index(...)` calls of the module that name columns of the class."""

    def raw_table(self, ref: Ref) -> RawTable | None:
        """The table of a mapped class: its own, or the one it shares."""

    def attribute_column(self, ref: Ref, attribute: str) -> tuple[str, str] | None:
        """The (table key, column name) that an attribute of a class maps."""

    def column_made_by(self, made: Made) -> tuple[str, str] | None:
        """The (table key, column name) of a column that a variable holds."""

    def raw_table_by_key(self, key: str, metadata: str | None) -> RawTable | None:
        """The only table with this key in a MetaData; in any, where None is given."""

    def keys_of(self, table: RawTable) -> list[tuple[tuple[Any, ...], list[tuple[str, tuple[str, str] | None]]]]:
        """The foreign keys of a table: what tells each from the others, and its columns with what they point to."""

    def targets(self, table: RawTable, column: str) -> set[tuple[str, str]]:
        """The (table key, column name)s that a column's foreign keys point to."""

    def closed(self, metadata: str) -> bool:
        """Whether all tables of a MetaData are known."""

    def tables_keyed(self, key: str) -> bool:
        """Whether some table of the project, in whichever MetaData, has this key or plain name."""

    def models_of(self, table: RawTable) -> tuple[Ref, ...]:
        """The classes mapped to a table."""

    def mapped_named(self, name: str) -> tuple[Ref, ...]:
        """The mapped classes with this (last) name."""

    def may_be_mapped(self, name: str) -> bool:
        """Whether a class of this name that we do not know to be mapped may be."""

    def module_ends(self, path: str, module: str) -> bool:
        """Whether the dotted name of a file is, or ends with, `module`."""

    def backrefs(self, ref: Ref) -> tuple[RelationshipInfo, ...]:
        """Relationships that a `backref=` elsewhere puts on a class."""

    def table_name_of(self, ref: Ref) -> Thing:
        """What `Model.__tablename__` is."""


class World(Everything, Protocol):
    """The world, with what only the project floor knows."""

    @property
    def graph(self) -> Graph:
        """The mapper graph."""

    def all_facts(self) -> Iterable[ModuleFacts]:
        """The facts of every file, in path order."""

    def module_name(self, path: str) -> str:
        """The dotted name under which a file is imported."""
