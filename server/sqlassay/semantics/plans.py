"""What a statement loads along with its rows, and so what reading a relationship later runs."""

from __future__ import annotations

from collections.abc import Iterable

from sqlassay.semantics import values as v
from sqlassay.semantics.models import ColumnInfo, ModelInfo, RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

EAGER_OPTIONS = frozenset({"joinedload", "selectinload", "subqueryload", "contains_eager", "immediateload"})
"""Loader options after which the attribute is there."""

LAZY_STRATEGIES = frozenset({"select", "True"})
"""Values of `lazy=` with which reading the attribute runs a SELECT."""

LOADERS = {"references": "joinedload", "collections": "selectinload"}
"""The loader that fixes give to a query for what a row has one of, and many of, unless somebody configures another."""

NOWHERE = Ref("", "")
"""The class of an attribute that a string names: whatever the statement selects, or the step before leads to."""

Path = tuple[tuple[Ref, str], ...]
"""A way from a statement's entity: each step a class and its attribute."""

RUNS, HERE, RAISES = "runs", "here", "raises"
"""What a read comes to: it runs a SELECT; what is read is there already; it raises, since loading is forbidden."""

_BY_OPTION = {
    **dict.fromkeys([*EAGER_OPTIONS, "noload", "joinedload_all", "subqueryload_all", "eagerload"], HERE),
    "lazyload": RUNS,
    "raiseload": RAISES,
}
BY_DEFAULT = {
    "joined": "joinedload",
    "selectin": "selectinload",
    "subquery": "subqueryload",
    "immediate": "immediateload",
    "False": "joinedload",
}
"""Values of `lazy=` with which a query brings what is on the other side, as the option that does the same."""

_BY_MODEL = {
    **dict.fromkeys(LAZY_STRATEGIES, RUNS),
    **dict.fromkeys([*BY_DEFAULT, "noload", "dynamic", "write_only"], HERE),
    "raise": RAISES,
    "raise_on_sql": RAISES,
}
COLUMN_OPTIONS = frozenset(
    (
        "load_only defer undefer undefer_group defer_group with_expression selectin_polymorphic with_loader_criteria"
    ).split()
)
"""Options that speak of columns or criteria, not of how a relationship is loaded."""

NOTHING_SAID = COLUMN_OPTIONS | {"defaultload"}
"""Options that leave it open how the relationship at the end of their path is loaded."""


def on_read(world: World, entity: v.Entity, relationship: RelationshipInfo) -> str | None:
    """What reading the relationship off the instance comes to (RUNS, HERE, RAISES); None where nobody can say."""
    load = entity.load
    if entity.parent_link and relationship.name == entity.parent_link:
        # The way back to the instance it was reached from: the identity map has it.
        return HERE
    if relationship.made_by_backref and relationship.lazy is None:
        return None
    if load.kind not in ("query", "get") or relationship.viewonly is None:
        return None
    statement = load.statement
    wanted = (*load.path, (entity.model, relationship.name))
    if statement is not None:
        strategy = strategy_of(world, statement, wanted)
        if strategy is not None:
            return _by_option(strategy, relationship)
        if statement.loose and (v.DYNAMIC not in statement.traits or "options" in statement.traits):
            return None
    if relationship.lazy is None or (statement is not None and _selected_beside(world, statement, relationship)):
        return None
    if relationship.lazy == "raise_on_sql" and relationship.direction == "many-to-one":
        return None  # it is given where the session holds it
    return _BY_MODEL.get(relationship.lazy)


