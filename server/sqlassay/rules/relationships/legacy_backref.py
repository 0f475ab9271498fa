from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AddKeyword, AnyOp, Fix, Insert, RemoveKeyword
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import own_relationships
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.texts import code_of
from sqlassay.syntax import nodes as n

_ONE_SIDED = frozenset("backref lazy order_by cascade uselist passive_deletes single_parent doc innerjoin".split())
"""Arguments that say nothing about the join: with no others, the other side needs none to find it."""


@rule("ALC405", "legacy-backref", severity=Severity.INFO, presets=("sqlalchemy-2.0",), sqlalchemy=">=1.4", fix="unsafe")
class LegacyBackref(Rule):
    """A relationship is made on another class by `backref`, where neither readers nor type checkers see it.

    ## Why
    `backref="author"` puts an attribute on the other class while the mappers are configured. It stands nowhere in that
    class: type checkers do not know it, completion does not offer it, and its loading strategy is easily overlooked.
    Two relationships that name each other with `back_populates` make the same mappers. SQLAlchemy documents `backref`
    as legacy; it is neither deprecated nor going away.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts = relationship("Post", backref="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
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
        posts: Mapped[list["Post"]] = relationship(back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped[User] = relationship(back_populates="posts")
    ```

    ## Fix safety
    Unsafe: it edits two classes, maybe in two files, and other code may rely on the moment at which the attribute
    appears. It is offered where the other class is known and has no such attribute, `backref` is a plain name, and
    the relationship says nothing of its own about the join (`secondary`, `primaryjoin`, `foreign_keys`).

    ## What it cannot see
    Relationships that functions make.

    ## References
    - [Using the legacy backref parameter](https://docs.sqlalchemy.org/en/20/orm/backref.html)
    """

    def model_declared(self, event: ModelDeclared) -> Iterator[Hit]:
        """A relationship of the class's own with `backref`."""
        for relationship in own_relationships(event):
            if "backref" not in relationship.keywords or relationship.call is None:
                continue
            target = event.world.model(relationship.target) if relationship.target is not None else None
            other = relationship.target_text.rsplit(".", 1)[-1] or "the other class"
            name = f"`{other}.{relationship.backref}`" if relationship.backref else "A relationship"
            related = (Note(target.place, f"`{other}` does not show it"),) if target is not None else ()
            yield Hit(
                relationship.call,
                f"{name} is made here and stands nowhere in `{other}`. Write it there, and let the two name each "
                "other with `back_populates`.",
                related=related,
                fix=_fix(event, relationship, target),
            )


def _fix(event: ModelDeclared, here: RelationshipInfo, target: ModelInfo | None) -> Fix | None:
    node = here.keywords["backref"]
    if target is None or not target.mapped or not isinstance(node, n.Constant) or not here.backref or here.call is None:
        return None
    if here.keywords.keys() - _ONE_SIDED or target.ref == event.model.ref or not here.backref.isidentifier():
        return None
    spelled = _callee(event, here)
    # The names that the target shows itself; a backref is listed among its relationships, but stands here.
    written: dict[str, ColumnInfo | RelationshipInfo] = {**target.columns}
    written.update((name, each) for name, each in target.relationships.items() if not each.made_by_backref)
    if spelled is None or here.backref in written or here.backref in target.others:
        return None
    own = [each.place for each in written.values() if each.owner == target.ref]
    if not own or (spelled != "relationship" and target.ref.path != event.path):
        return None
    last = max(own, key=lambda place: place.start)
    model = event.model.ref.name.rsplit(".", 1)[-1]
    code = f'{here.backref} = {spelled}("{model}", back_populates="{here.name}")'
    ops: tuple[AnyOp, ...] = (
        RemoveKeyword(here.call, "backref"),
        AddKeyword(here.call, "back_populates", f'"{here.backref}"'),
        Insert(last, code, "after"),
        *((AddImport(last, "sqlalchemy.orm", "relationship"),) if target.ref.path != event.path else ()),
    )
    return Fix(f"Write `{target.ref.plain}.{here.backref}`, and `back_populates` on both", False, ops)


def _callee(event: ModelDeclared, relationship: RelationshipInfo) -> str | None:
    """How the class spells `relationship`."""
    for statement in event.node.body:
        match statement:
            case n.Assign(value=n.Call(func=func)) | n.AnnAssign(value=n.Call(func=func)):
                if statement.start == relationship.place.start:
                    return code_of(func) or None
            case _:
                pass
    return None
