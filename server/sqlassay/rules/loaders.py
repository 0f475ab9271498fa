"""What the loader options of a statement do to it, for rules that look at one as it runs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlassay.fixes.ops import AddImport, AnyOp, RemoveImport, Replace
from sqlassay.rules.base import Note
from sqlassay.semantics.events import LoaderOptionMade, StatementRun
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.plans import BY_DEFAULT, NOTHING_SAID, Path, eager_names, same_path
from sqlassay.semantics.shapes import Criterion, Source
from sqlassay.semantics.sources import is_among, kin
from sqlassay.semantics.values import Model, Option, Statement
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

UNLOADED = frozenset(["count", "update", "delete"])
"""Methods of a Query that load no instances: loader options say nothing there."""


def loads(event: StatementRun) -> bool:
    """Whether a statement brings instances, loaded as its options say."""
    return event.statement.kind in ("select", "query") and event.method not in UNLOADED


def relationship_at(world: World, path: Path) -> RelationshipInfo | None:
    """The relationship at the end of a path."""
    model = world.model(path[-1][0]) if path else None
    return model.relationships.get(path[-1][1]) if model is not None else None


def strategy_at(world: World, statement: Statement, path: Path) -> str:
    """The option by which a path is loaded: the last one that names it, else what its relationship does by default."""
    for option in reversed(statement.options):
        if option.strategy not in NOTHING_SAID and same_path(world, option.path, path):
            return option.strategy
    if any(each.wildcard for each in statement.options):
        return "lazyload"
    relationship = relationship_at(world, path)
    return BY_DEFAULT.get(relationship.lazy or "", "lazyload") if relationship is not None else "lazyload"


def default_loads(world: World, statement: Statement) -> Iterator[tuple[Path, RelationshipInfo]]:
    """The relationships of a statement's entities that are loaded along because their class says so."""
    if statement.loose or any(each.wildcard for each in statement.options):
        return
    for entity in statement.entities:
        for name in eager_names(world, entity.ref) if isinstance(entity, Model) else ():
            path = ((entity.ref, name),) if isinstance(entity, Model) else ()
            relationship = relationship_at(world, path)
            named = any(same_path(world, each.path[:1], path) for each in statement.options)
            if not named and relationship is not None and relationship.certain:
                yield path, relationship


def target_of(world: World, option: Option) -> Source | None:
    """What an option loads: `of_type` tells it, else the relationship; None where that is not known."""
    if option.narrowed is not None:
        return option.narrowed
    relationship = relationship_at(world, option.path)
    return Source(relationship.target) if relationship is not None and relationship.target is not None else None


def linked(world: World, statement: Statement, source: Source) -> bool:
    """Whether the criteria may hold a source together with another one, as a join written in `where` does."""
    return any(
        not each.whole or any(is_among(world, link, source) for link in each.links)
        for each in statement.shape.criteria
        if each.method == "where"
    )


def is_whole(statement: Statement) -> bool:
    """Whether all that `where` was given is known."""
    return all(each.whole for each in statement.shape.criteria if each.method == "where")


def spelled(world: World, statement: Statement, path: Path) -> str:
    """How the statement's code writes a relationship of its first entity; empty for any other path."""
    entity = statement.entities[0] if statement.entities else None
    known = len(path) == 1 and isinstance(entity, Model) and not entity.alias and entity.ref == path[0][0]
    name = spelled_entity(world, statement, path[0][1]) if known else ""
    return f"{name}.{path[0][1]}" if name else ""


def spelled_entity(world: World, statement: Statement, relationship: str) -> str:
    """How the statement's code writes its first entity, to take a relationship of it; empty where that is not known."""
    place = statement.place
    if statement.spelled != "cls" or not place.anchor.startswith("class "):
        return statement.spelled
    around = world.model(Ref(place.path, place.anchor.removeprefix("class ").rpartition(".")[0]))
    return statement.spelled if around is not None and relationship in around.relationships else ""


def depends(event: StatementRun, part: Option | Criterion) -> bool:
    """Whether a branch of another function added a part: what that tests (which class it was given) is not seen."""
    unit = event.frame.unit
    place = part.place
    here = place is not None and (place.path, place.anchor) == (unit.path, unit.anchor)
    return not here and part in event.statement.shape.optional


def stands(event: StatementRun, part: Option | Criterion | None) -> tuple[Place, tuple[Note, ...]]:
    """Where a finding about a part of a statement stands, and what it notes.

    At the part, where that is in the code that is walked, with a note on where the statement runs; else where it runs.
    """
    unit, runs = event.frame.unit, event.at(event.node)
    place = part.place if part is not None else None
    if place is None or place == runs or (place.path, place.anchor) != (unit.path, unit.anchor):
        return runs, ()
    return place, (Note(runs, "the statement runs here"),)


def renamed(option: Option, strategy: str) -> tuple[AnyOp, ...]:
    """The operations that give an option another strategy; none where its call has arguments of its own."""
    place = option.function
    if place is None or option.keywords:
        return ()
    if option.behind is not None:
        return (Replace(place, f"{{0}}.{strategy}", (option.behind,)),)
    return (
        Replace(place, strategy),
        AddImport(place, "sqlalchemy.orm", strategy),
        RemoveImport(place, "sqlalchemy.orm", option.strategy),
    )


def renaming(event: LoaderOptionMade, strategy: str) -> tuple[AnyOp, ...]:
    """The same for an option that is being made."""
    func = event.call.func
    behind = event.at(func.value) if isinstance(func, n.Attribute) else None
    keywords = frozenset(event.keywords)
    return renamed(Option(event.strategy, (), function=event.at(func), behind=behind, keywords=keywords), strategy)


def same_hierarchy(world: World, left: Source, right: Source) -> bool:
    """Whether two sources are one, or classes of one hierarchy."""
    return left.alias == right.alias and kin(world, left.model, right.model)


def shown(path: Path) -> str:
    """A path as a person says it: `Post.author.posts`."""
    return ".".join((f"{path[0][0].name}.{path[0][1]}", *(name for _, name in path[1:]))) if path else ""
