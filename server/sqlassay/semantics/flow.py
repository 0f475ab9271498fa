"""Whether code inside a function runs every time, and whether a loop goes on after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from sqlassay.facts.collect import own_statements, walk
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.names import dotted_name, names_of
from sqlassay.semantics.values import Value, entities_in
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.events import Loop


def leaves_loop(frame: Frame, node: n.Node, loop: Loop) -> bool:
    """Whether the loop is over once `node` inside it was evaluated: a return, raise or break follows in every case."""
    around = frame.enclosing(node)
    if not any(each is loop.node for each in around):
        return False
    child = node
    inner = sum(isinstance(each, n.For | n.While) for each in around[: _index(around, loop.node)])
    for parent in around:
        block = next((each for each in _blocks(parent) if any(one is child for one in each)), ())
        if block and _leaves(block[-1]):
            rest = block[_index(block, child) :]
            if not _jumps(rest, ("continue", "break") if inner else ("continue",)):
                return True
        if parent is loop.node:
            return _taken_once(frame, parent, (node, *around))
        inner -= isinstance(parent, n.For | n.While)
        child = parent
    return False


def _index(nodes: tuple[n.Node, ...], node: n.Node) -> int:
    return next(index for index, each in enumerate(nodes) if each is node)


def _jumps(body: Iterable[n.Stmt], kinds: tuple[str, ...]) -> bool:
    """Whether a statement of these kinds, and of the loop that the body is in, stands somewhere in it."""
    return any(
        (isinstance(each, n.Simple) and each.kind in kinds)
        or (not isinstance(each, n.For | n.While) and any(_jumps(block, kinds) for block in _inner_blocks(each)))
        for each in body
    )


def _inner_blocks(node: n.Node) -> Iterator[tuple[n.Stmt, ...]]:
    yield from _all_blocks(node)
    match node:
        case n.Try(handlers=parts) | n.Match(cases=parts):
            for part in parts:
                yield part.body
        case _:
            pass


def _blocks(node: n.Node) -> Iterator[tuple[n.Stmt, ...]]:
    match node:
        case n.If() | n.For() | n.While():
            yield node.body
            yield node.orelse
        case n.With() | n.Handler() | n.Case():
            yield node.body
        case n.Try():
            yield node.body
            yield node.orelse
        case _:
            pass


def _leaves(statement: n.Stmt) -> bool:
    match statement:
        case n.Return() | n.Raise():
            return True
        case n.Simple(kind="break"):
            return True
        case _:
            return False


def _taken_once(frame: Frame, loop: n.Node, around: tuple[n.Node, ...]) -> bool:
    """`next(... for ... in ...)` takes the first and stops; but for what asks each one whether it is that."""
    if not isinstance(loop, n.Comprehension):
        return False
    if any(each is test for part in loop.generators for test in part.ifs for each in around):
        return False
    parent = frame.unit.parents().get(id(loop))
    return isinstance(parent, n.Call) and isinstance(parent.func, n.Name) and parent.func.id == "next"


def derived_names(loop: Loop) -> frozenset[str]:
    """The names that differ from one round of the loop to the next: its targets, and what its body makes of them."""
    found = set(loop.targets)
    body = loop.node.body if isinstance(loop.node, n.For) else ()
    for each in own_statements(body):
        for value, bound in _bindings(each):
            if not found.isdisjoint(names_of(value)):
                found.update(names_of(bound))
    return frozenset(found)


def _bindings(statement: n.Stmt) -> Iterator[tuple[n.Expr, n.Expr]]:
    """What a statement gives names to: the value, and what is bound to it or to a part of it."""
    match statement:
        case n.Assign(targets=targets, value=value):
            yield from ((value, target) for target in targets)
        case n.AnnAssign(target=target, value=n.Node() as value) | n.AugAssign(target=target, value=value):
            yield value, target
        case n.For(target=target, iter=value):
            yield value, target
        case n.With(items=items):
            yield from ((item.context, item.target) for item in items if item.target is not None)
        case _:
            pass


def stops_early(loop: Loop) -> bool:
    """Whether the loop may end before its last round: it searches."""
    body = loop.node.body if isinstance(loop.node, n.For) else ()
    return any(_leaves(each) and not isinstance(each, n.Raise) for each in own_statements(body))


def reached_for_rows(frame: Frame, node: n.Node) -> bool:
    """Whether a call of the frame's function comes by `node` for some of many instances that it is given.

    What hangs on the instance itself (`if self.paid:`) holds for some of them. What hangs on another argument, or on
    something from outside the function, may hold for none: not so where the call itself switches it.
    """
    tests = [_test_of(each) for each in _branches_around(frame, node)]
    return all(test is not None and _hangs_on_rows(frame, test) for test in (*tests, *_guards(frame)))


def always_reached(frame: Frame, node: n.Node) -> bool:
    """Whether every call of the frame's function comes by `node`, unless a loop has nothing to run over."""
    return not any(True for _ in _branches_around(frame, node)) and all(_is_for_none(test) for test in _guards(frame))


