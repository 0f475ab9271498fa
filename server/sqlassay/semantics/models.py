"""What is known of a mapped class: plain data that the mapper graph makes and that meaning and rules read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from sqlassay.syntax.nodes import Call, Expr
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.world import Ref


class ForeignKeyInfo(Struct):
    """One `ForeignKey(...)` of a column. `target` is the string, or None where it is not a plain one."""

    target: str | None
    has_ondelete: bool
    place: Place
    node: Call


class ColumnInfo(Struct):
    """A column as declared. Unknown facts are None."""

    attribute: str
    name: str
    owner: Ref
    """The class (or mixin) whose body declares it."""
    style: str
    """column (Column), mapped (mapped_column), field (SQLModel Field), annotation (a bare `Mapped[...]`)"""
    annotation: Expr | None
    type: Expr | None
    """The SQL type argument as written."""
    type_name: str | None
    """Its name in SQLAlchemy (Integer, String ...), where it is one."""
    primary_key: bool
    nullable: bool | None
    unique: bool
    index: bool
    foreign_keys: tuple[ForeignKeyInfo, ...]
    keywords: dict[str, Expr]
    has_star: bool
    """`**kwargs` or `*args` in the call: any keyword may be there."""
    place: Place
    """The whole assignment."""
    call: Place | None


class RelationshipInfo(Struct):
    """A relationship as declared (or made by a backref of the other side)."""

    name: str
    owner: Ref
    target: Ref | None
    target_text: str
    lazy: str | None
    """The strategy's name ('select' when not given); None where it is not a plain string."""
    uselist: bool | None
    direction: str | None
    """one-to-many, many-to-one, many-to-many; None where the graph cannot say."""
    back_populates: str | None
    backref: str | None
    secondary: bool
    cascade: str | None
    viewonly: bool
    keywords: dict[str, Expr]
    annotation: Expr | None
    place: Place
    call: Place | None
    made_by_backref: bool = False


class ModelInfo(Struct):
    """A class of the mapper's world: mapped, abstract, a declarative base or a mixin of one."""

    ref: Ref
    table: str | None
    mapped: bool
    """False for a declarative base, an abstract class or a mixin."""
    is_base: bool
    certain: bool
    """Every base is known, and nothing dynamic stands in the bodies: what is not listed is not there."""
    flavour: str
    """declarative, flask, sqlmodel or imperative"""
    columns: dict[str, ColumnInfo]
    """By attribute name, inherited ones too."""
    relationships: dict[str, RelationshipInfo]
    others: frozenset[str]
    """Every other attribute that the classes define: methods, properties, hybrids, proxies, plain values."""
    table_args: Expr | None
    bases: tuple[Ref, ...]
    """All project classes it inherits from, nearest first, itself not included."""
    place: Place
    """The class's name in its header."""
