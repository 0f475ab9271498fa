"""What methods of a statement add to its shape: joins, what it selects from, criteria."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from sqlassay.semantics import clauses, shapes
from sqlassay.semantics import values as v
from sqlassay.semantics.shapes import Criterion, Join, Shape, Source
from sqlassay.semantics.site import Site
from sqlassay.semantics.world import World


def shaped(site: Site, statement: v.Statement, name: str) -> Shape:
    """The shape of a statement after its method `name` was called."""
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(site, statement, name)
    return statement.shape if name in _NEUTRAL else shapes.opened(statement.shape)


def along(world: World, attribute: v.Mapped) -> Source | None:
    """What a relationship leads to; None where that is not known, or where the attribute is no relationship."""
    if attribute.narrowed is not None:
        return attribute.narrowed.source
    model = world.model(attribute.model)
    relationship = model.relationships.get(attribute.name) if model is not None else None
    return Source(relationship.target) if relationship is not None and relationship.target is not None else None


# --------------------------------------------------------------------- joins


def _joined(site: Site, statement: v.Statement, name: str) -> Shape:
    """`join(User.posts)`, `join(Post)`, `join(Post, Post.user_id == User.id)`, `join_from(User, Post)`."""
    shape = statement.shape
    args = list(site.args)
    target = site.keywords.get("target")
    if target is not None:
        args.append(target)
    froms = shape.froms
    if name.endswith("_from") and args:
        left = args.pop(0)
        if not isinstance(left, v.Model):
            return shapes.opened(shape)
        froms = (*froms, left.source)
    flags = [site.keywords.get("isouter"), site.keywords.get("full")]
    outer = name.startswith("outer") or any(isinstance(each, v.Const) and each.value is True for each in flags)
    found = list(_joins(site.ev.world, statement, args, outer))
    if not found or site.starred or None in found:
        shape = shapes.opened(shape)
    return replace(shape, froms=froms, joins=(*shape.joins, *(each for each in found if each is not None)))


def _joins(world: World, statement: v.Statement, args: list[v.Value], outer: bool) -> Iterator[Join | None]:
    """What the arguments of `join` join; None for what cannot be read."""
    first = args[0] if args else v.UNKNOWN
    if isinstance(first, v.TupleValue) and first.items:
        first, *rest = first.items
    else:
        rest = args[1:]
    if isinstance(first, v.Model):
        given = next((each for each in rest if isinstance(each, v.Mapped) and along(world, each) is not None), None)
        yield Join(first.source, (given.model, given.name) if given is not None else None, outer)
        return
    path = [each.value for each in args if isinstance(each, v.Const) and isinstance(each.value, str)]
    if path:
        yield from _named(world, statement, ".".join(path), outer)
        return
    for each in args:
        if isinstance(each, v.Mapped):
            source = along(world, each)
            yield Join(source, (each.model, each.name), outer) if source is not None else None
        elif each is first:
            yield None


def _named(world: World, statement: v.Statement, names: str, outer: bool) -> Iterator[Join | None]:
    """`join("posts")` of 1.x: a relationship of what was joined last, or of the first entity."""
    joins = statement.shape.joins
    left = joins[-1].source if joins else None
    entity = statement.entities[0] if statement.entities else None
    root = entity.source if isinstance(entity, v.Model) else None
    for name in names.split("."):
        found: Join | None = None
        for start in (left, root):
            source = along(world, v.Mapped(start.model, name)) if start is not None else None
            if source is not None and start is not None:
                found = Join(source, (start.model, name), outer)
                break
        yield found
        left = found.source if found is not None else None


def _selected_from(site: Site, statement: v.Statement, _name: str) -> Shape:
    shape = statement.shape
    known = [each for each in site.args if isinstance(each, v.Model)]
    if len(known) < len(site.args) or not site.args or site.starred:
        shape = shapes.opened(shape)
    return replace(shape, froms=(*shape.froms, *(each.source for each in known)))


# ------------------------------------------------------------------ criteria


_CRITERIA = {"where": "where", "filter": "where", "having": "having", "order_by": "order_by", "group_by": "group_by"}


def _narrowed(site: Site, statement: v.Statement, name: str) -> Shape:
    shape = statement.shape
    method = _CRITERIA.get(name, name)
    if method == "order_by" and len(site.args) == 1 and not_given(site.args[0]):
        return replace(shape, criteria=tuple(each for each in shape.criteria if each.method != "order_by"))
    found = list(shape.criteria)
    for value, node in clauses.arguments(site):
        if node is None and isinstance(value, v.Unknown):
            # `*conditions`
            found.append(Criterion(method, frozenset(), frozenset(), False, site.place))
            continue
        parts = clauses.Gathered([(value, None)])
        place = site.ev.place(node) if node is not None else site.place
        found.append(Criterion(method, frozenset(parts.columns), frozenset(parts.links), parts.whole, place))
    return replace(shape, criteria=tuple(dict.fromkeys(found)))


def not_given(value: v.Value) -> bool:
    """Whether an argument takes back what was said before: `order_by(None)`, `limit(None)`."""
    return isinstance(value, v.Const) and (value.value is None or value.value is False)


_HANDLERS: dict[str, Callable[[Site, v.Statement, str], Shape]] = {
    **dict.fromkeys(("join", "outerjoin", "join_from", "outerjoin_from"), _joined),
    "select_from": _selected_from,
    **dict.fromkeys((*_CRITERIA, "distinct"), _narrowed),
}

_NEUTRAL = frozenset(
    (
        "options limit offset slice fetch filter_by execution_options yield_per populate_existing params "
        "enable_eagerloads with_for_update with_labels with_session add_columns add_column add_entity with_entities "
        "with_only_columns autoflush enable_assertions set_label_style returning values column prefix_with "
        "suffix_with with_hint with_statement_hint correlate correlate_except only_return_tuples reset_joinpoint "
        "compile __iter__ all first one one_or_none first_or_404 one_or_404 get get_or_404 paginate scalar count "
        "exists update delete subquery cte scalar_subquery alias as_scalar label on_conflict_do_update "
        "on_conflict_do_nothing inline"
    ).split()
)
"""Methods that leave alone what is joined and selected from, and by which criteria. Any other may do anything."""

_REPLACING = frozenset(["with_entities", "with_only_columns"])

_KNOWN = (_NEUTRAL | _HANDLERS.keys()) - _REPLACING


def keeps_entities(statement: v.Statement) -> bool:
    """Whether all that was called on a statement left it the entities it began with, or added to them."""
    return statement.traits <= _KNOWN
