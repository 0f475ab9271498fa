from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import is_migration, own_columns
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, RelationshipInfo
from sqlassay.syntax import nodes as n


@rule("ALC313", "missing-fk-ondelete", severity=Severity.HINT, presets=(), fix="unsafe")
class MissingFkOndelete(Rule):
    """The ORM deletes these rows with their parent, and the database does not know that it should.

    ## Why
    A relationship with `cascade="all, delete-orphan"` deletes children when the ORM deletes their parent: it loads
    them all, then deletes them. A DELETE that does not go through the ORM (`delete(Parent)`, another program, a
    console) fails with an `IntegrityError`, because the foreign key has no `ondelete`. With `ondelete="CASCADE"` the
    database deletes the children itself, whoever asks; with `passive_deletes=True` on the relationship beside it, the
    ORM leaves that to the database and need not load them.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship(cascade="all, delete-orphan")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    ```

    ## Fix safety
    Unsafe: the schema changes, and with it what a DELETE in SQL does. The fix adds `ondelete="CASCADE"` to the foreign
    key; the constraint of an existing database needs a migration. `passive_deletes=True` is left to you.

    ## What it cannot see
    Foreign keys given as a column (`ForeignKey(User.id)`), composite ones in `__table_args__`, and parents whose table
    has no plain `__tablename__`. Keys without a delete cascade on the parent's side are no finding: whether children
    go with their parent is a decision.

    ## References
    - [Using foreign key ON DELETE cascade with ORM relationships](https://docs.sqlalchemy.org/en/20/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships)
    - [ON UPDATE and ON DELETE](https://docs.sqlalchemy.org/en/20/core/constraints.html#on-update-and-on-delete)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A foreign key without `ondelete`, whose parent has a relationship to this class that deletes."""
        if not declared.model.mapped or is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            for key in column.foreign_keys:
                found = None if key.has_ondelete else _deleting(declared, column, key)
                if found is not None:
                    yield _hit(declared, column, key, found)


def _hit(declared: ModelDeclared, column: ColumnInfo, key: ForeignKeyInfo, found: RelationshipInfo) -> Hit:
    parent = found.owner.name.rsplit(".", 1)[-1]
    relationship = f"{parent}.{found.name}"
    return Hit(
        key.place,
        f"The ORM deletes these rows with their `{parent}` (`{relationship}` cascades), but a DELETE in SQL fails on "
        f'`{column.name}`. Add `ondelete="CASCADE"`, and `passive_deletes=True` to `{relationship}`.',
        (Note(found.place, "This relationship deletes with the parent."),),
        Fix('Add `ondelete="CASCADE"`', False, (AddKeyword(key.place, "ondelete", '"CASCADE"'),)),
    )


def _deleting(declared: ModelDeclared, column: ColumnInfo, key: ForeignKeyInfo) -> RelationshipInfo | None:
    """The parent's relationship that deletes rows of this class by this key."""
    if key.target is None or "." not in key.target:
        return None
    for parent in declared.world.classes_of_table(key.target.rsplit(".", 1)[0].rsplit(".", 1)[-1]):
        model = declared.world.model(parent)
        for each in model.relationships.values() if model is not None and model.mapped else ():
            if each.target == declared.model.ref and _deletes(each) and _by_key(declared, column, key, each):
                return each
    return None


def _deletes(relationship: RelationshipInfo) -> bool:
    """Whether deleting the parent through the ORM deletes the children one by one."""
    if relationship.viewonly or relationship.secondary or relationship.direction == "many-to-one":
        return False
    cascade = relationship.keywords.get("cascade")
    text = cascade.value if isinstance(cascade, n.Constant) else None
    return isinstance(text, str) and not {"all", "delete"}.isdisjoint(each.strip() for each in text.split(","))


def _by_key(declared: ModelDeclared, column: ColumnInfo, key: ForeignKeyInfo, relationship: RelationshipInfo) -> bool:
    """Whether the relationship goes over this key: the only one to that table, or the one it names."""
    table = str(key.target).rsplit(".", 1)[0]
    keys = [
        each
        for each in declared.model.columns.values()
        if any((other.target or "").rsplit(".", 1)[0] == table for other in each.foreign_keys)
    ]
    if len(keys) == 1:
        return "primaryjoin" not in relationship.keywords
    foreign = relationship.keywords.get("foreign_keys")
    return foreign is not None and _names(foreign, column.attribute)


def _names(node: n.Expr, attribute: str) -> bool:
    match node:
        case n.Constant(value=str(text)):
            return text.strip("[] ").rsplit(".", 1)[-1] == attribute
        case n.ListExpr(elts=(only,)) | n.TupleExpr(elts=(only,)):
            return _names(only, attribute)
        case n.Attribute(attr=attr):
            return attr == attribute
        case n.Name(id=name):
            return name == attribute
        case _:
            return False
