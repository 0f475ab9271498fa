"""A chain of method calls on the legacy Query, taken apart, and what of it a 2.0 statement can say alike."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from msgspec import Struct

from sqlassay.fixes.commas import without_comment
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.region import parse_expression, walk

TERMINALS = ("all", "first", "one", "one_or_none", "scalar", "count")
CRITERIA = ("filter", "where", "order_by", "group_by", "having")
JOINS = ("join", "outerjoin")
PAGING = ("limit", "offset")
METHODS = frozenset((*CRITERIA, *JOINS, *PAGING, "filter_by", "options", "distinct"))
JOIN_KEYWORDS = frozenset(("onclause", "isouter", "full"))
JOINED_LOADS = frozenset(("joinedload", "contains_eager"))


class Link(Struct, frozen=True):
    """`.name(...)` in a chain."""

    attribute: cst.Attribute
    call: cst.Call

    @property
    def name(self) -> str:
        return self.attribute.attr.value

    @property
    def line(self) -> cst.ParenthesizedWhitespace | None:
        """The line end before the dot, if the chain goes on in another line there."""
        blank = self.attribute.dot.whitespace_before
        return blank if isinstance(blank, cst.ParenthesizedWhitespace) else None


class Chain(Struct, frozen=True):
    """`session.query(entities).methods...terminal()`."""

    session: cst.BaseExpression
    session_dot: cst.Dot
    root: cst.Call
    """The call whose arguments are the entities."""
    methods: list[Link]
    terminal: Link | None

    @property
    def entities(self) -> tuple[cst.Arg, ...]:
        return tuple(self.root.args)

    @property
    def end(self) -> str:
        return self.terminal.name if self.terminal is not None else "iterate"

    @property
    def end_dot(self) -> cst.Dot:
        """A dot as the chain's end has it, for a call before the end. Comments stay at the end."""
        blank = self.terminal.line if self.terminal is not None else None
        if blank is None:
            return cst.Dot()
        return cst.Dot(without_comment(blank))


def read_chain(expression: cst.BaseExpression, session: str | None) -> Chain:
    """Take a chain apart. `session`: the session's code for one that starts at `Model.query`. Raises CannotFix."""
    links: list[Link] = []
    node = expression
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.func.lpar:
        links.append(Link(node.func, node))
        node = node.func.value
        if links[-1].name == "query":
            break
        if node.lpar:
            raise CannotFix("parentheses inside the chain")
    if links and links[-1].name == "query":
        start = links.pop()
        source, dot, root = start.attribute.value, start.attribute.dot, start.call
    elif session and isinstance(node, cst.Attribute) and node.attr.value == "query":
        source, dot = parse_expression(session), cst.Dot()
        root = cst.Call(cst.Name("query"), [cst.Arg(node.value)])
    else:
        raise CannotFix("this is no chain that starts at a session's query()")
    terminal = links.pop(0) if links and links[0].name in TERMINALS else None
    if not root.args or any(arg.keyword is not None for arg in root.args):
        raise CannotFix("query() without entities, or with keywords")
    if terminal is not None and terminal.call.args:
        raise CannotFix(f"{terminal.name}() takes no arguments")
    return Chain(source, dot, root, links[::-1], terminal)


def check_methods(chain: Chain) -> None:
    """Raises CannotFix for what a 2.0 statement would not do alike."""
    seen: set[str] = set()
    owners = {_owner(_dotted(arg.value)) for arg in chain.entities}
    one_entity = len(owners) == 1 and () not in owners
    for link in chain.methods:
        name = link.name
        if name not in METHODS:
            raise CannotFix(f"{name}() of Query has no simple counterpart")
        if seen & set(PAGING) and name not in (*PAGING, "options"):
            raise CannotFix(f"{name}() after a limit")
        # Query asks the entity that was joined last, select() in newer versions all of them.
        if name == "filter_by" and (seen & set(JOINS) or not one_entity or names_other_class(chain)):
            raise CannotFix("filter_by() may mean another entity than Query does")
        if name in JOINS:
            _check_join(link.call)
        if name == "order_by" and any(
            isinstance(arg.value, cst.Name) and arg.value.value == "False" for arg in link.call.args
        ):
            raise CannotFix("order_by(False) is of Query only")
        seen.add(name)
    # Query puts what it orders by into a SELECT DISTINCT, select() does not.
    if {"distinct", "order_by"} <= seen:
        raise CannotFix("Query selects other columns for distinct() with order_by()")


def _check_join(call: cst.Call) -> None:
    keywords = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    plain = [arg for arg in call.args if arg.keyword is None]
    starred = any(arg.star for arg in call.args)
    strings = any(isinstance(arg.value, (cst.SimpleString, cst.ConcatenatedString)) for arg in call.args)
    if starred or strings or keywords - JOIN_KEYWORDS or not 1 <= len(plain) <= 2:
        raise CannotFix("a join that select() has not")
    if len(plain) == 2 and isinstance(plain[0].value, cst.Attribute) and plain[0].value.attr.value.islower():
        raise CannotFix("a join along two relationships")


def has_joins(chain: Chain) -> bool:
    """Whether the chain joins, itself or to load eagerly."""
    if any(link.name in JOINS for link in chain.methods):
        return True
    options = [link.call for link in chain.methods if link.name == "options"]
    names = (_last_name(node.func) for call in options for node in walk(call) if isinstance(node, cst.Call))
    return any(name in JOINED_LOADS for name in names)


def names_other_class(chain: Chain) -> bool:
    """Whether criteria name a class that is not queried, whose table then is in the FROM too.

    Told by the spelling of classes: `Post.user_id`, `models.Post.user_id`; `Status.OPEN` is a constant.
    """
    entities = {dotted for arg in chain.entities for dotted in [_dotted(arg.value)] if dotted}
    known = entities | {dotted[:-1] for dotted in entities}
    for link in chain.methods:
        if link.name not in CRITERIA:
            continue
        for dotted in _dotted_names(link.call):
            owner = next((at for at, part in enumerate(dotted) if part[:1].isupper()), None)
            if owner is None or owner == len(dotted) - 1 or dotted[-1].isupper():
                continue
            if dotted[: owner + 1] not in known:
                return True
    return False


def _owner(dotted: tuple[str, ...]) -> tuple[str, ...]:
    """The class, or else the alias, that a dotted name is or belongs to."""
    named = next((at + 1 for at, part in enumerate(dotted) if part[:1].isupper()), max(len(dotted) - 1, 1))
    return dotted[:named]


def _dotted_names(call: cst.Call) -> Iterator[tuple[str, ...]]:
    for arg in call.args:
        for node in walk(arg):
            dotted = _dotted(node) if isinstance(node, cst.Attribute) else ()
            if dotted:
                yield dotted


def _dotted(node: cst.CSTNode) -> tuple[str, ...]:
    """`a.b.c` as its names; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return (node.value, *reversed(parts)) if isinstance(node, cst.Name) else ()


def _last_name(node: cst.BaseExpression) -> str:
    return (_dotted(node) or ("",))[-1]


def called(target: cst.BaseExpression, method: str, *args: cst.BaseExpression, dot: cst.Dot | None = None) -> cst.Call:
    """`target.method(args)`."""
    return cst.Call(cst.Attribute(target, cst.Name(method), dot=dot or cst.Dot()), [cst.Arg(arg) for arg in args])
