from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration, library_name
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n

_MAPPED = {
    **dict.fromkeys(("Column", "mapped_column", "deferred"), "column"),
    **dict.fromkeys(("relationship", "relation", "dynamic_loader"), "relationship"),
}
_COLUMNS = frozenset(("Column", "mapped_column"))


class _Bound(Struct):
    """What a statement of a class body binds an attribute to."""

    node: n.Node
    """The name, where it is bound."""
    kind: str
    """column, relationship, or '' for a method."""
    statement: n.Stmt


@rule("ALC333", "duplicate-column-attribute", severity=Severity.ERROR)
class DuplicateColumnAttribute(Rule):
    """A class body binds an attribute twice, or two attributes to one column: one is lost, or the class is refused.

    ## Why
    A class body keeps only the last thing bound to a name. A second `size = mapped_column(...)`, or a method or
    property called like a column, takes the first column out of the table without a word.

    Two attributes with the same column name (`mapped_column("size")` twice) are refused: SQLAlchemy raises a
    `DuplicateColumnError` (1.4: an `ArgumentError`) when the class is made. A second name for a column is a `synonym`.

    ## Example
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        size: Mapped[int] = mapped_column()
        size: Mapped[str] = mapped_column(String(5))
    ```

    ## Use instead
    ```python
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        size: Mapped[int] = mapped_column()
        label: Mapped[str] = mapped_column(String(5))
    ```

    ## Fix safety
    There is no fix: which of the two is meant is not in the code.

    ## What it cannot see
    What stands under an `if` or a `try` in the class body. A name that is bound again to something made of the first
    (`deferred(size)`), and the parts of one property or hybrid, are left alone.

    ## References
    - [Naming declarative mapped columns explicitly](https://docs.sqlalchemy.org/en/20/orm/mapping_columns.html#naming-declarative-mapped-columns-explicitly)
    - [Synonyms](https://docs.sqlalchemy.org/en/20/orm/mapped_attributes.html#synonyms)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """What the class's own body binds twice."""
        if is_migration(declared.world, declared.path):
            return
        first: dict[str, _Bound] = {}
        for statement in declared.node.body:
            name, bound = _bound(declared, statement)
            if bound is None:
                continue
            before = first.get(name)
            lost = before is not None and before.kind and not _made_of(statement, name)
            if before is not None and lost and not (_is_bare(before.statement) and bound.kind):
                what = bound.kind or "method"
                yield Hit(
                    declared.at(bound.node),
                    f"This {what} takes the place of the {before.kind} `{name}` above, which is mapped no longer.",
                    (Note(declared.at(before.node), f"This {before.kind} is lost."),),
                )
            if not _is_bare(statement) or before is None:
                first[name] = bound
        if declared.model.mapped and "__table__" not in declared.model.others:
            yield from _same_column(declared, first)


def _bound(declared: ModelDeclared, statement: n.Stmt) -> tuple[str, _Bound | None]:
    match statement:
        case n.FunctionDef(name=name, name_start=start):
            return name, _Bound(n.Name(start, start + len(name.encode()), name), "", statement)
        case n.Assign(targets=(n.Name(id=name) as target,), value=n.Call(func=func)):
            pass
        case n.AnnAssign(target=n.Name(id=name) as target, value=n.Call(func=func)):
            pass
        case n.AnnAssign(target=n.Name(id=name) as target, value=None, annotation=annotation):
            # A method of the name below leaves nothing of it in the model.
            mapped = isinstance(annotation, n.Subscript) and (
                library_name(declared.world, declared.path, annotation.value) == "Mapped"
            )
            return name, _Bound(target, "column", statement) if mapped or name in declared.model.columns else None
        case _:
            return "", None
    kind = _MAPPED.get(library_name(declared.world, declared.path, func))
    return name, _Bound(target, kind, statement) if kind is not None else None


def _is_bare(statement: n.Stmt) -> bool:
    """`size: Mapped[int]`, which a value given later belongs to."""
    return isinstance(statement, n.AnnAssign) and statement.value is None


def _made_of(statement: n.Stmt, name: str) -> bool:
    """Whether a statement that binds a name again uses what it was bound to, or is one more part of it."""
    match statement:
        case n.FunctionDef(decorators=decorators):
            parts: tuple[n.Node, ...] = decorators
        case n.Assign(value=value):
            parts = (value,)
        case n.AnnAssign(value=value) if value is not None:
            parts = (value,)
        case _:
            # A bare annotation binds nothing.
            return True
    return any(isinstance(each, n.Name) and each.id == name for part in parts for each in walk(part))


def _same_column(declared: ModelDeclared, bound: dict[str, _Bound]) -> Iterator[Hit]:
    """Two attributes of the class's own body for one column name."""
    seen: dict[str, str] = {}
    for attribute, each in bound.items():
        name = _column_name(declared, each.statement, attribute) if each.kind == "column" else None
        if name is None:
            continue
        if name in seen:
            yield Hit(
                declared.at(each.node),
                f"`{seen[name]}` is the column `{name}` already: SQLAlchemy raises a `DuplicateColumnError`. "
                "Give it another name, or write a `synonym`.",
                (Note(declared.at(bound[seen[name]].node), "This is the first."),),
            )
        seen.setdefault(name, attribute)


def _column_name(declared: ModelDeclared, statement: n.Stmt, attribute: str) -> str | None:
    """The name in the database of the column that a statement makes; None where it is not plain."""
    call = statement.value if isinstance(statement, n.Assign | n.AnnAssign) else None
    if call is None:
        return attribute
    if not isinstance(call, n.Call) or library_name(declared.world, declared.path, call.func) not in _COLUMNS:
        return None
    given = next((each.value for each in call.keywords if each.name == "name"), None)
    if any(each.name is None for each in call.keywords) or any(isinstance(each, n.Starred) for each in call.args):
        return None
    first = given if given is not None else (call.args[0] if call.args else None)
    if isinstance(first, n.Constant) and isinstance(first.value, str):
        return first.value
    return attribute if given is None and not isinstance(first, n.FString) else None
