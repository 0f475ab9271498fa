"""What is known of mapped classes and tables: plain data that the mapper graph makes and that meaning and rules read.

A fact that the code does not say plainly is None (or the `certain` beside it is False): no rule may read a meaning into
it. Places are where the fact is written: in a mixin, where a mixin declares it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from msgspec import Struct, field

from sqlassay.syntax.nodes import Call, Expr
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from sqlassay.semantics.world import Ref

Plain = Union[str, int, float, bool, None]


class TypeInfo(Struct, frozen=True):
    """The SQL type of a column."""

    name: str
    """The class: SQLAlchemy's own (`Integer`, `String`, `JSONB`), or the project's (`GUID`)."""
    sql: str
    """As `str(column.type)` prints it: `INTEGER`, `VARCHAR(36)`. Of a TypeDecorator, that of its `impl`."""
    args: tuple[Plain, ...] = ()
    """Positional arguments that are constants; None for one that is not."""
    keywords: tuple[tuple[str, Plain], ...] = ()
    decorator: Ref | None = None
    """The class of the project that it is, a TypeDecorator or UserDefinedType."""
    origin: str = "given"
    """given (a type argument), annotation (`Mapped[int]`), foreign key (taken over from the column it points to)"""
    certain: bool = True
    """False where the class, or an argument that stands in `sql`, is not known."""


class ForeignKeyInfo(Struct):
    """One foreign key of a column: a `ForeignKey(...)`, or a column's part in a `ForeignKeyConstraint`."""

    target: str | None
    """The string as written (`table.column`), or None where it is not a plain one."""
    has_ondelete: bool
    place: Place
    """The call."""
    node: Call
    table: str | None = None
    """The key of the table it points to, whether that table is found or not; None where that cannot be read."""
    column: str | None = None
    """The name of the column it points to. Where `ForeignKey("t")` names only a table, that of the same name."""
    found: bool | None = None
    """True: the table and the column are there. False: they certainly are not. None: nobody can say."""
    ondelete: str | None = None
    """As written; None where there is none or it cannot be read (`has_ondelete`)."""
    onupdate: str | None = None
    name: str | None = None
    """The constraint's name."""
    use_alter: bool = False
    constraint: int | None = None
    """In `TableInfo.constraints`, the ForeignKeyConstraint that it is part of."""
    certain: bool = True


class ColumnInfo(Struct):
    """A column as declared. Unknown facts are None."""

    attribute: str
    """The first attribute of the class that maps it; the column's key in a `Table`."""
    name: str
    """Its name in the database."""
    owner: Ref
    """The class (or mixin) whose body declares it; the variable of a `Table`."""
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
    sql_type: TypeInfo | None = None
    """The type that SQLAlchemy gives it, from wherever: argument, annotation, alias, foreign key."""
    table: str | None = None
    """The key of the table it is in."""
    attributes: tuple[str, ...] = ()
    """All attributes of the model that map it."""
    default: Expr | None = None
    server_default: Expr | None = None
    """`Computed(...)` and `Identity(...)` stand in `generated`."""
    onupdate: Expr | None = None
    generated: str | None = None
    """Computed, Identity or Sequence, where the call has one."""
    autoincrement: bool | None = None
    """None where not given (SQLAlchemy's "auto")."""
    deferred: bool = False
    certain: bool = True
    """False where something of the call, the annotation or an alias of it cannot be read."""


class ConstraintInfo(Struct):
    """A constraint of a table, from `__table_args__`, `Table(...)` or a column's keywords."""

    kind: str
    """primary key, unique, foreign key, check or exclude"""
    name: str | None
    """As given; None where it has none, or where that cannot be read (`certain`)."""
    columns: tuple[str, ...]
    """Names of columns, in order; of a check, none."""
    place: Place
    node: Call | None
    """The call that makes it; None where keywords of a column do (`primary_key=True`, `unique=True`)."""
    targets: tuple[tuple[str, str] | None, ...] = ()
    """Of a foreign key: (table key, column name) for each of `columns`."""
    ondelete: str | None = None
    has_ondelete: bool = False
    use_alter: bool = False
    certain: bool = True


class IndexInfo(Struct):
    """An index of a table: `Index(...)`, or `index=True` of a column."""

    name: str | None
    columns: tuple[str | None, ...]
    """Names of columns, in order; None for an expression."""
    unique: bool
    place: Place
    node: Call | None
    partial: bool = False
    """It has a condition (`postgresql_where=`)."""
    certain: bool = True


