"""Imports added, moved and removed: all that the fixes of one file ask for, done together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

import libcst as cst
from msgspec import Struct, field

from sqlassay.fixes import import_order, names, statements
from sqlassay.fixes.commas import NOTHING, CommaList
from sqlassay.fixes.files import CannotFix
from sqlassay.fixes.layout import after_statement
from sqlassay.fixes.locate import Spot, spot_at, statement_at, top_spot
from sqlassay.fixes.ops import AddImport, MoveImport, RemoveImport
from sqlassay.fixes.region import Region, Updated, parse_expression
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule
from sqlassay.syntax.source import TextEdit

ImportOp = AddImport | MoveImport | RemoveImport
IMPORT_OPS = (AddImport, MoveImport, RemoveImport)


class Wanted(Struct, frozen=True):
    """A name to import. `alias` is what it is called here, where that is another name."""

    module: str
    name: str
    alias: str | None = None


class _Rework(Struct):
    """What becomes of one `from ... import` statement."""

    spot: Spot
    added: list[Wanted] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    module: str | None = None
    """Another module to take its names from."""

    @property
    def node(self) -> n.ImportFrom:
        assert isinstance(self.spot.node, n.ImportFrom)
        return self.spot.node

    @property
    def is_emptied(self) -> bool:
        return not self.added and self.removed >= {name for name, _ in self.node.names}


def needed(module: ParsedModule, adds: Iterable[AddImport], uses: Sequence[int]) -> list[AddImport]:
    """Those imports that the file lacks. `uses`: bytes of the file at which their names will be used.

    Raises CannotFix where a name means something else, in the module or at one of the uses.
    """
    found: list[AddImport] = []
    for add in adds:
        if _bound_name(add).encode("utf-8") not in module.source.data:
            found.append(add)
            continue
        places = [names.at_place(spot_at(module, use, use), use, add.module, add.name) for use in uses]
        if any(place.taken for place in places):
            raise CannotFix(f"{_bound_name(add)} is the name of something else there")
        if uses and all(place.given for place in places):
            continue
        level = names.at_module_level(module, add.module, add.name)
        if level.taken:
            raise CannotFix(f"{_bound_name(add)} is the name of something else in this file")
        if not level.given:
            found.append(add)
    return found


def _bound_name(add: AddImport) -> str:
    return add.name or add.module.partition(".")[0]


def import_edits(
    path: str, module: ParsedModule, after: ParsedModule, ops: Sequence[ImportOp], limit: int
) -> list[TextEdit]:
    """The edits for all import operations on the file at `path`. Raises CannotFix.

    `after`: the module as the other operations leave it, where a name to remove must not be used.
    `limit`: new imports go above this byte.
    """
    plan = _Plan(path, module, limit)
    moves = [op for op in ops if isinstance(op, MoveImport)]
    for move in moves:
        plan.move(move, {each.name for each in moves if (each.at, each.module) == (move.at, move.module)})
    for op in ops:
        if isinstance(op, AddImport):
            plan.add(Wanted(op.module, op.name))
    for op in ops:
        if isinstance(op, RemoveImport) and PurePath(path).name != "__init__.py":
            plan.drop(op, after)
    return plan.edits()


class _Plan:
    def __init__(self, path: str, module: ParsedModule, limit: int) -> None:
        self.path = path
        self.module = module
        self.limit = limit
        self.reworks: dict[int, _Rework] = {}
        """By the start of the statement."""
        self.new: list[Wanted] = []
        self.inserted: list[TextEdit] = []

    # ---- what to do

    def add(self, wanted: Wanted) -> None:
        target = self._target(wanted) if wanted.name else None
        if target is None:
            if wanted not in self.new:
                self.new.append(wanted)
        elif wanted not in target.added and (wanted.name, wanted.alias) not in target.node.names:
            target.added.append(wanted)

    def move(self, op: MoveImport, together: set[str]) -> None:
        """Take a name from another module; `together`: all names of the statement that go there."""
        spot = statement_at(self.module, *self.module.resolve(op.at))
        node = spot.node
        aliases = dict(node.names) if isinstance(node, n.ImportFrom) else {}
        if op.name not in aliases:
            raise CannotFix(f"the statement does not import {op.name}")
        rework = self._rework(spot)
        wanted = Wanted(op.module, op.name, aliases[op.name])
        alone = together >= aliases.keys()
        commented = "#" in after_statement(self.module.source, spot.end)
        if spot.parent is None and (not alone or (not commented and self._target(wanted) not in (None, rework))):
            rework.removed.add(op.name)
            self.add(wanted)
        elif alone:
            rework.module = op.module
        else:
            rework.removed.add(op.name)
            line = _import_line(_line_of(wanted), [wanted])
            self.inserted += statements.insert(self.module, spot, line, "after")

    def drop(self, op: RemoveImport, after: ParsedModule) -> None:
        """Take a name out of the imports at the top of the module, unless something still uses it."""
        self._forget(op, after)
        for index, top in enumerate(self.module.statements):
            node = top.node if top.text.startswith(b"from") else None
            if not isinstance(node, n.ImportFrom) or node.level or node.module != op.module:
                continue
            aliases = dict(node.names)
            if op.name not in aliases or names.uses(after, aliases[op.name] or op.name):
                continue
            rework = self._rework(top_spot(self.module.statements, index))
            trial = _Rework(rework.spot, rework.added, rework.removed | {op.name}, rework.module)
            new = self.new
            self._reuse(trial)
            try:
                self._edit(trial)
            except CannotFix:
                self.new = new
                continue  # An import too many does no harm; its comment may be dear to somebody.
            self.reworks[rework.spot.start] = trial

    def _forget(self, op: RemoveImport, after: ParsedModule) -> None:
        """Have a name not come that another fix moves to where this one drops it."""

        def stays(wanted: Wanted) -> bool:
            named = (wanted.module, wanted.name) == (op.module, op.name)
            return not named or bool(names.uses(after, wanted.alias or wanted.name))

        self.new = [each for each in self.new if stays(each)]
        for rework in self.reworks.values():
            rework.added = [each for each in rework.added if stays(each)]

    def _target(self, wanted: Wanted) -> _Rework | None:
        """The statement of the same module that the name can join."""
        for index, top in enumerate(self.module.statements):
            if top.start >= self.limit:
                break
            node = top.node if top.text.startswith(b"from") else None
            if not isinstance(node, n.ImportFrom) or node.names[:1] == (("*", None),):
                continue
            if "." * node.level + node.module == wanted.module:
                return self._rework(top_spot(self.module.statements, index))
        return None

    def _rework(self, spot: Spot) -> _Rework:
        return self.reworks.setdefault(spot.start, _Rework(spot))

    # ---- doing it

    def _reuse(self, rework: _Rework) -> None:
        """A statement that loses all its names takes new ones of the same package: it keeps its place and comments."""
        if rework.is_emptied and rework.spot.parent is None and rework.spot.start < self.limit:
            package = rework.node.module.partition(".")[0]
            module = next((each.module for each in self.new if each.name and _package(each) == package), None)
            if module is not None:
                rework.module = module
                rework.added = [each for each in self.new if each.name and each.module == module]
                self.new = [each for each in self.new if each not in rework.added]

    def edits(self) -> list[TextEdit]:
        for rework in self.reworks.values():
            self._reuse(rework)
        reworked = [edit for rework in self.reworks.values() for edit in self._edit(rework)]
        return [*reworked, *self.inserted, *self._new_lines()]

    def _edit(self, rework: _Rework) -> list[TextEdit]:
        if rework.is_emptied:
            return statements.remove(self.module, rework.spot)
        region = Region(self.module.source, rework.spot.start, rework.spot.end)
        node = region.simple_statement(rework.spot.start, rework.spot.end)

        def change(current: cst.CSTNode, updated: Updated, parentheses: bool) -> cst.CSTNode:
            del updated, parentheses
            assert isinstance(current, cst.ImportFrom)
            return _reworked(current, rework)

        return region.rewrite({node: [change]})

    def _new_lines(self) -> list[TextEdit]:
        modules: dict[import_order.Line, list[Wanted]] = {}
        for wanted in self.new:
            modules.setdefault(_line_of(wanted), []).append(wanted)
        placed: dict[import_order.Placement, list[import_order.Line]] = {}
        for line in modules:
            placed.setdefault(import_order.place(self.module, line, self.path, self.limit), []).append(line)
        newline = self.module.source.newline
        edits: list[TextEdit] = []
        for placement, lines in placed.items():
            sections: dict[int, str] = {}
            for line in sorted(
                import_order.sorted_lines(lines), key=lambda each: import_order.section(each, self.path)
            ):
                number = import_order.section(line, self.path)
                sections[number] = sections.get(number, "") + _import_line(line, modules[line]) + newline
            text = newline * placement.before + newline.join(sections.values()) + newline * placement.after
            edits.append(statements.line_edit(self.module, placement.offset, text))
        return edits


def _line_of(wanted: Wanted) -> import_order.Line:
    """The import statement that brings a name; a module's leading dots are its level."""
    module = wanted.module.lstrip(".")
    return import_order.Line(module, len(wanted.module) - len(module), bool(wanted.name))


