from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.loaders import depends, loads, relationship_at, shown, spelled, stands
from sqlassay.semantics import names
from sqlassay.semantics.events import LoaderOptionMade, StatementRun
from sqlassay.semantics.library import shaping
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.shapes import Source
from sqlassay.semantics.sources import kin
from sqlassay.semantics.values import Clause, Mapped, Model, Option, TupleValue, Value
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_COLUMNS = frozenset(["load_only", "defer", "undefer"])
"""Options that take columns of the class at the end of the path so far."""

_PATHS = frozenset(
    "joinedload selectinload subqueryload contains_eager immediateload lazyload raiseload defaultload".split()
)
"""Options that take relationships, each of which goes on from the one before."""


@rule("ALC617", "loader-path-broken", severity=Severity.ERROR, sqlalchemy=">=2.0", fix="unsafe")
class LoaderPathBroken(Rule):
    """A loader option goes on from a class it has not come to, or begins at one that the statement does not select.

    ## Why
    A chain of loader options is a path: each attribute must belong to the class that the one before leads to, and the
    first to an entity that the statement selects. SQLAlchemy raises ArgumentError for anything else: where the chain
    is built, or when the statement runs. What is joined is not thereby selected, an alias is not the class, and a
    subclass's attribute needs `of_type(...)` before it.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        comments: Mapped[list["Comment"]] = relationship()


    class Comment(Base):
        __tablename__ = "comments"

        id: Mapped[int] = mapped_column(primary_key=True)
        post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


    statement = select(User).options(selectinload(User.posts).selectinload(User.posts))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        posts: Mapped[list["Post"]] = relationship()


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        comments: Mapped[list["Comment"]] = relationship()


    class Comment(Base):
        __tablename__ = "comments"

        id: Mapped[int] = mapped_column(primary_key=True)
        post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


    statement = select(User).options(selectinload(User.posts).selectinload(Post.comments))
    ```

    ## Fix safety
    Unsafe. The fix takes the attribute of that name, or of nearly that name, from the class that the path has come to;
    an option that begins too late is given the relationship that leads there, where there is only one. Else there is
    no fix.

    ## What it cannot see
    Classes of which something cannot be read; attributes of mixins and of `with_polymorphic` entities; strings as
    paths; statements whose entities were replaced after the option was given.

    ## References
    - [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#relationship-loading-with-loader-options)
    - [Eager loading of specific or polymorphic subtypes](https://docs.sqlalchemy.org/en/20/orm/queryguide/inheritance.html#eager-loading-of-sub-or-polymorphic-subtypes)
    """

    def loader_option_made(self, event: LoaderOptionMade) -> Iterator[Hit]:
        """`option.selectinload(...)`, `option.load_only(...)`, `option.options(...)`, `selectinload(A.b, B.c)`."""
        owner = event.owner
        world = event.world
        if event.starred or (owner is not None and (owner.wildcard or owner.root is None)):
            return
        at = owner.root if owner is not None and not owner.path else _end(world, owner) if owner is not None else None
        for index, value in enumerate(_given(event)):
            node = event.call.args[index] if index < len(event.call.args) else event.call
            if isinstance(value, Option):
                if at is not None and value.root is not None and value.path and not _follows(world, at, value.root):
                    yield Hit(event.at(node), _says(shown(value.path[:1]), owner, at))
                    return
                continue
            if not isinstance(value, Mapped):
                return
            if at is not None and not _follows(world, at, value.source):
                fix = _nearest(event, value, at, node)
                yield Hit(event.at(node), _says(f"{value.model.name}.{value.name}", owner, at), fix=fix)
                return
            if event.strategy in _PATHS:
                at = value.narrowed.source if value.narrowed is not None else _leads_to(world, value)
                if at is None:
                    return

    def statement_run(self, event: StatementRun) -> Iterator[Hit]:
        """A statement with an option that begins at none of its entities."""
        statement = event.statement
        if not loads(event) or not shaping.keeps_entities(statement):
            return
        if statement.kind == "query" and event.method == "get":
            return
        entities = _selected(event)
        if entities is None:
            return
        for option in statement.options:
            root = option.root
            if (
                root is None
                or depends(event, option)
                or not _is_rooted(option)
                or not _is_known(event.world, root.model)
            ):
                continue
            if any(each.alias == root.alias and kin(event.world, each.model, root.model) for each in entities):
                continue
            place, notes = stands(event, option)
            yield Hit(
                place,
                _not_selected(option, root, entities),
                notes,
                _led(event, option, root) if entities else None,
            )
            return


def _selected(event: StatementRun) -> list[Source] | None:
    """The classes that a statement selects; None where something of it is not known, or is no class's at all."""
    entities: list[Source] = []
    ours = False
    for each in event.statement.entities:
        match each:
            case Model() if _is_known(event.world, each.ref):
                entities.append(each.source)
            case Mapped() if relationship_at(event.world, ((each.model, each.name),)) is None:
                ours = True
            case Clause(whole=True):
                ours = ours or bool(each.columns)
            case _:
                return None
    return entities if entities or ours else None