def _branches_around(frame: Frame, node: n.Node) -> Iterator[n.Node]:
    """What is around a node in the frame's function, and does not come by it every time, as far as nothing decides."""
    child = node
    for parent in frame.enclosing(node):
        if parent is frame.function or (frame.function is None and isinstance(parent, n.Lambda)):
            break
        if id(parent) not in frame.decided and any(each is child for each in _sometimes(parent)):
            yield parent
        child = parent


def _is_for_none(test: n.Expr) -> bool:
    """`if user is None`, `if not user`: a guard against there being nothing to read from."""
    match test:
        case n.UnaryOp(op="not", operand=n.Name()) | n.Name():
            return True
        case n.Compare(left=n.Name(), comparators=(n.Constant(kind="none"),)):
            return True
        case _:
            return False


def _test_of(node: n.Node) -> n.Expr | None:
    match node:
        case n.If(test=test) | n.IfExp(test=test) | n.While(test=test):
            return test
        case n.BoolOp(values=values):
            return values[0]
        case _:
            return None


def _hangs_on_rows(frame: Frame, test: n.Expr) -> bool:
    """Whether a condition is about instances that were given, or what was made of them."""
    given = {each.name for each in frame.function.params} if frame.function is not None else set()
    rows = {name for name in given if _holds_instances(frame.env.get(name))}
    names = _asked_of(test) - _BUILTINS
    made = {each for each in names if each not in given and each in frame.env}
    # Classes and constants beside them switch nothing: `if self.kind == Kind.SALE`.
    return not names.isdisjoint(rows | made) and all(each[:1].isupper() for each in names - rows - made)


def _asked_of(test: n.Expr) -> set[str]:
    """The names that a condition reads, without modules that it names a class of: `isinstance(item, models.Order)`."""
    classes = {
        (dotted_name(each) or "").split(".", 1)[0]
        for each in walk(test)
        if isinstance(each, n.Attribute) and each.attr[:1].isupper() and not each.attr.isupper()
    }
    return set(names_of(test)) - classes


def looks_up(function: n.Node) -> frozenset[str]:
    """The variables of which a function asks whether they are one of some: `if name not in NAMES`."""
    return frozenset(
        each.left.id
        for each in walk(function)
        if isinstance(each, n.Compare) and isinstance(each.left, n.Name) and each.ops in (("in",), ("not in",))
    )


def asks_for(frame: Frame, node: n.Node, name: str) -> bool:
    """Whether a condition around `node` asks if there is something of this name: `if "items" in order.__dict__`."""
    child = node
    for parent in frame.enclosing(node):
        if isinstance(parent, n.FunctionDef):
            break
        test = _test_of(parent)
        if test is not None and any(each is child for each in _sometimes(parent)):
            for each in walk(test):
                match each:
                    case n.Compare(left=n.Constant(value=asked), ops=("in" | "not in",)) if asked == name:
                        return True
                    case _:
                        pass
        child = parent
    return False


_BUILTINS = frozenset("isinstance len bool any all str int list set tuple dict sorted hasattr getattr".split())


def _holds_instances(value: Value | None) -> bool:
    return value is not None and bool(entities_in(value))


def _guards(frame: Frame) -> Iterator[n.Expr]:
    """The conditions under which the function has returned already."""
    for _, statement in frame.returns:
        tests = (_test_of(each) for each in _branches_around(frame, statement))
        yield from (each for each in tests if each is not None)


def _sometimes(node: n.Node) -> Iterable[n.Node]:
    """The parts of a node that are not evaluated each time it is."""
    match node:
        case n.If():
            return (*node.body, *node.orelse)
        case n.IfExp():
            return (node.body, node.orelse)
        case n.BoolOp():
            return node.values[1:]
        case n.While():
            return (*node.body, *node.orelse)
        case n.Try():
            return (*node.handlers, *node.orelse)
        case n.Match():
            return node.cases
        case n.Lambda():
            return (node.body,)
        case n.FunctionDef():
            return node.body
        case _:
            return ()


def ends_with(body: tuple[n.Stmt, ...]) -> str:
    """How control leaves a block at its end: raise, return, continue, break, or falls where it goes on behind it."""
    match body[-1] if body else None:
        case n.Raise():
            return "raise"
        case n.Return():
            return "return"
        case n.Simple(kind="continue" | "break" as kind):
            return kind
        case n.ExprStmt(value=n.Call(func=n.Name(id=name) | n.Attribute(attr=name))) if name in _EXITS:
            return "raise"
        case n.If(body=inner, orelse=orelse) if orelse:
            ways = {ends_with(inner), ends_with(orelse)}
            return ways.pop() if len(ways) == 1 else "falls"
        case _:
            return "falls"