def _package(wanted: Wanted) -> str:
    return wanted.module.partition(".")[0]


def _import_line(line: import_order.Line, wanted: Sequence[Wanted]) -> str:
    module = "." * line.level + line.module
    aliases = {each.name: each.alias for each in wanted if each.name}
    if not aliases:
        return f"import {module}"
    parts = [
        name if aliases[name] is None else f"{name} as {aliases[name]}"
        for name in import_order.sorted_names([*aliases])
    ]
    return f"from {module} import {', '.join(parts)}"


def _reworked(node: cst.ImportFrom, rework: _Rework) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)
    opening = node.lpar.whitespace_after if node.lpar else NOTHING
    closing = node.rpar.whitespace_before if node.rpar else NOTHING
    listed = CommaList(tuple(node.names), opening, closing)
    for wanted in rework.added:
        index = import_order.name_index([_name(alias) for alias in listed.items], wanted.name)
        listed = listed.with_item(index, _alias(wanted))
    for name in rework.removed:
        listed = listed.without([_name(alias) for alias in listed.items].index(name))
    if node.lpar and node.rpar:
        node = node.with_changes(
            lpar=node.lpar.with_changes(whitespace_after=listed.opening),
            rpar=node.rpar.with_changes(whitespace_before=listed.closing),
        )
    if rework.module is not None:
        node = node.with_changes(module=parse_expression(rework.module), relative=())
    return node.with_changes(names=listed.items)


def _name(alias: cst.ImportAlias) -> str:
    return alias.evaluated_name


def _alias(wanted: Wanted) -> cst.ImportAlias:
    asname = None if wanted.alias is None else cst.AsName(cst.Name(wanted.alias))
    return cst.ImportAlias(cst.Name(wanted.name), asname)
