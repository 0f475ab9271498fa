from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import Given, given_to
from sqlassay.rules.relationships.sides import configured, has, is_whole, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import Mention
from sqlassay.semantics.world import Ref


@rule("ALC425", "secondary-unresolved", severity=Severity.ERROR, fix="unsafe")
class SecondaryUnresolved(Rule):
    """A string in a relationship names a table, class or column that the project does not have.

    ## Why
    SQLAlchemy looks up what stands in `secondary="..."`, `primaryjoin="..."`, `secondaryjoin`, `foreign_keys`,
    `remote_side` and `order_by` when the mappers are configured. Where a name is nowhere, it raises
    `InvalidRequestError: ... failed to locate a name`; where a class has no such column, `AttributeError`. No model of
    the program can be used then.

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
    Tables that are reflected, or that other packages declare: a `secondary` is a finding only where it is nearly the
    name of one of the project's own tables. Strings that are put together or stand in `backref(...)`, and those of
    mixins. A name that any code of the project assigns to, as `line.position = ...`, is taken for an attribute.

    ## References
    - [Late evaluation of relationship arguments](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#late-evaluation-of-relationship-arguments)
    - [Setting bi-directional many-to-many: late evaluation](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#using-a-late-evaluated-form-for-the-secondary-argument-of-many-to-many)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The strings of a mapped class's own relationships."""
        if not declared.model.certain:
            return
        for relationship in configured(declared):
            given = given_to(relationship)
            for mention in relationship.mentions:
                if given.text(mention.keyword) is not None:
                    said = _secondary if mention.keyword == "secondary" else _mentioned
                    yield from said(declared, given, mention)


def _secondary(declared: ModelDeclared, given: Given, mention: Mention) -> Iterator[Hit]:
    text = mention.name
    tables = _tables(declared)
    everywhere = {name for each in declared.world.tables() for name in (each.key, each.name, each.owner.name)}
    if text in everywhere or any(ref.name.endswith(text) for ref in declared.world.models()):
        return
    close = difflib.get_close_matches(text, sorted(tables), n=1, cutoff=0.8)
    if close:
        place = given.place_of("secondary")
        yield Hit(
            place,
            f"Configuring the mappers raises `InvalidRequestError`: no table is called `{text}`, through which "
            f"`{given.name}` goes. Did you mean `{close[0]}`?",
            fix=Fix(f'Write `"{close[0]}"`', False, (Replace(place, f'"{close[0]}"'),)),
        )


def _tables(declared: ModelDeclared) -> set[str]:
    return {each.key for each in declared.world.tables() if each.metadata == declared.model.metadata}


def _mentioned(declared: ModelDeclared, given: Given, mention: Mention) -> Iterator[Hit]:
    """A name in `primaryjoin` and its like that is nowhere, or of which something is read that it has not."""
    if not mention.found:
        yield _nowhere(declared, given, mention)
    elif mention.table is not None and mention.attribute:
        table = declared.world.table(mention.table, declared.model.metadata)
        if table is None or not table.certain:
            return
        columns = {name for each in table.columns.values() for name in (each.name, each.attribute)}
        if mention.attribute not in columns:
            raised = f"`AttributeError`: `{table.key}` has no column `{mention.attribute}`, which is named in"
            yield _hit(given, mention, raised, f"{mention.name}.c", _nearest(mention.attribute, columns))
    elif mention.model is not None and mention.attribute and mention.attribute not in _OF_TABLES:
        yield from _attribute(declared, given, mention, mention.model)


_OF_TABLES = ("c", "columns", "__table__")


def _nowhere(declared: ModelDeclared, given: Given, mention: Mention) -> Hit:
    world, registry = declared.world, declared.model.registry
    if mention.attribute:
        models = ((ref, world.model(ref)) for ref in world.models())
        known = {ref.name.rsplit(".", 1)[-1] for ref, model in models if model and model.registry == registry}
        known |= set() if mention.name[:1].isupper() else _tables(declared)
        raised = f"`InvalidRequestError`: no class or table is called `{mention.name}`, which is named in"
        return _hit(given, mention, raised, "", _nearest(mention.name, known))
    target = target_of(world, given.relationship)
    meant = target is not None and mention.name in target.columns
    new = f"{target.ref.name.rsplit('.', 1)[-1]}.{mention.name}" if target is not None and meant else ""
    return _hit(given, mention, f"`InvalidRequestError`: `{mention.name}` names no class or table, in", "", new)


def _attribute(declared: ModelDeclared, given: Given, mention: Mention, ref: Ref) -> Iterator[Hit]:
    model = declared.world.model(ref)
    if model is None or not model.mapped or not is_whole(declared.world, model):
        return
    if mention.attribute in model.relationships:
        related = model.relationships[mention.attribute]
        local = {each.local[1] for each in related.pairs if each.local[0] == model.table_key}
        names = [name for name, column in model.columns.items() if column.name in local]
        raised = f"`InvalidRequestError`: `{mention.name}.{mention.attribute}` is a relationship and no column, in"
        yield _hit(given, mention, raised, mention.name, names[0] if len(names) == 1 else "")
    elif not has(declared.world, model, mention.attribute):
        raised = f"`AttributeError`: `{mention.name}` has no column `{mention.attribute}`, which is named in"
        yield _hit(given, mention, raised, mention.name, _nearest(mention.attribute, set(model.columns)))


def _nearest(wrong: str, known: set[str]) -> str:
    return next(iter(difflib.get_close_matches(wrong, sorted(known), n=1, cutoff=0.7)), "")


def _hit(given: Given, mention: Mention, raised: str, owner: str, meant: str) -> Hit:
    """A finding in the string of a keyword; with a fix where `meant` says what is to be read off `owner` there.

    Without an owner, it is the name itself that is something else.
    """
    place, text = given.place_of(mention.keyword), given.text(mention.keyword) or ""
    message = f"Configuring the mappers raises {raised} `{mention.keyword}` of `{given.name}`."
    if not meant:
        return Hit(place, message)
    old, new = (f"{owner}.{mention.attribute}", f"{owner}.{meant}") if owner else (mention.name, meant)
    written = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, text)
    fix = None
    if written != text and written.isprintable() and not {"\\", '"'} & set(written):
        fix = Fix(f"Write `{new}`", False, (Replace(place, f'"{written}"'),))
    return Hit(place, f"{message} Did you mean `{new}`?", fix=fix)
