from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, within
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_RESERVED = ("metadata", "registry")
_SINCE_21 = ">=2.1"


@rule("ALC318", "reserved-attribute-name", severity=Severity.ERROR, fix="unsafe")
class ReservedAttributeName(Rule):
    """A mapped attribute is called `metadata` or `registry`, or `query` under Flask-SQLAlchemy: these names are taken.

    ## Why
    A declarative class finds its `MetaData` under `metadata` and its registry under `registry`. A column or
    relationship called `metadata` raises an `InvalidRequestError` when the class is made, in SQLAlchemy 1.4 and 2.0;
    2.1 warns, and so it does for `registry`, which hides the registry of the base. In Flask-SQLAlchemy a column called
    `query` takes the place of `Model.query`.

    The attribute can have another name than the column: `metadata_ = mapped_column("metadata", JSON)`.

    ## Example
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        metadata: Mapped[dict[str, Any]] = mapped_column(JSON)
    ```

    ## Use instead
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        metadata_: Mapped[dict[str, Any]] = mapped_column(JSON, name="metadata")
    ```

    ## Fix safety
    Unsafe: the attribute is renamed, and the column keeps its name; code that uses the attribute is not looked for.

    ## What it cannot see
    Attributes of mixins, which come to nothing where the base stands before the mixin.

    ## References
    - [Attribute names that are reserved](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#accessing-table-and-metadata)
    - [Naming declarative mapped columns explicitly](https://docs.sqlalchemy.org/en/20/orm/mapping_columns.html#naming-declarative-mapped-columns-explicitly)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A column or relationship of the class's own by such a name."""
        model = declared.model
        if not _is_declarative(declared) or is_migration(declared.world, declared.path):
            return
        for name in (*_RESERVED, "query"):
            found = model.columns.get(name) or model.relationships.get(name)
            if found is None or found.owner != model.ref:
                continue
            if isinstance(found, RelationshipInfo) and found.made_by_backref:
                continue
            if found.place.anchor != model.place.anchor:
                continue  # Assigned to the class that is there: SQLAlchemy lets that be.
            what = _said(declared, name)
            if what is not None:
                message, severity = what
                yield Hit(_target(declared, name, found), message, fix=_fix(declared, name, found), severity=severity)


def _is_declarative(declared: ModelDeclared) -> bool:
    """Whether the class is mapped, or an abstract one below a declarative base."""
    if declared.model.mapped:
        return True
    models = (declared.world.model(each) for each in declared.model.bases)
    return not declared.model.is_base and any(each is not None and each.is_base for each in models)


def _said(declared: ModelDeclared, name: str) -> tuple[str, Severity] | None:
    """What comes of the name, and how bad that is; None where nothing does."""
    repair = f"Call the attribute `{name}_`, and the column `{name}` by its first argument."
    if name == "query":
        if declared.model.flavour != "flask":
            return None
        owner = declared.fact.qualname.rsplit(".", 1)[-1]
        return (
            f"`{owner}.query` is now this attribute, and no longer Flask-SQLAlchemy's query. {repair}",
            Severity.WARNING,
        )
    meant = "MetaData" if name == "metadata" else "registry"
    if declared.world.allows(_SINCE_21):
        return (
            f"`{name}` is the name of the class's {meant}: SQLAlchemy warns, and the attribute hides it. {repair}",
            Severity.WARNING,
        )
    if name == "registry":
        return None
    return (
        f"SQLAlchemy raises an `InvalidRequestError`: `metadata` is reserved for the MetaData. {repair}",
        Severity.ERROR,
    )


def _target(declared: ModelDeclared, name: str, found: ColumnInfo | RelationshipInfo) -> Place:
    """The name in its assignment; the whole place where a method makes the attribute."""
    for each in declared.node.body:
        match each:
            case n.AnnAssign(target=n.Name(id=target) as node) | n.Assign(targets=(n.Name(id=target) as node,)):
                if target == name:
                    return declared.at(node)
            case n.FunctionDef(name=target, name_start=start) if target == name:
                return within(declared.at(each), n.Name(start, start + len(name), name))
            case _:
                pass
    return found.place


def _fix(declared: ModelDeclared, name: str, found: ColumnInfo | RelationshipInfo) -> Fix | None:
    place = _target(declared, name, found)
    if not isinstance(found, ColumnInfo) or found.style not in ("column", "mapped") or found.call is None:
        return None
    if place.end - place.start != len(name) or any(name_ in declared.model.columns for name_ in (f"{name}_",)):
        return None
    if name in declared.fact.methods or found.has_star:
        return None
    rename = Replace(place, f"{name}_")
    if "name" in found.keywords or found.name != found.attribute:
        return Fix(f"Call the attribute `{name}_`", False, (rename,))
    return Fix(f"Call the attribute `{name}_`", False, (rename, AddKeyword(found.call, "name", f'"{name}"')))
