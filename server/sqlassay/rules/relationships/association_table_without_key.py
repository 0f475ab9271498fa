from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import TableInfo


@rule("ALC426", "association-table-without-key", severity=Severity.WARNING)
class AssociationTableWithoutKey(Rule):
    """The association table of a many-to-many has no primary key and nothing unique: a link can stand in it twice.

    ## Why
    Two requests that add the same tag to the same post at once, or one that adds it twice, leave two rows. Loading the
    collection shows the object once, and removing it fails with `StaleDataError`: "DELETE statement on table
    'post_tags' expected to delete 1 row(s); Only 2 were matched". With both columns as the primary key the second
    insert is refused, and the lookup has an index.

    ## Example
    ```python
    from sqlalchemy import Column, ForeignKey, Table
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    post_tags = Table(
        "post_tags",
        Base.metadata,
        Column("post_id", ForeignKey("posts.id")),
        Column("tag_id", ForeignKey("tags.id")),
    )


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy import Column, ForeignKey, Table
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    post_tags = Table(
        "post_tags",
        Base.metadata,
        Column("post_id", ForeignKey("posts.id"), primary_key=True),
        Column("tag_id", ForeignKey("tags.id"), primary_key=True),
    )


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    No fix: the schema changes, and a database that holds links twice refuses the key.

    ## What it cannot see
    Keys and indexes that only a migration makes. Tables that are not all read.

    ## References
    - [Many to many](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#many-to-many)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own through a `Table(...)`; the first of two that name each other."""
        for relationship in configured(declared):
            if relationship.viewonly or relationship.secondary_table is None or not relationship.certain:
                continue
            table = declared.world.table(relationship.secondary_table, declared.model.metadata)
            if table is None or table.declared != "Table" or not table.certain or _has_key(table):
                continue
            yield Hit(
                relationship.call or relationship.place,
                f"`{table.key}`, through which `{full_name(relationship)}` goes, has no primary key and nothing "
                "unique: a link can stand in it twice, and removing it then fails. Make its foreign keys the primary "
                "key.",
                (Note(table.place, "The table."),),
            )


def _has_key(table: TableInfo) -> bool:
    """Whether anything in the table is unique: that is somebody's decision."""
    return (
        bool(table.primary_key)
        or any(each.kind in ("primary key", "unique", "exclude") for each in table.constraints)
        or any(each.unique for each in table.indexes)
        or any(each.unique or each.primary_key for each in table.columns.values())
    )
