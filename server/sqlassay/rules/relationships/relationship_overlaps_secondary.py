from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.joins import written
from sqlassay.rules.relationships.overlaps import are_linked, is_readable
from sqlassay.rules.relationships.sides import configured, is_related, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo


@rule("ALC417", "relationship-overlaps-secondary", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class RelationshipOverlapsSecondary(Rule):
    """A many-to-many writes an association table that is mapped as a class with relationships of its own.

    ## Why
    The same row is written by two: an append to the many-to-many inserts it, and so does the association object. In
    one flush that is an `IntegrityError` or a row twice, and neither sees what the other did. SQLAlchemy warns when
    the mappers are configured: "relationship ... will copy column ..., which conflicts with relationship(s) ...".

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        marks: Mapped[list["Mark"]] = relationship(back_populates="post")
        tags: Mapped[list["Tag"]] = relationship(secondary="marks")


    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Mark(Base):
        __tablename__ = "marks"

        post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
        tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
        post: Mapped["Post"] = relationship(back_populates="marks")
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        marks: Mapped[list["Mark"]] = relationship(back_populates="post")
        tags: Mapped[list["Tag"]] = relationship(secondary="marks", viewonly=True)


    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Mark(Base):
        __tablename__ = "marks"

        post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
        tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
        post: Mapped["Post"] = relationship(back_populates="marks")
    ```

    ## Fix safety
    Unsafe: with `viewonly=True` an append to the many-to-many is not written any more.

    ## What it cannot see
    Relationships whose columns are not all known.

    ## References
    - [Combining association object with many-to-many access patterns](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#combining-association-object-with-many-to-many-access-patterns)
    - [relationship X will copy column Q to column P](https://docs.sqlalchemy.org/en/20/errors.html#error-qzyx)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Many-to-many relationships of a mapped class's own."""
        for here in configured(declared):
            target = target_of(declared.world, here)
            if here.direction != "many-to-many" or target is None or not written(here) or not is_readable(here):
                continue
            if not here.certain:
                continue
            other = next(_conflicts(declared, here, target), None)
            if other is None:
                continue
            fix = None
            if here.call is not None and declared.model.flavour != "sqlmodel" and not here.back_populates:
                fix = Fix("Add `viewonly=True`", False, (AddKeyword(here.call, "viewonly", "True"),))
            yield Hit(
                here.call or here.place,
                f"`{full_name(here)}` and `{full_name(other)}` both write `{here.secondary_table}`: SQLAlchemy warns, "
                "and in one flush they conflict. Make one of them viewonly, or name it in `overlaps=`.",
                (Note(other.place, "It writes the same rows."),),
                fix,
            )


def _conflicts(declared: ModelDeclared, here: RelationshipInfo, target: ModelInfo) -> Iterator[RelationshipInfo]:
    """Relationships of, or to, the class of the association table that write a column which this one writes."""
    table = declared.world.table(here.secondary_table or "", declared.model.metadata)
    mapped = set(table.models) if table is not None else set()
    models = [declared.model, target, *(declared.world.model(ref) for ref in sorted(mapped, key=str))]
    for model in models if mapped else ():
        for each in model.relationships.values() if model is not None else ():
            if each.secondary or each.viewonly or not each.certain or not is_readable(each):
                continue
            if written(each).isdisjoint(written(here)) or are_linked(here, each):
                continue
            # SQLAlchemy takes siblings of one hierarchy for ways to the same rows.
            apart = each.target is not None and not is_related(declared.world, each.target, here.owner)
            if apart or each.owner in mapped:
                yield each