_EXITS = frozenset({"exit", "_exit", "quit", "abort", "fail", "skip", "xfail", "reraise"})
"""Functions that are known to raise, or to end the process: sys.exit, flask.abort, pytest.fail."""


def statements_after(
    frame: Frame, node: n.Node, way: str, stop: Callable[[n.Node], bool] = lambda _around: False
) -> Iterator[n.Stmt]:
    """The statements that run after `node`, in order, where control leaves it in that way (as `ends_with` says).

    Those of a loop's next round too. `stop` says of a node around whether to go no further than what is inside it.
    """
    child = node
    for parent in frame.enclosing(node):
        if isinstance(parent, n.FunctionDef | n.ClassDef | n.Lambda):
            rest = _rest(parent.body if not isinstance(parent, n.Lambda) else (), child) if way == "falls" else ()
            yield from _until_it_leaves(rest)
            return
        if way == "falls":
            for block in _all_blocks(parent):
                rest = _rest(block, child)
                if rest:
                    yield from _until_it_leaves(rest)
                    way = next((each for each in map(_leaving, rest) if each), "falls")
        if stop(parent):
            return
        if isinstance(parent, n.For | n.While):
            if way in ("falls", "continue"):
                yield from parent.body
            way = way if way in ("return", "raise") else "falls"
        elif isinstance(parent, n.Try):
            if way == "falls" and any(each is child for each in parent.body):
                yield from parent.orelse
            yield from parent.finalbody if not any(each is child for each in parent.finalbody) else ()
        if way == "raise":
            return
        child = parent


def _all_blocks(node: n.Node) -> Iterator[tuple[n.Stmt, ...]]:
    yield from _blocks(node)
    if isinstance(node, n.Try):
        yield node.finalbody


def _rest(block: tuple[n.Stmt, ...], child: n.Node) -> tuple[n.Stmt, ...]:
    index = next((i for i, each in enumerate(block) if each is child), None)
    return block[index + 1 :] if index is not None else ()


def _until_it_leaves(block: tuple[n.Stmt, ...]) -> Iterator[n.Stmt]:
    for each in block:
        yield each
        if _leaving(each):
            return


def _leaving(statement: n.Stmt) -> str:
    way = ends_with((statement,))
    return "" if way == "falls" else way


def sometimes_reached(frame: Frame, node: n.Node, within: n.Node) -> bool:
    """Whether `node`, inside the statement `within`, is only evaluated in some branch, or in a loop."""
    child = node
    for parent in frame.enclosing(node):
        if child is within:
            return False
        in_loop = isinstance(parent, n.For) and any(each is child for each in parent.body)
        if in_loop or any(each is child for each in _sometimes(parent)):
            return True
        child = parent
    return False


def exclude(frame: Frame, first: n.Node, second: n.Node) -> bool:
    """Whether `second`, later in the function, is never evaluated where `first` was: another branch, or left before."""
    inner = frame.enclosing(first)
    outer = frame.enclosing(second)
    child = first
    for parent in inner:
        if any(parent is each for each in outer):
            index = next(i for i, each in enumerate(outer) if each is parent)
            other = outer[index - 1] if index else second
            ways = (_arm(parent, child), _arm(parent, other))
            return 0 not in ways and ways[0] != ways[1]
        block = next((each for each in _every_block(parent) if any(one is child for one in each)), ())
        if block and ends_with(block) in ("return", "raise"):
            return True
        child = parent
    return False


def _every_block(node: n.Node) -> Iterator[tuple[n.Stmt, ...]]:
    if not isinstance(node, n.FunctionDef):
        yield from _all_blocks(node)
    if isinstance(node, n.Handler | n.Case):
        yield node.body


def _arm(node: n.Node, child: n.Node) -> int:
    """Which of the ways through a node, one of which is taken, holds a child of it: 0 where none does."""
    match node:
        case n.If():
            arms: tuple[tuple[n.Node, ...], ...] = (node.body, node.orelse)
        case n.IfExp():
            arms = ((node.body,), (node.orelse,))
        case n.Try():
            arms = tuple((each,) for each in node.handlers)
        case n.Match():
            arms = tuple((each,) for each in node.cases)
        case _:
            return 0
    return next((i + 1 for i, each in enumerate(arms) if any(one is child for one in each)), 0)


def rebound_in(node: n.FunctionDef | n.For | n.While) -> frozenset[str]:
    """The names (dotted ones too) that a function or loop gives values to in its own body, parameters aside."""
    found: set[str] = set(names_of(node.target)) if isinstance(node, n.For) else set()
    for each in own_statements(node.body):
        found.update(dotted for _, target in _bindings(each) for dotted in _dotted_in(target))
    return frozenset(found)


def _dotted_in(target: n.Expr) -> Iterator[str]:
    if isinstance(target, n.TupleExpr | n.ListExpr):
        for each in target.elts:
            yield from _dotted_in(each)
    else:
        name = dotted_name(target.value if isinstance(target, n.Starred) else target)
        if name is not None:
            yield name