class TableInfo(Struct):
    """A table: of a class with `__tablename__`, of a `Table(...)`, or of both (`__table__ = Table(...)`)."""

    key: str
    """`name`, or `schema.name`: what `MetaData.tables` knows it by."""
    name: str
    schema: str | None
    metadata: str
    """Which MetaData it is in: two tables with one key in different ones have nothing to do with each other."""
    columns: dict[str, ColumnInfo]
    """By name in the database, in order."""
    constraints: list[ConstraintInfo]
    indexes: list[IndexInfo]
    place: Place
    """The class's name in its header, or the `Table(...)` call."""
    owner: Ref
    """The class, or the variable that holds the `Table(...)`."""
    declared: str
    """class or Table"""
    models: tuple[Ref, ...] = ()
    """The classes mapped to it, those that share it by single inheritance too."""
    primary_key: tuple[str, ...] = ()
    naming: dict[str, str] | None = None
    """The naming convention of its MetaData; None where it has none or that cannot be read (`certain_naming`)."""
    certain_naming: bool = True
    certain: bool = True
    """All its columns and constraints are known: what is not listed is not there."""


class OtherInfo(Struct):
    """Any other attribute of a class."""

    name: str
    kind: str
    """hybrid, column property, synonym, association proxy, composite, query expression, method, property,
    declared attr (one that gives nothing of the mapper's), unread (what may be a column for all that is known), value
    (a plain value or annotation)"""
    owner: Ref
    place: Place | None
    node: Expr | None = None
    """What is assigned; None for a method."""


class Pair(Struct, frozen=True):
    """Two columns that a join sets equal, as (table key, column name). With a secondary, either side may be of it."""

    local: tuple[str, str]
    remote: tuple[str, str]


class Mention(Struct, frozen=True):
    """A class or table that the code in a relationship's string names: `Line` in `order_by="Line.id"`."""

    keyword: str
    """The argument that the string is given to."""
    name: str
    attribute: str
    """What is read off it: of a class its attribute, of a table its column; '' where that is none."""
    model: Ref | None = None
    table: str | None = None
    """The table's key."""
    found: bool = True
    """False: the name certainly means nothing."""


class RelationshipInfo(Struct):
    """A relationship as declared (or made by a backref of the other side)."""

    name: str
    owner: Ref
    """The class (or mixin) whose body declares it; of one made by a backref, the class it is put on."""
    target: Ref | None
    """The class it leads to, as the registry finds it."""
    target_text: str
    lazy: str | None
    """The strategy as `relationship.lazy` has it ('select' when not given, 'noload' for None); None where it is not
    a plain one."""
    uselist: bool | None
    direction: str | None
    """one-to-many, many-to-one, many-to-many; None where the graph cannot say."""
    back_populates: str | None
    backref: str | None
    secondary: bool
    """Whether it has one."""
    cascade: str | None
    viewonly: bool
    keywords: dict[str, Expr]
    """Those of SQLModel's `sa_relationship_kwargs` too."""
    annotation: Expr | None
    place: Place
    call: Place | None
    made_by_backref: bool = False
    secondary_table: str | None = None
    """The key of the secondary's table."""
    target_found: bool | None = None
    """False: no class has that name, certainly. None: nobody can say (`target` is None too), or it was found."""
    candidates: tuple[Ref, ...] = ()
    """Where the name means several classes of the registry: SQLAlchemy will refuse it."""
    other_side: str | None = None
    """The relationship on the target that this one keeps in step with: back_populates, or the backref's name."""
    pairs: tuple[Pair, ...] = ()
    """The columns it joins by, where they are known."""
    join: str = "unknown"
    """How the join was found: foreign keys, foreign_keys (the argument picked), given (a primaryjoin was read), none
    (there is certainly no foreign key between the two), ambiguous (several, and nothing picks one), unknown"""
    self_referential: bool = False
    order_by: Expr | None = None
    parent: Ref | None = None
    """The class that the mapper graph read it for: a mixin's stands in many."""
    mentions: tuple[Mention, ...] = ()
    """What the strings of its join conditions, `foreign_keys`, `remote_side` and `order_by` name, and that of
    `secondary` where it names nothing; of one made by a backref, nothing."""
    certain: bool = True
    """False where an argument cannot be read."""


class ModelInfo(Struct):
    """A class of the mapper's world: mapped, abstract, a declarative base or a mixin of one."""

    ref: Ref
    table: str | None
    """The table's plain name, without the schema; of a class without one of its own, its parent's."""
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
    others: dict[str, OtherInfo]
    """Every other attribute that the classes define: methods, properties, hybrids, proxies, plain values."""
    table_args: Expr | None
    bases: tuple[Ref, ...]
    """All project classes it inherits from, nearest first, itself not included."""
    place: Place
    """The class's name in its header."""
    table_key: str | None = None
    """Its table in `World.table`, with its schema."""
    schema: str | None = None
    metadata: str = ""
    registry: str = ""
    """Which registry maps it: strings in relationships name classes of the same one only."""
    inherits: Ref | None = None
    """The mapped class above it."""
    inheritance: str | None = None
    """single, joined or concrete, where there is a mapped class above it."""
    tables: tuple[str, ...] = ()
    """The keys of the tables it is loaded from, its own first; with joined inheritance, its parents' too."""
    mapper_args: dict[str, Expr] = field(default_factory=dict)
    """The class's own or inherited `__mapper_args__`, where they are a plain dict."""
    polymorphic_on: str | None = None
    polymorphic_identity: Plain = None
    primary_key: tuple[str, ...] = ()
    """Attribute names."""
