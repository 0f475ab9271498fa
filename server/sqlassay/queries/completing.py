"""What fits into a string of mapping code: tables, columns, classes, relationships, and words such as `selectin`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from sqlassay.project.index import Project
from sqlassay.queries import roles, strings, words
from sqlassay.queries.answers import NOTHING, Model, Suggestion, Suggestions, Table, Word
from sqlassay.queries.catalogue import Catalogue, KnownColumn, KnownModel, KnownRelationship, KnownTable
from sqlassay.queries.cursor import Cursor, Text, cursor_at
from sqlassay.queries.naming import UNKNOWN, class_in, metadata_of_class
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n

_TOKEN = re.compile(r"[\w-]+")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w*)*")
_REPLACED = {roles.CASCADE: _TOKEN, roles.EXPRESSION: _DOTTED, roles.ANNOTATION: _DOTTED}
"""What of a string is replaced, where that is not all of it: of a dotted name, what follows the cursor's part stays."""

_PROXIED = ("hybrid", "column property", "synonym", "association proxy")


class Here:
    """One request: where it is, and what is known."""

    def __init__(self, project: Project, catalogue: Catalogue, cursor: Cursor, role: roles.Role, text: Text) -> None:
        self.project = project
        self.catalogue = catalogue
        self.cursor = cursor
        self.role = role
        self.text = text
        self.owner = cursor.owner
        self.metadata = strings.metadata_of(project, cursor)[0]

    def tables(self) -> list[KnownTable]:
        return [
            each for each in self.catalogue.tables if self.metadata is None or each.metadata in (self.metadata, UNKNOWN)
        ]

    def models(self) -> list[KnownModel]:
        """The classes that strings of this class may name."""
        registry = self.project.graph.registry_of_class(self.owner) if self.owner is not None else None
        key = registry.key if registry is not None and registry.certain else None
        return [each for each in self.catalogue.models.values() if key is None or each.registry in (key, UNKNOWN)]

    def own_table(self) -> KnownTable | None:
        table = strings.own_table(self.project, self.cursor)
        return self.catalogue.table(table.key, table.metadata) if table is not None else None


def complete(project: Project, gather: Callable[[], Catalogue], path: str, offset: int) -> Suggestions:
    """What fits at a byte of a file; NOTHING where that is not in a string that means something to the mapper.

    `gather` gives the names of the project: asked for only where they are needed.
    """
    parsed = project.files.parsed(path)
    cursor = cursor_at(parsed, path, offset) if parsed is not None else None
    if cursor is None or cursor.text is None or not cursor.text.plain:
        return NOTHING
    role = roles.role_of(project, cursor)
    make = _MAKERS.get(role.name) if role is not None else None
    if role is None or make is None:
        return NOTHING
    text = cursor.text
    if not text.whole and role.name != roles.EXPRESSION:
        return NOTHING
    pattern = _REPLACED.get(role.name)
    start, end = text.start, text.end
    if pattern is not None:
        found, index = text.word(pattern)
        stays = found.find(".", text.at - index)
        start, end = text.span(index, len(found) if stays < 0 else stays)
    made = make(Here(project, gather(), cursor, role, text))
    by_text = {each.text: each for each in reversed(tuple(made))}
    return Suggestions(start, end, tuple(reversed(by_text.values())))


# --------------------------------------------------------------------- tables


def _foreign_key(here: Here) -> Iterator[Suggestion]:
    """Primary keys of all tables; once a table is written, all its columns."""
    head = here.text.value[: here.text.at].rpartition(".")[0]
    table = here.catalogue.table(head, here.metadata) if head else None
    if table is None and head:
        schema = metadata_of_class(here.project, here.owner)[1] if here.owner is not None else None
        table = here.catalogue.table(f"{schema}.{head}", here.metadata) if schema else None
    if table is not None:
        for column in sorted(table.columns, key=lambda each: not each.primary_key):
            yield _column(column, f"{head}.{column.name}")
        return
    every = here.tables()
    for each in every:
        keys = [column for column in each.columns if column.primary_key]
        if len(keys) == 1:
            yield _column(keys[0], f"{each.key}.{keys[0].name}")
    for each in every:
        yield _table(each)


def _table(table: KnownTable) -> Suggestion:
    models = ", ".join(each.name.rsplit(".", 1)[-1] for each in table.models)
    return Suggestion(table.key, "table", models, Table(table.metadata, table.key))


def _column(column: KnownColumn, text: str) -> Suggestion:
    return Suggestion(text, "column", column.detail, column.thing)


def _secondary(here: Here) -> Iterator[Suggestion]:
    """Tables; those first that refer to both sides."""
    target = strings.target_of(here.project, here.cursor)
    sides = {known.table for ref in (here.owner, target) if ref and (known := here.catalogue.models.get(ref))}

    def rank(table: KnownTable) -> tuple[int, int]:
        referred = {key for column in table.columns for key in column.refers}
        return -len(referred & sides), len(table.columns)

    yield from (_table(each) for each in sorted(here.tables(), key=rank))


