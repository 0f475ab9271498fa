"""What a template reads: its statements are walked once, with what the call that renders it gives to its names.

Nothing is rendered. A loop is gone through once, for an element that varies; both ways of an `if` are walked. What a
template inherits, includes and imports is looked for where it is itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sqlassay.semantics import values as v
from sqlassay.semantics.conversions import filters, pages, reading
from sqlassay.semantics.conversions.pages import Page
from sqlassay.semantics.conversions.shapes import Conversion
from sqlassay.syntax.place import Place

if TYPE_CHECKING:
    from jinja2 import nodes

    from sqlassay.semantics.evaluator import Evaluator

_DEEPEST = 8
"""Templates, and macros, one inside the other."""

_MOST = 20_000
"""Nodes walked for one call: a page with more says nothing of its rest."""


class Macro(v.Value, frozen=True):
    """A macro: its number among those of the rendering."""

    index: int


class Module(v.Value, frozen=True):
    """A template that another one imports: the macros in it, by name."""

    macros: tuple[tuple[str, v.Value], ...]


Env = dict[str, v.Value]


def render(
    self: Evaluator, page: Page, given: Mapping[str, v.Value], conversion: Conversion, folders: tuple[str, ...]
) -> None:
    """A page is rendered with these names: emits the reads of relationships that does."""
    Rendering(self, conversion, folders).template(page, dict(given))


class Rendering:
    """One walk over a page and what it takes in."""

    def __init__(self, ev: Evaluator, conversion: Conversion, folders: tuple[str, ...]) -> None:
        self.ev = ev
        self.conversion = conversion
        self.folders = folders
        self.importer = ev.frame.path
        self.macros: list[tuple[nodes.Macro, Page, Env]] = []
        """Each with the names around it."""
        self.blocks: dict[str, tuple[nodes.Block, Page]] = {}
        """The innermost template's version of each block."""
        self.page: Page | None = None
        self.depth = 0
        self.left = _MOST

    # ---- templates

    def template(self, page: Page, env: Env) -> None:
        """Walk a page; where it extends another, that one with this one's blocks."""
        from jinja2 import nodes

        if self.depth >= _DEEPEST:
            return
        outer, self.page = self.page, page
        self.depth += 1
        try:
            for block in page.tree.find_all(nodes.Block):
                self.blocks.setdefault(block.name, (block, page))
            extends = next((each for each in page.tree.body if isinstance(each, nodes.Extends)), None)
            if extends is None:
                self.body(page.tree.body, env)
                return
            for each in page.tree.body:
                # Of a template that extends another, only its blocks come out; names and macros are for them.
                if isinstance(each, nodes.Assign | nodes.AssignBlock | nodes.Macro | nodes.Import | nodes.FromImport):
                    self.statement(each, env)
            base = self.named(extends.template)
            if base is not None:
                self.template(base, env)
                return
            for block, where in list(self.blocks.values()):
                self.inside(where, block.body, env)
        finally:
            self.depth -= 1
            self.page = outer

    def inside(self, page: Page, body: list[nodes.Node], env: Env) -> None:
        """Walk a part of another page."""
        if self.depth >= _DEEPEST:
            return
        outer, self.page = self.page, page
        self.depth += 1
        self.body(body, dict(env))
        self.depth -= 1
        self.page = outer

    def named(self, node: nodes.Expr) -> Page | None:
        """The page that an expression names; None where it is not a plain name, or is not found."""
        from jinja2 import nodes

        if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
            return None
        path = self.ev.world.template_path(self.importer, node.value, self.folders)
        return pages.page(self.ev.world, path) if path is not None else None

    # ---- statements

    def body(self, body: list[nodes.Node], env: Env) -> None:
        for each in body:
            self.statement(each, env)

    def statement(self, node: nodes.Node, env: Env) -> None:
        self.left -= 1
        if self.left > 0:
            handler = _STATEMENTS.get(type(node).__name__)
            if handler is not None:
                handler(self, node, env)
            else:
                self.children(node, env)

    def children(self, node: nodes.Node, env: Env) -> None:
        from jinja2 import nodes

        for each in node.iter_child_nodes():
            if isinstance(each, nodes.Expr):
                self.expr(each, env)
            else:
                self.statement(each, env)

    def sometimes(self, walk: Callable[[], None]) -> None:
        """Walk what is not reached each time."""
        outer = self.conversion
        self.conversion = replace(outer, certain=False)
        walk()
        self.conversion = outer

    def loop(self, node: nodes.For, env: Env) -> None:
        iterated = self.expr(node.iter, env)
        inner = dict(env)
        with reading.each_of(self.ev, iterated, self.conversion, self.at(node, "for")) as element:
            self.bind(node.target, element, inner)
            inner["loop"] = v.UNKNOWN
            if node.test is not None:
                self.expr(node.test, inner)
                self.sometimes(lambda: self.body(node.body, inner))
            else:
                self.body(node.body, inner)
        self.sometimes(lambda: self.body(node.else_, dict(env)))

    def branch(self, node: nodes.If, env: Env) -> None:
        self.expr(node.test, env)
        self.sometimes(lambda: self.body([*node.body, *node.elif_, *node.else_], env))

    def assign(self, node: nodes.Assign, env: Env) -> None:
        self.bind(node.target, self.expr(node.node, env), env)

    def bind(self, target: nodes.Node, value: v.Value, env: Env) -> None:
        from jinja2 import nodes

        if isinstance(target, nodes.Name):
            env[target.name] = value
        elif isinstance(target, nodes.Tuple):
            known = v.first(value, v.TupleValue)
            items = known.items if isinstance(known, v.TupleValue) and len(known.items) == len(target.items) else ()
            for index, each in enumerate(target.items):
                self.bind(each, items[index] if items else v.UNKNOWN, env)

    def with_(self, node: nodes.With, env: Env) -> None:
        inner = dict(env)
        for target, value in zip(node.targets, node.values, strict=True):
            self.bind(target, self.expr(value, env), inner)
        self.body(node.body, inner)

    def macro(self, node: nodes.Macro, env: Env) -> None:
        assert self.page is not None
        self.macros.append((node, self.page, env))
        env[node.name] = Macro(len(self.macros) - 1)

    def block(self, node: nodes.Block, env: Env) -> None:
        assert self.page is not None
        block, where = self.blocks.get(node.name, (node, self.page))
        self.inside(where, block.body, env)

    def include(self, node: nodes.Include, env: Env) -> None:
        page = self.named(node.template)
        if page is not None:
            self.template(page, dict(env) if node.with_context else {})

    def import_(self, node: nodes.Import, env: Env) -> None:
        env[node.target] = Module(tuple(self.exported(node.template, node.with_context, env).items()))

    def from_import(self, node: nodes.FromImport, env: Env) -> None:
        found = self.exported(node.template, node.with_context, env)
        for each in node.names:
            name, local = each if isinstance(each, tuple) else (each, each)
            env[local] = found.get(name, v.UNKNOWN)

    def exported(self, template: nodes.Expr, with_context: bool, env: Env) -> Env:
        from jinja2 import nodes

        page = self.named(template)
        out: Env = dict(env) if with_context else {}
        if page is not None:
            outer, self.page = self.page, page
            for each in page.tree.body:
                if isinstance(each, nodes.Macro | nodes.Assign | nodes.Import | nodes.FromImport):
                    self.statement(each, out)
            self.page = outer
        return out

    def call_block(self, node: nodes.CallBlock, env: Env) -> None:
        self.expr(node.call, env)
        self.body(node.body, dict(env))

    # ---- expressions

    def expr(self, node: nodes.Node, env: Env) -> v.Value:
        self.left -= 1
        handler = _EXPRESSIONS.get(type(node).__name__)
        if handler is not None and self.left > 0:
            return handler(self, node, env)
        for each in node.iter_child_nodes():
            self.expr(each, env)
        return v.UNKNOWN

    def at(self, node: nodes.Node, word: str) -> Place:
        assert self.page is not None
        return self.page.at(node.lineno, word)

    def name(self, node: nodes.Name, env: Env) -> v.Value:
        return env.get(node.name, v.UNKNOWN)

    def const(self, node: nodes.Const, _env: Env) -> v.Value:
        return v.Const(node.value) if isinstance(node.value, str | int | float | bool | None) else v.UNKNOWN

    def getattr(self, node: nodes.Getattr, env: Env) -> v.Value:
        return self.attribute(self.expr(node.node, env), node.attr, node)

    def getitem(self, node: nodes.Getitem, env: Env) -> v.Value:
        from jinja2 import nodes

        owner, index = self.expr(node.node, env), self.expr(node.arg, env)
        if isinstance(index, v.Const) and isinstance(index.value, str):
            return self.attribute(owner, index.value, node)
        if isinstance(owner, v.TupleValue) and isinstance(index, v.Const) and isinstance(index.value, int):
            return owner.items[index.value] if -len(owner.items) <= index.value < len(owner.items) else v.UNKNOWN
        many = isinstance(owner, v.Collection | v.TupleValue)
        if many and isinstance(node.arg, nodes.Slice):
            return owner
        return self.element(owner) if many else v.UNKNOWN

    def element(self, value: v.Value) -> v.Value:
        from sqlassay.semantics.expressions import element_of

        return element_of(self.ev, value, self.conversion.node)

    def attribute(self, owner: v.Value, name: str, node: nodes.Node) -> v.Value:
        """`owner.name` (or `owner["name"]`), read at a node of the page."""
        out: v.Value | None = None
        for each in v.members(owner):
            if each != v.NONE:
                found = filters.member(self, each, name, node)
                out = found if out is None else v.join(out, found)
        return out if out is not None else v.UNKNOWN

    def call(self, node: nodes.Call, env: Env) -> v.Value:
        callee = self.expr(node.node, env)
        args = [self.expr(each, env) for each in node.args]
        keywords = {each.key: self.expr(each.value, env) for each in node.kwargs}
        if isinstance(callee, Macro):
            self.called(callee, args, keywords)
            return v.UNKNOWN
        return filters.called(self, callee, tuple(args))

    def called(self, callee: Macro, args: list[v.Value], keywords: Env) -> None:
        """A macro is called: its body, with what its parameters are given."""
        macro, page, around = self.macros[callee.index]
        names = [each.name for each in macro.args]
        env: Env = {**around, **dict.fromkeys(names, v.UNKNOWN), **dict(zip(names, args, strict=False))}
        env.update((name, value) for name, value in keywords.items() if name in names)
        self.inside(page, macro.body, env)

    def filter(self, node: nodes.Filter, env: Env) -> v.Value:
        value = self.expr(node.node, env) if node.node is not None else v.UNKNOWN
        args = [self.expr(each, env) for each in node.args]
        keywords = {str(each.key): self.expr(each.value, env) for each in node.kwargs}
        return filters.applied(self, node, value, args, keywords)

    def either(self, node: nodes.CondExpr, env: Env) -> v.Value:
        self.expr(node.test, env)
        found: list[v.Value] = []
        ways = [each for each in (node.expr1, node.expr2) if each is not None]
        self.sometimes(lambda: found.extend(self.expr(each, env) for each in ways))
        return found[0] if len(found) == 1 else v.join(found[0], found[1])

    def shortcut(self, node: nodes.Or | nodes.And, env: Env) -> v.Value:
        left = self.expr(node.left, env)
        found: list[v.Value] = []
        self.sometimes(lambda: found.append(self.expr(node.right, env)))
        return v.join(left, found[0])

    def sequence(self, node: nodes.List | nodes.Tuple, env: Env) -> v.Value:
        return v.TupleValue(tuple(self.expr(each, env) for each in node.items))

    def sum_of(self, node: nodes.Add, env: Env) -> v.Value:
        left, right = self.expr(node.left, env), self.expr(node.right, env)
        if isinstance(left, v.Collection | v.TupleValue) and isinstance(right, v.Collection | v.TupleValue):
            return v.Collection(v.join(self.element(left), self.element(right)))
        return v.UNKNOWN


_STATEMENTS: dict[str, Callable[[Rendering, Any, Env], None]] = {
    "For": Rendering.loop,
    "If": Rendering.branch,
    "Assign": Rendering.assign,
    "With": Rendering.with_,
    "Macro": Rendering.macro,
    "Block": Rendering.block,
    "Include": Rendering.include,
    "Import": Rendering.import_,
    "FromImport": Rendering.from_import,
    "CallBlock": Rendering.call_block,
}
"""By the class of jinja2's node; any other statement's parts are walked."""

_EXPRESSIONS: dict[str, Callable[[Rendering, Any, Env], v.Value]] = {
    "Name": Rendering.name,
    "Const": Rendering.const,
    "Getattr": Rendering.getattr,
    "Getitem": Rendering.getitem,
    "Call": Rendering.call,
    "Filter": Rendering.filter,
    "CondExpr": Rendering.either,
    "Or": Rendering.shortcut,
    "And": Rendering.shortcut,
    "List": Rendering.sequence,
    "Tuple": Rendering.sequence,
    "Add": Rendering.sum_of,
}
