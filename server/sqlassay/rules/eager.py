"""The loader option that a query lacks: what to write, and the fix that writes it where the query stands."""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.model import ImportFact
from sqlassay.findings import Lazy
from sqlassay.fixes.ops import AddImport, AnyOp, ChainCall, ExtendKeyword, Fix, Replace
from sqlassay.rules import casts
from sqlassay.rules.loaders import spelled_entity
from sqlassay.semantics import names
from sqlassay.semantics.events import Event
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.plans import LAZY_STRATEGIES, Path, same_path
from sqlassay.semantics.values import DYNAMIC, Entity, Model, Statement
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_PLAIN = frozenset("where filter filter_by order_by options join outerjoin limit offset".split()) | {DYNAMIC}
"""Methods of a statement that a join for a many-to-one leaves alone. (Not so GROUP BY, DISTINCT, FOR UPDATE.)"""

_PAST = (*sorted(_PLAIN), "distinct", "execution_options", "group_by", "having", "select_from", "with_for_update")
"""Methods that leave a statement's entities as they are: loaders may be given before them or after."""

_CHAINED = frozenset({"joinedload", "selectinload", "subqueryload", "contains_eager", "immediateload", "defaultload"})
"""Loaders that another one may be chained on."""


class Step(Struct, frozen=True):
    """One loader of a chain: `selectinload(User.posts)`."""

    strategy: str
    model: Ref
    attribute: str


class Advice(Struct, frozen=True):
    """What to add to a query. `code` is how a person says it: `.options(selectinload(User.posts))`."""

    code: str
    fix: Fix | None


def advise(event: Event, entity: Entity, relationship: RelationshipInfo) -> Advice | None:
    """The option with which the statement that brought `entity` also loads `relationship`; None without one.

    `code` is said of the statement as a whole; the fix lengthens a loader that stands there already, where one leads to
    the same place.
    """
    statement = entity.load.statement
    if statement is None or statement.kind not in ("select", "query"):
        return None
    steps = list(_steps(event.world, statement, entity, relationship))
    imports: list[AddImport] = []
    classes = _spellings(event.world, statement, steps, imports)
    code = _option(statement, _chain(steps, classes or [step.model.name.rsplit(".", 1)[-1] for step in steps]))
    return Advice(code, _fix(event.world, statement, steps, classes, imports) if classes else None)


def lazy(entity: Entity, relationship: RelationshipInfo) -> Lazy:
    """The relationship of an instance, as a finding about a lazy load names it."""
    return Lazy(entity.model.path, entity.model.name, relationship.name)


def _chain(steps: list[Step], classes: list[str]) -> str:
    loaders = [f"{step.strategy}({name}.{step.attribute})" for step, name in zip(steps, classes, strict=True)]
    return ".".join(loaders)


def _written(world: World, path: str, steps: list[Step], classes: list[str]) -> str:
    """The chain as a file takes it: its relationships in a cast where they need one, and the file has one."""
    loaders = []
    for step, name in zip(steps, classes, strict=True):
        relationship = _relationship(world, step)
        cast = casts.cast_in(world, path) if relationship is not None and casts.needs_one(relationship) else ""
        attribute = f"{name}.{step.attribute}"
        loaders.append(f"{step.strategy}({cast}({attribute}))" if cast else f"{step.strategy}({attribute})")
    return ".".join(loaders)


def _relationship(world: World, step: Step) -> RelationshipInfo | None:
    model = world.model(step.model)
    return model.relationships.get(step.attribute) if model is not None else None


def _option(statement: Statement, chain: str) -> str:
    """How a loader is given: to a statement by its method, to `session.get()` in an argument."""
    return f"options=[{chain}]" if "get" in statement.traits else f".options({chain})"


def _steps(world: World, statement: Statement, entity: Entity, relationship: RelationshipInfo) -> Iterator[Step]:
    path = entity.load.path
    for index, (model, attribute) in enumerate(path, 1):
        yield Step(_known_strategy(world, statement, path[:index]), model, attribute)
    yield Step(_strategy(world, statement, relationship), entity.model, relationship.name)


def _known_strategy(world: World, statement: Statement, path: Path) -> str:
    """How a relationship on the way is loaded: as the statement's options say, or its model; else to be loaded too."""
    for option in reversed(statement.options):
        if option.strategy in _CHAINED and not option.wildcard and same_path(world, option.path, path):
            return option.strategy
    model = world.model(path[-1][0])
    relationship = model.relationships.get(path[-1][1]) if model is not None else None
    if relationship is None or relationship.lazy not in LAZY_STRATEGIES | {"raise", "raise_on_sql"}:
        return "defaultload"
    return _strategy(world, statement, relationship)


def _strategy(world: World, statement: Statement, relationship: RelationshipInfo) -> str:
    """As configured; a join only as long as it cannot be in the way of the statement."""
    one = relationship.uselist is False
    wanted = world.loader("references" if one else "collections")
    # A joined collection takes `unique()` on the result; a Query sees to it itself.
    fits = statement.traits <= _PLAIN and (one or statement.kind == "query" or statement.ran is not None)
    return wanted if wanted != "joinedload" or fits else "selectinload"


