from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import full_name, given_to
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared


@rule("ALC425", "secondary-unresolved", severity=Severity.ERROR, fix="unsafe")
class SecondaryUnresolved(Rule):
    """`secondary="..."` names a table that the project does not have, and nearly has.

    ## Why
    SQLAlchemy looks the name up among the tables of the MetaData when the mappers are configured, and raises
    `InvalidRequestError: ... failed to locate a name`. No model of the program can be used then.

    ## Example
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
        tags: Mapped[list["Tag"]] = relationship(secondary="post_tag")


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
        tags: Mapped[list["Tag"]] = relationship(secondary="post_tags")


    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    Unsafe: the nearest name is a guess.

    ## What it cannot see
    Tables that are reflected, or that other packages declare: only a name that is nearly one of the project's own is a
    finding.

    ## References
    - [Setting bi-directional many-to-many: late evaluation](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#using-a-late-evaluated-form-for-the-secondary-argument-of-many-to-many)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own with a plain `secondary`."""
        for relationship in configured(declared):
            given = given_to(relationship)
            text = given.text("secondary")
            if not text or not text.replace(".", "_").isidentifier() or not declared.model.certain:
                continue
            tables = {each.key for each in declared.world.tables() if each.metadata == declared.model.metadata}
            everywhere = {name for each in declared.world.tables() for name in (each.key, each.name, each.owner.name)}
            if text in everywhere or any(ref.name.endswith(text) for ref in declared.world.models()):
                continue
            close = difflib.get_close_matches(text, sorted(tables), n=1, cutoff=0.8)
            if close:
                place = given.place_of("secondary")
                yield Hit(
                    place,
                    f"Configuring the mappers raises `InvalidRequestError`: no table is called `{text}`, through which "
                    f"`{full_name(relationship)}` goes. Did you mean `{close[0]}`?",
                    fix=Fix(f'Write `"{close[0]}"`', False, (Replace(place, f'"{close[0]}"'),)),
                )
