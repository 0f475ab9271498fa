from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, RemoveKeyword
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import Given, full_name, given_in, tokens
from sqlassay.semantics import names
from sqlassay.semantics.events import FunctionEnd, ModelDeclared, ViewWritten
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.syntax import nodes as n

_WRITES = frozenset({"delete", "delete-orphan", "save-update"})
_ONLY_FOR_WRITING: dict[str, bool] = {
    "passive_deletes": False,
    "passive_updates": True,
    "enable_typechecks": True,
    "active_history": False,
}
"""Arguments that mean nothing under `viewonly`, with their defaults."""


@rule("ALC427", "viewonly-misuse", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class ViewonlyMisuse(Rule):
    """A relationship with `viewonly=True` is told how it is to be written, or is written to.

    ## Why
    A viewonly relationship never writes anything. A `cascade` that deletes or saves is dropped without a word, so
    that the children stay when the parent is deleted. `passive_deletes`, `passive_updates`, `enable_typechecks` and
    `active_history` warn when the module is imported, `sync_backref=True` raises `ArgumentError`.

    Code that appends to a viewonly collection, or assigns to a viewonly reference, changes the object in memory alone:
    what is appended is not even added to the session, and the next commit sends nothing.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(viewonly=True, cascade="all, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(viewonly=True)


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe, though the code does then what it did before: it may be `viewonly` that is the mistake.

    ## What it cannot see
    Arguments that are not plain values. A bare `cascade="all"` is left alone: it is what many write for "nothing in
    particular". Writing to one is a finding inside functions: a method that changes a collection always; an assignment,
    or a keyword of the model's own constructor, where the function then adds, flushes or commits something. Nothing is
    said where the function also names the foreign key, or another relationship over it.

    ## References
    - [relationship.viewonly](https://docs.sqlalchemy.org/en/20/orm/relationship_api.html#sqlalchemy.orm.relationship.params.viewonly)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Viewonly relationships of the class's own body, and those their backrefs make."""
        for given in given_in(declared):
            if given.is_true("viewonly"):
                yield from _arguments(given)

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """What a function writes to viewonly relationships, where nothing else of it sets the foreign key."""
        for each in end.views:
            others = _others(end, each)
            if others is None or (each.how == "made" and not _takes_keywords(end, each)):
                continue
            if each.how in ("assigned", "made") and not any(use.writes and use.order > each.order for use in end.uses):
                continue
            name = full_name(each.relationship)
            instead = f"Write to `{others[0]}`" if len(others) == 1 else "Write to a relationship that is not viewonly"
            yield Hit(
                each.place,
                f"`{name}` is viewonly: this changes the object in memory, and no flush sends anything of it. "
                f"{instead}, or set the foreign key.",
                related=(Note(each.relationship.place, "It is declared here."),),
            )


def _others(end: FunctionEnd, written: ViewWritten) -> list[str] | None:
    """The relationships that write what a viewonly one shows; None where the function sets that, or nobody can say."""
    world, shown = end.world, written.relationship
    table = world.table(shown.secondary_table) if shown.secondary_table is not None else None
    refs = (written.model, shown.target, *(table.models if table is not None else ()))
    models = [model for ref in refs if ref is not None and (model := world.model(ref)) is not None]
    keys = _foreign(shown)
    if not keys:
        return None
    known: dict[str, str] = {}
    for model in models:
        known.update((each.name, full_name(each)) for each in model.relationships.values() if _writes(each, keys))
    columns = {column for _, column in keys}
    columns |= {name for each in models for name, one in each.columns.items() if (one.table, one.name) in keys}
    used = set(_named(end.node))
    return None if used & (columns | known.keys()) else sorted(set(known.values()))


def _foreign(relationship: RelationshipInfo) -> set[tuple[str, str]]:
    """The columns that say who belongs to whom, as (table key, column name)."""
    ends = [each for pair in relationship.pairs for each in (pair.local, pair.remote)]
    if relationship.secondary:
        return {each for each in ends if each[0] == relationship.secondary_table}
    side = {"one-to-many": 1, "many-to-one": 0}.get(relationship.direction or "")
    return set(ends[side::2]) if side is not None else set()


def _writes(relationship: RelationshipInfo, keys: set[tuple[str, str]]) -> bool:
    return not relationship.viewonly and not keys.isdisjoint(_foreign(relationship))


def _named(function: n.FunctionDef) -> Iterator[str]:
    """The attributes, keywords and strings in a function."""
    for each in walk(function):
        match each:
            case n.Attribute(attr=name) | n.Keyword(name=str(name)) | n.Constant(value=str(name)):
                yield name
            case _:
                pass


def _takes_keywords(end: FunctionEnd, written: ViewWritten) -> bool:
    """Whether the model is made by SQLAlchemy's own constructor, of keywords that are all to be seen."""
    around = end.enclosing(written.node)
    if not around or not isinstance(around[0], n.Call) or any(each.name is None for each in around[0].keywords):
        return False
    model = end.world.model(written.model)
    line = (written.model, *(model.bases if model is not None else ()))
    facts = [names.class_fact(end.world, ref) for ref in line]
    return all(each is not None and not {"__init__", "__new__"} & set(each.methods) for each in facts)


def _arguments(given: Given) -> Iterator[Hit]:
    lost = [each for each in tokens(given.text("cascade") or "") if each in _WRITES]
    if lost:
        said = ", ".join(f"`{each}`" for each in lost)
        yield Hit(
            given.place_of("cascade"),
            f"`{given.name}` is viewonly and writes nothing: {said} in its cascade has no effect. Remove `cascade`, or "
            "`viewonly=True`.",
            fix=_remove(given, "cascade"),
        )
    for name, default in _ONLY_FOR_WRITING.items():
        node = given.keywords.get(name)
        if isinstance(node, n.Constant) and node.value is not default and node.value is not None:
            yield Hit(
                given.place_of(name),
                f"`{given.name}` is viewonly and writes nothing: `{name}` has no effect, and SQLAlchemy warns. "
                "Remove it.",
                fix=_remove(given, name),
            )
    if given.is_true("sync_backref"):
        yield Hit(
            given.place_of("sync_backref"),
            f"Importing this raises `ArgumentError`: `{given.name}` cannot be viewonly and have `sync_backref=True`. "
            "Remove one of the two.",
            fix=_remove(given, "sync_backref"),
            severity=Severity.ERROR,
        )


def _remove(given: Given, name: str) -> Fix | None:
    return Fix(f"Remove `{name}`", False, (RemoveKeyword(given.call, name),)) if given.call is not None else None