def is_left_out(world: World, entity: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether the instance's query leaves the relationship empty (`noload`), so that reading it leads nowhere."""
    statement = entity.load.statement
    wanted = (*entity.load.path, (entity.model, relationship.name))
    strategy = strategy_of(world, statement, wanted) if statement is not None and statement.options else None
    return (strategy or relationship.lazy) == "noload"


def _by_option(strategy: str, relationship: RelationshipInfo) -> str | None:
    if strategy == "raiseload on SQL":
        return None if relationship.direction == "many-to-one" else RAISES
    return _BY_OPTION.get(strategy)


def strategy_of(world: World, statement: v.Statement, wanted: Path) -> str | None:
    """The loader option that holds for a relationship at the end of a path; None where the options say nothing.

    One that names the path goes before a wildcard, and the last of its kind before the others. (`orm.strategy_options`;
    a wildcard alone is for the relationships of all entities, one at the end of a path for those of its target.)
    """
    named: str | None = None
    wildcards: dict[int, str] = {}
    for option in statement.options:
        if option.strategy in NOTHING_SAID:
            continue
        if option.wildcard:
            if not option.path or same_path(world, option.path, wanted[:-1]):
                wildcards[len(option.path)] = option.strategy
        elif same_path(world, option.path, wanted):
            named = option.strategy
        elif named is None and len(option.path) > len(wanted) and same_path(world, option.path[: len(wanted)], wanted):
            # `joinedload("posts.tags")`: what it says of the steps before the last depends on the version.
            named = "joinedload"
    if named is not None:
        return named
    return wildcards[max(wildcards)] if wildcards else None


def on_column_read(world: World, entity: v.Entity, model: ModelInfo, name: str) -> str | None:
    """What reading a column off an instance comes to, by what its query left out; as `on_read` says it."""
    load, column = entity.load, model.columns[name]
    statement = load.statement
    if load.kind not in ("query", "get") or statement is None or column.primary_key or not column.certain:
        return None
    answer = RUNS if column.deferred else HERE
    for option in statement.options:
        if option.strategy not in COLUMN_OPTIONS or not same_path(world, option.path, load.path):
            continue
        if option.strategy in _GROUPS:
            return None
        named = option.wildcard or any(
            each[1] == name and (each[0] == NOWHERE or related(world, each[0], entity.model)) for each in option.columns
        )
        absent = RAISES if option.raises else RUNS
        if option.strategy == "load_only":
            mine = any(each[0] == NOWHERE or related(world, each[0], entity.model) for each in option.columns)
            answer = (HERE if named else absent) if mine else answer
        elif named:
            answer = absent if option.strategy == "defer" else HERE if option.strategy == "undefer" else answer
    return None if answer != HERE and (statement.loose or name == model.polymorphic_on) else answer


_GROUPS = frozenset(["undefer_group", "defer_group"])


def eager_names(world: World, ref: Ref) -> tuple[str, ...]:
    """The relationships of a class that its instances are loaded along with, unless an option says otherwise.

    Kept, and compared: most classes have none, and those who ask have nothing to do with their other relationships.
    """

    def find() -> tuple[str, ...]:
        model = world.model(ref)
        found = model.relationships.items() if model is not None else ()
        return tuple(name for name, each in found if each.lazy in BY_DEFAULT)

    names: tuple[str, ...] = world.memo.cut(("eager names", ref), find, ())
    return names


def brought_along(world: World, ref: Ref, names: Iterable[str] = ()) -> set[Ref]:
    """The classes whose instances come with one that is loaded: what is eager, and what these relationships lead to."""
    found: set[Ref] = set()
    model = world.model(ref)
    targets = [model.relationships[each].target for each in names if each in model.relationships] if model else []
    left = [ref, *(each for each in targets if each is not None)]
    while left:
        one = left.pop()
        if one in found:
            continue
        found.add(one)
        model = world.model(one)
        eager = [model.relationships[each].target for each in eager_names(world, one)] if model is not None else []
        left.extend(each for each in eager if each is not None)
    return found


def brought_by(world: World, statement: v.Statement) -> set[Ref] | None:
    """The classes whose instances a statement loads; None where it may be any."""
    if statement.loose or not statement.entities:
        return None
    found: set[Ref] = set()
    for each in statement.entities:
        if isinstance(each, v.Model):
            found |= brought_along(world, each.ref)
    for option in statement.options:
        for ref, name in option.path:
            if ref == NOWHERE:
                return None
            found |= brought_along(world, ref, (name,))
    return found


def deletes_others(world: World, ref: Ref) -> bool:
    """Whether deleting an instance of a class may delete others along with it, by a cascade of the ORM."""
    model = world.model(ref)
    return model is None or any(
        each.cascade is None or "all" in each.cascade or "delete" in each.cascade
        for each in model.relationships.values()
        if "cascade" in each.keywords or not each.certain
    )


def _selected_beside(world: World, statement: v.Statement, relationship: RelationshipInfo) -> bool:
    """Whether the rows hold what a reference leads to as well: `select(Post, User).join(Post.author)`."""
    target = relationship.target
    return (
        target is not None
        and relationship.direction == "many-to-one"
        and any(isinstance(each, v.Model) and related(world, each.ref, target) for each in statement.entities[1:])
    )


def is_held(world: World, values: Iterable[v.Value], entity: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether some of the values hold what a reference leads to, brought by other queries: the session knows that."""
    target = relationship.target
    if target is None or relationship.uselist is True:
        return False
    return any(
        related(world, each.model, target) and each.load.statement != entity.load.statement
        for value in values
        for each in (*v.held(value), *v.fetched_alone(value))
    )


def alike_in_all_rows(world: World, entity: v.Entity, relationship: RelationshipInfo) -> bool:
    """Whether the criteria of its query leave only one instance, or one thing that the reference can lead to."""
    statement, model = entity.load.statement, world.model(entity.model)
    if statement is None or model is None:
        return False
    pinned = {each.attribute for each in statement.pinned if related(world, each.model, entity.model)}
    if _one_in_all(world, statement, entity):
        return True
    if relationship.direction is None and relationship.uselist is not True:
        # It may be a reference by any of the keys.
        return relationship.name in pinned or any(_is_key(model, each) for each in pinned)
    if relationship.direction != "many-to-one":
        return False
    local = {pair.local[1] for pair in relationship.pairs}
    if local:
        return relationship.name in pinned or local <= columns_of(model, pinned)
    return relationship.name in pinned or not pinned.isdisjoint(_references(world, model, relationship))


def _is_key(model: ModelInfo, attribute: str) -> bool:
    column = model.columns.get(attribute)
    return column is not None and bool(column.foreign_keys)


def _one_in_all(world: World, statement: v.Statement, entity: v.Entity) -> bool:
    """Whether the way from the rows to the instance comes to one only: one row, or references that all rows share."""
    path = entity.load.path
    alike = is_one_row(world, statement, path[0][0] if path else entity.model)
    for ref, name in path:
        model = world.model(ref)
        relationship = model.relationships.get(name) if model is not None else None
        if model is None or relationship is None or relationship.uselist is not False:
            return False
        local = {pair.local[1] for pair in relationship.pairs}
        if local and relationship.direction == "many-to-one":
            alike = alike or local <= _pinned_columns(world, statement, model)
    return alike


def is_one_row(world: World, statement: v.Statement, ref: Ref) -> bool:
    """Whether the criteria certainly leave one row of a class at most: they set a primary key, or what is unique."""
    model = world.model(ref)
    if model is None:
        return False
    pinned = _pinned_columns(world, statement, model)
    return any(each <= pinned for each in unique_keys(world, model))


def unique_keys(world: World, model: ModelInfo) -> list[set[str]]:
    """The sets of columns, by their names in the database, one value for which leaves one row of a class at most."""
    columns = model.columns.values()
    found = [{each.name for each in columns if each.primary_key}, *({each.name} for each in columns if each.unique)]
    table = world.table(model.table_key, model.metadata) if model.table_key is not None else None
    if table is not None:
        found += [set(each.columns) for each in table.constraints if each.kind in ("unique", "primary key")]
        found += [{part or "" for part in each.columns} for each in table.indexes if each.unique and not each.partial]
        found.append(set(table.primary_key))
    return [each for each in found if each]


def columns_of(model: ModelInfo, attributes: Iterable[str]) -> set[str]:
    """The columns of attributes, by their names in the database; of a reference those that it goes by."""
    found: set[str] = set()
    for each in attributes:
        if each in model.columns:
            found.add(model.columns[each].name)
        elif each in model.relationships:
            found.update(pair.local[1] for pair in model.relationships[each].pairs)
    return found


def _pinned_columns(world: World, statement: v.Statement, model: ModelInfo) -> set[str]:
    """The columns, by their names in the database, that the criteria set to one value."""
    return columns_of(model, (each.attribute for each in statement.pinned if related(world, each.model, model.ref)))


def _references(world: World, model: ModelInfo, relationship: RelationshipInfo) -> set[str]:
    """The columns that a reference goes by: those it names, else the foreign keys to its table."""
    foreign = relationship.keywords.get("foreign_keys")
    listed = foreign.elts if isinstance(foreign, n.ListExpr | n.TupleExpr) else (foreign,)
    named = {each.id for each in listed if isinstance(each, n.Name)}
    return named or {name for name, column in model.columns.items() if _leads_to(world, column, relationship)}


def _leads_to(world: World, column: ColumnInfo, relationship: RelationshipInfo) -> bool:
    """Whether the column is a foreign key to the relationship's table (or to one that cannot be read)."""
    target = world.model(relationship.target) if relationship.target is not None else None
    table = target.table if target is not None else None
    return any(
        each.target is None or table is None or each.target.split(".")[-2:-1] == [table.rsplit(".", 1)[-1]]
        for each in column.foreign_keys
    )


def same_path(world: World, left: tuple[tuple[Ref, str], ...], right: tuple[tuple[Ref, str], ...]) -> bool:
    """Whether two paths name the same attributes, a subclass's attribute being its base's."""
    if len(left) != len(right):
        return False
    return all(a[1] == b[1] and related(world, a[0], b[0]) for a, b in zip(left, right, strict=True))


def related(world: World, left: Ref, right: Ref) -> bool:
    """Whether one class is the other or inherits from it; what strings name may be any."""
    if left == right or NOWHERE in (left, right):
        return True
    mine, theirs = world.model(left), world.model(right)
    return (mine is not None and right in mine.bases) or (theirs is not None and left in theirs.bases)