def _given(event: LoaderOptionMade) -> tuple[Value, ...]:
    """The arguments that must go on from the path; none where the option takes something else."""
    if event.strategy == "options":
        return tuple(part for each in event.args for part in (each.items if isinstance(each, TupleValue) else (each,)))
    return event.args if event.strategy in _COLUMNS | _PATHS else ()


def _end(world: World, option: Option) -> Source | None:
    """What the path of an option has come to; None where that is not certain."""
    if option.narrowed is not None:
        return option.narrowed
    if len(option.path) == 0:
        return None
    return _target(world, option.path[-1])


def _leads_to(world: World, attribute: Mapped) -> Source | None:
    return _target(world, (attribute.model, attribute.name))


def _target(world: World, step: tuple[Ref, str]) -> Source | None:
    relationship = relationship_at(world, (step,))
    if relationship is None or relationship.target is None or not relationship.certain or relationship.candidates:
        return None
    return Source(relationship.target)


def _follows(world: World, at: Source, source: Source) -> bool:
    """Whether an attribute of `source` may go on from `at`; True where nobody can say."""
    mine, theirs = world.model(at.model), world.model(source.model)
    if mine is None or theirs is None or not (mine.mapped and mine.certain and theirs.mapped and theirs.certain):
        return True
    if at.alias != source.alias:
        # Whether two aliases are one cannot be told where they were made in a loop or in another call.
        return at.alias is not None and source.alias is not None
    return source.model == at.model or source.model in mine.bases


def _is_known(world: World, ref: Ref) -> bool:
    model = world.model(ref)
    return model is not None and model.mapped and model.certain


def _is_rooted(option: Option) -> bool:
    """Whether an option has to begin at an entity. SQLAlchemy lets `defaultload` alone pass."""
    return option.strategy in _COLUMNS or (option.strategy in _PATHS - {"defaultload"} and bool(option.path))


def _says(attribute: str, owner: Option | None, at: Source) -> str:
    after = f"`{shown(owner.path)}`" if owner is not None and owner.path else "what stands before it"
    what = f"an alias of {at.model.name}" if at.alias is not None else at.model.name
    return f"`{attribute}` does not go on from {after}, which leads to {what}: SQLAlchemy raises ArgumentError."


def _not_selected(option: Option, root: Source, entities: list[Source]) -> str:
    what = f"`{shown(option.path)}`" if option.path else f"`{option.strategy}` of {root.model.name}"
    if not entities:
        return f"The statement selects columns and no class, so that {what} cannot be loaded: it raises ArgumentError."
    alias = "an alias of " if root.alias is not None else ""
    selected = ", ".join(f"{'an alias of ' if each.alias is not None else ''}{each.model.name}" for each in entities)
    return (
        f"{what} begins at {alias}{root.model.name}, and the statement selects {selected}: it raises ArgumentError. "
        f"Write the whole path from what is selected."
    )


# ----------------------------------------------------------------------- fixes


def _nearest(event: LoaderOptionMade, value: Mapped, at: Source, node: n.Expr) -> Fix | None:
    """The attribute of the class the path has come to that has this name, or nearly."""
    model = event.world.model(at.model)
    name = at.model.name
    found = names.resolve_expression(event.world, event.path, n.Name(0, 0, name))
    if model is None or at.alias is not None or found != names.InProject("class", at.model):
        return None
    close = get_close_matches(value.name, _attributes(model, event.strategy), 1, 0.8)
    if not close or (value.model, value.name) == (at.model, close[0]):
        return None
    code = f"{name}.{close[0]}"
    return Fix(f"Write `{code}`", False, (Replace(event.at(node), code),))


def _attributes(model: ModelInfo, strategy: str) -> list[str]:
    return list(model.columns if strategy in _COLUMNS else model.relationships)


def _led(event: StatementRun, option: Option, root: Source) -> Fix | None:
    """The relationship of the statement's entity that leads to where the option begins, put before it."""
    entity = event.statement.entities[0]
    model = event.world.model(entity.ref) if isinstance(entity, Model) else None
    if model is None or root.alias is not None or option.function is None or option.behind is not None:
        return None
    ways = [name for name, each in model.relationships.items() if each.target == root.model]
    if len(ways) != 1 or option.children:
        return None
    name = spelled(event.world, event.statement, ((model.ref, ways[0]),))
    if not name:
        return None
    many = model.relationships[ways[0]].uselist is not False
    strategy = "selectinload" if many else "joinedload"
    code = f"{strategy}({name}).{option.strategy}"
    ops: tuple[AnyOp, ...] = (
        Replace(option.function, code),
        AddImport(option.function, "sqlalchemy.orm", strategy),
    )
    return Fix(f"Write `{strategy}({name})` before it", False, ops)