def _fix(world: World, statement: Statement, steps: list[Step], classes: list[str], imports: list[AddImport]) -> Fix:
    """The operations that give the statement the loaders. `imports` are those that `classes` take."""
    place = statement.place
    known = _standing(world, statement, steps)
    if known is not None:
        there, count = known
        more = _written(world, place.path, steps[count:], classes[count:])
        used = classes[count:]
        imports = [each for each in imports if each.name in used]
        chained = Replace(there, "{0}." + more, (there,))
        return Fix(
            f"Add `.{more}` to its loader", False, (chained, *_unique(world, statement, steps[count:]), *imports)
        )
    chain = _written(world, place.path, steps, classes)
    add: AnyOp = ChainCall(place, "options", chain, _PAST)
    if "get" in statement.traits:
        add = ExtendKeyword(place, "options", chain)
    imported = AddImport(place, "sqlalchemy.orm", steps[0].strategy)
    title = f"Add `{_option(statement, chain)}` to the query"
    return Fix(title, False, (add, *_unique(world, statement, steps), *imports, imported))


def _unique(world: World, statement: Statement, steps: list[Step]) -> Iterator[Replace]:
    """`unique()` on the result of a select() that now joins a collection: without it SQLAlchemy raises."""
    joined = [_relationship(world, step) for step in steps if step.strategy == "joinedload"]
    many = any(each is not None and each.uselist for each in joined)
    if many and statement.kind == "select" and statement.ran is not None:
        yield Replace(statement.ran, "{0}.unique()", (statement.ran,))


def _standing(world: World, statement: Statement, steps: list[Step]) -> tuple[Place, int] | None:
    """The longest chain of the statement's that loads the first of the steps, and ends there; and how many it loads."""
    ways = [(step.model, step.attribute) for step in steps[:-1]]
    best: tuple[Place, int] | None = None
    for option in statement.options:
        place, count = option.place, len(option.path)
        if place is None or place.path != statement.place.path or not ways or option.strategy not in _CHAINED:
            continue
        if option.wildcard or not same_path(world, option.path, tuple(ways[:count])):
            continue
        goes_on = any(_begins_with(each.place, place) for each in statement.options if each is not option)
        if not goes_on and (best is None or count > best[1]):
            best = place, count
    return best


def _begins_with(longer: Place | None, place: Place) -> bool:
    """Whether a chain goes on after the loader at `place`."""
    return longer is not None and longer != place and longer.start == place.start and longer.holds(place)


def _spellings(world: World, statement: Statement, steps: list[Step], imports: list[AddImport]) -> list[str]:
    """The classes of the steps as the statement's file can name them; none where it cannot name one of them.

    What that takes is added to `imports`.
    """
    classes: list[str] = []
    for step in steps:
        name = _spelling(world, statement, step.model, imports) if classes else _first(world, statement, step, imports)
        if not name:
            return []
        classes.append(name)
    return classes


def _first(world: World, statement: Statement, step: Step, imports: list[AddImport]) -> str:
    """How the statement spells the entity that a path begins at; empty for one of two alike, or of no certain name."""
    found = [each for each in statement.entities if isinstance(each, Model) and each.ref == step.model]
    if len(found) != 1:
        return ""
    if found[0] is statement.entities[0]:
        return spelled_entity(world, statement, step.attribute)
    return "" if found[0].alias else _spelling(world, statement, step.model, imports)


def _spelling(world: World, statement: Statement, model: Ref, imports: list[AddImport]) -> str:
    """A class further along the path, as the statement's file can name it; noted in `imports` where that takes one."""
    path = statement.place.path
    facts = world.facts(path)
    name = model.plain
    owner, _, root = statement.spelled.rpartition(".")
    if facts is None:
        return ""
    locally = [local for local, each in facts.imports.items() if each.name == name]
    candidates: list[n.Expr] = [n.Name(0, 0, each) for each in (name, *locally) if each not in facts.typing_only]
    if owner and "." not in owner:
        candidates.append(n.Attribute(0, 0, n.Name(0, 0, owner), name))
    for each in candidates:
        if names.resolve_expression(world, path, each) == names.InProject("class", model):
            return f"{owner}.{name}" if isinstance(each, n.Attribute) else getattr(each, "id", "")
    imported = facts.imports.get(root) if not owner and root not in facts.typing_only else None
    beside = _importable(world, path, imported, model) if imported is not None and "." not in name else None
    if beside is None:
        return ""
    imports.append(AddImport(statement.place, "." * beside.level + beside.module, name))
    return name


def _importable(world: World, path: str, imported: ImportFact, model: Ref) -> ImportFact | None:
    """An import of a class that brings no module which an import of the file does not bring already: no new cycles."""
    wanted = names.InProject("class", model)
    module = world.module_path(path, imported.module, imported.level)
    facts = world.facts(module) if module is not None else None
    beside = ImportFact(imported.module, model.plain, imported.level)
    if module is None or facts is None:
        return None
    # What a module takes from another one, the other one gives; a package is there to give what it holds.
    if model.path != module and os.path.basename(module) != "__init__.py":
        for local, each in facts.imports.items():
            if each.name != model.plain or local in facts.typing_only or names.follow(world, module, each) != wanted:
                continue
            same = world.module_path(module, each.module, each.level)
            if same is not None and same == world.module_path(path, each.module, each.level):
                return each
    return beside if names.follow(world, path, beside) == wanted else None