def _own_column(here: Here) -> Iterator[Suggestion]:
    """The columns of the table that is declared here, without those that the call names already."""
    table = here.own_table()
    model = here.catalogue.models.get(here.owner) if here.owner is not None else None
    columns = table.columns if table is not None else model.columns if model is not None else ()
    taken = set(_texts(here.role.call, here.text)) if here.role.function != "ForeignKeyConstraint" else set()
    yield from (_column(each, each.name) for each in columns if each.name not in taken)


def _texts(call: n.Call | None, here: Text) -> Iterator[str]:
    for each in call.args if call is not None else ():
        if isinstance(each, n.Constant) and isinstance(each.value, str) and each.value != here.value:
            yield each.value


# --------------------------------------------------------------------- models


def _class(here: Here) -> Iterator[Suggestion]:
    names = Counter((each.registry, each.name) for each in here.models())
    for each in here.models():
        text = each.name
        if names[each.registry, text] > 1:
            text = f"{here.project.module_name(each.ref.path)}.{text}"
        yield Suggestion(text, "model", each.table or "", Model(each.ref))


def _other_side(here: Here) -> Iterator[Suggestion]:
    """Relationships of the target; those first that lead back here and keep in step with nothing else."""
    target = strings.target_of(here.project, here.cursor)
    known = here.catalogue.models.get(target) if target is not None else None
    if known is None:
        return
    mine = here.cursor.attribute
    own = set(_line(here))

    def rank(each: KnownRelationship) -> int:
        if each.target not in own:
            return 2
        return 0 if each.other_side in (None, mine) else 1

    for each in sorted(known.relationships, key=rank):
        yield _relationship(each)


def _line(here: Here) -> Iterator[Ref]:
    """The class and what it inherits from."""
    model = here.project.model(here.owner) if here.owner is not None else None
    if model is not None:
        yield from (model.ref, *model.bases)


def _relationship(each: KnownRelationship) -> Suggestion:
    detail = f"{each.direction or 'relationship'} to {each.target_name}"
    return Suggestion(each.name, "relationship", detail, each.thing)


def _attributes(known: KnownModel | None, prefix: str = "") -> Iterator[Suggestion]:
    for column in known.columns if known is not None else ():
        yield _column(column, prefix + column.name)
    for each in known.relationships if known is not None else ():
        made = _relationship(each)
        yield Suggestion(prefix + made.text, made.kind, made.detail, made.thing)


def _own_attribute(here: Here) -> Iterator[Suggestion]:
    known = here.catalogue.models.get(here.owner) if here.owner is not None else None
    if here.role.function == "association_proxy":
        yield from (_relationship(each) for each in known.relationships) if known is not None else ()
        return
    yield from _attributes(known)


def _target_attribute(here: Here) -> Iterator[Suggestion]:
    target = strings.proxied(here.project, here.cursor)
    known = here.catalogue.models.get(target) if target is not None else None
    yield from _attributes(known)
    for name, kind in known.others if known is not None else ():
        if kind in _PROXIED:
            yield Suggestion(name, "attribute", kind)


def _expression(here: Here) -> Iterator[Suggestion]:
    """A class, or behind `User.` its attributes."""
    dotted, index = here.text.word(_DOTTED)
    head = dotted[: here.text.at - index].rpartition(".")[0]
    if not head:
        yield from _class(here)
        return
    ref = class_in(here.project, here.owner, head) if here.owner is not None else None
    yield from _attributes(here.catalogue.models.get(ref) if ref is not None else None, f"{head}.")


def _annotation(here: Here) -> Iterator[Suggestion]:
    if "." not in here.text.value:
        yield from _class(here)


# ---------------------------------------------------------------------- words


def _words(here: Here) -> Iterable[Suggestion]:
    kind = here.role.name
    for word in words.WORDS[kind]:
        yield Suggestion(word, "word", "", Word(kind, word))


def _cascade(here: Here) -> Iterable[Suggestion]:
    """Tokens that are not there yet; the usual pair only where nothing is."""
    token, index = here.text.word(_TOKEN)
    rest = here.text.value[:index] + here.text.value[index + len(token) :]
    taken = {each.strip() for each in rest.split(",")} - {""}
    for each in _words(here):
        if each.text not in taken and not ("," in each.text and taken):
            yield each


_MAKERS: dict[str, Callable[[Here], Iterable[Suggestion]]] = {
    roles.FOREIGN_KEY: _foreign_key,
    roles.CLASS: _class,
    roles.OTHER_SIDE: _other_side,
    roles.TABLE: _secondary,
    roles.OWN_COLUMN: _own_column,
    roles.OWN_ATTRIBUTE: _own_attribute,
    roles.TARGET_ATTRIBUTE: _target_attribute,
    roles.EXPRESSION: _expression,
    roles.ANNOTATION: _annotation,
    roles.LAZY: _words,
    roles.ONDELETE: _words,
    roles.CASCADE: _cascade,
}
