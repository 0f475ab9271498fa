"""How two mapped classes are joined, by SQLAlchemy's own algorithm: foreign keys between their tables, what the
relationship says of them, and the direction that follows."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sqlassay.project.mapping.conditions import Column, Condition, columns_given, condition_of
from sqlassay.project.mapping.rawrelationships import RawRelationship
from sqlassay.project.mapping.rawtables import RawTable
from sqlassay.project.mapping.world import World
from sqlassay.semantics.models import Pair
from sqlassay.semantics.world import Ref


class Side(Struct):
    """What a class is loaded from: its tables, its own first."""

    ref: Ref
    tables: list[RawTable]

    @property
    def columns(self) -> set[Column]:
        return {(table.key, name) for table in self.tables for name in table.columns}


class Join(Struct):
    """A join as far as it is known."""

    how: str
    """As `RelationshipInfo.join`."""
    direction: str | None = None
    pairs: tuple[Pair, ...] = ()
    self_referential: bool = False


class _Ambiguous(Exception):
    pass


def determine(world: World, ref: Ref, raw: RawRelationship, parent: Side, target: Side) -> Join:
    """How `parent` is joined to `target` by a relationship of the class `ref`."""
    selfish = bool({id(each) for each in parent.tables} & {id(each) for each in target.tables})
    if raw.info.secondary:
        return _through(world, ref, raw, parent, target, selfish)
    given = raw.arguments.keywords
    picked, known = columns_given(world, ref, raw, "foreign_keys")
    remote, remote_known = columns_given(world, ref, raw, "remote_side")
    how = "foreign_keys" if picked else "foreign keys"
    if "primaryjoin" in given:
        condition = condition_of(world, ref, *given["primaryjoin"])
        how = "given"
    elif not known:
        return Join("unknown", self_referential=selfish)
    else:
        try:
            found = _by_keys(world, parent.tables, target.tables, picked)
        except _Ambiguous:
            return Join("ambiguous", self_referential=selfish)
        if found is None:
            sure = all(each.certain for each in (*parent.tables, *target.tables)) and raw.arguments.whole
            return Join("none" if sure else "unknown", self_referential=selfish)
        condition = Condition(found, [each for pair in found for each in pair])
    if not known or not remote_known:
        return Join("unknown", self_referential=selfish)
    return _directed(world, how, condition, set(picked), set(remote), parent, target, selfish)


def _directed(
    world: World,
    how: str,
    condition: Condition,
    picked: set[Column],
    remote: set[Column],
    parent: Side,
    target: Side,
    selfish: bool,
) -> Join:
    foreign = set(condition.foreign) or (picked & set(condition.columns))
    if not foreign:
        foreign = {each for pair in condition.equal if (each := _referring(world, pair, parent, target)) is not None}
    here, there = parent.columns, target.columns
    marked = condition.remote or remote or _remote(condition, foreign, parent, target)
    pairs = _pairs(condition, here, marked)
    many, one = bool(foreign & there), bool(foreign & here)
    direction: str | None = None
    if many and one:
        far = {each for each in foreign if each in marked}
        near = foreign - marked
        if far and near:
            equated = marked & (set(condition.columns) - marked)
            far, near = far - equated, near - equated
        if far and not near:
            direction = "one-to-many"
        elif near and not far:
            direction = "many-to-one"
    elif many:
        direction = "one-to-many"
    elif one:
        direction = "many-to-one"
    if direction is None and not condition.whole:
        how = "unknown"
    return Join(how, direction, pairs, selfish)


def _remote(condition: Condition, foreign: set[Column], parent: Side, target: Side) -> set[Column]:
    """The columns that are on the far side where nothing marks them."""
    here, there = parent.columns, target.columns
    shared = {each.key for each in parent.tables} & {each.key for each in target.tables}
    if any(left[0] in shared and right[0] in shared for left, right in condition.equal):
        return foreign
    if shared:
        out: set[Column] = set()
        for pair in condition.equal:
            for near, far in (pair, pair[::-1]):
                if near in here and far in there:
                    out.add(far)
        return out
    local = {(table.key, name) for table in parent.tables[:1] for name in table.columns}
    own = {(table.key, name) for table in target.tables[:1] for name in table.columns}
    return {each for each in condition.columns if each in there and (each not in local or each in own)}


def _pairs(condition: Condition, here: set[Column], remote: set[Column]) -> tuple[Pair, ...]:
    out = []
    for left, right in condition.equal:
        if (right in remote) != (left in remote):
            near, far = (left, right) if right in remote else (right, left)
        else:
            near, far = (left, right) if left in here else (right, left)
        out.append(Pair(near, far))
    return tuple(dict.fromkeys(out))


def _referring(world: World, pair: tuple[Column, Column], parent: Side, target: Side) -> Column | None:
    """Which of two columns has the foreign key to the other."""
    for table in (*parent.tables, *target.tables):
        for one, other in (pair, pair[::-1]):
            if one[0] == table.key and other in world.graph.targets(table, one[1]):
                return one
    return None


def _through(world: World, ref: Ref, raw: RawRelationship, parent: Side, target: Side, selfish: bool) -> Join:
    secondary = raw_secondary(world, ref, raw)
    if secondary is None:
        return Join("unknown", "many-to-many", (), selfish)
    given = raw.arguments.keywords
    picked, known = columns_given(world, ref, raw, "foreign_keys")
    out: list[Pair] = []
    how = "foreign keys"
    for side, keyword, local in ((parent, "primaryjoin", True), (target, "secondaryjoin", False)):
        if keyword in given:
            condition = condition_of(world, ref, *given[keyword])
            how = "given"
            equal = condition.equal
        else:
            try:
                found = _by_keys(world, side.tables, [secondary], picked if known else [])
            except _Ambiguous:
                return Join("ambiguous", "many-to-many", (), selfish)
            if found is None:
                sure = known and secondary.certain and all(each.certain for each in side.tables)
                return Join("none" if sure else "unknown", "many-to-many", (), selfish)
            equal = found
        for left, right in equal:
            mine, other = (left, right) if right[0] == secondary.key else (right, left)
            out.append(Pair(mine, other) if local else Pair(other, mine))
    return Join(how, "many-to-many", tuple(dict.fromkeys(out)), selfish)


def raw_secondary(world: World, ref: Ref, raw: RawRelationship) -> RawTable | None:
    """The table that a relationship goes through."""
    from sqlassay.project.mapping import relating

    return relating.secondary_of(world, ref, raw)


# ---------------------------------------------------------------- foreign keys


def _by_keys(
    world: World, left: list[RawTable], right: list[RawTable], picked: Iterable[Column]
) -> list[tuple[Column, Column]] | None:
    """The columns that foreign keys between two sides set equal; None where there are none.

    Keys of the nearest table of `left` count first. Raises _Ambiguous where several lead to different columns.
    """
    wanted = set(picked)
    found: dict[tuple[object, ...], list[tuple[Column, Column]]] = {}
    for some in ([left[0]], left) if left else ():
        for key, pairs in _between(world, right, some, wanted):
            found.setdefault(key, []).extend(pairs)
        if some is not right:
            for key, pairs in _between(world, some, right, wanted):
                if key not in found or not (set(pairs) <= set(found[key])):
                    found.setdefault(key, []).extend(pairs)
        if found:
            break
    if len(found) > 1 and wanted:
        exact = {key: pairs for key, pairs in found.items() if {each for _, each in pairs} == wanted}
        found = exact or found
    if len(found) > 1 and len({tuple(pairs) for pairs in found.values()}) > 1:
        raise _Ambiguous
    return next(iter(found.values()), None)


def _between(
    world: World, holders: list[RawTable], referred: list[RawTable], wanted: set[Column]
) -> Iterable[tuple[tuple[object, ...], list[tuple[Column, Column]]]]:
    """The foreign keys of some tables that lead into others: by constraint, (referred column, column)."""
    there = {table.key: table for table in referred}
    for holder in holders:
        for key, parts in world.graph.keys_of(holder):
            pairs = []
            for name, goal in parts:
                mine = (holder.key, name)
                if wanted and mine not in wanted:
                    continue
                if goal is not None and goal[0] in there and goal[1] in there[goal[0]].columns:
                    pairs.append((goal, mine))
            if pairs:
                yield (holder.key, *key), pairs
