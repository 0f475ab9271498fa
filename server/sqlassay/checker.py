"""One file through the rules: its statements walked for events, the events given to the rules, hits made findings."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct, field

from sqlassay.config import Settings
from sqlassay.facts.model import ModuleFacts
from sqlassay.findings import Finding, Related
from sqlassay.project.index import Project
from sqlassay.rules.base import Hit, Rule, all_rules, subscriptions
from sqlassay.semantics.evaluator import Evaluator
from sqlassay.semantics.events import EVENTS, Event
from sqlassay.semantics.memo import Dependency
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.parser import ParsedModule, TopLevel
from sqlassay.syntax.place import Place

Listeners = dict[str, tuple[tuple[Rule, Callable[[Event], Iterable[Hit]]], ...]]


class Crash(Struct, frozen=True):
    """A rule (or the evaluator) raised: which, where, and the traceback for the log."""

    rule: str
    place: Place
    error: str
    trace: str


class _Unit(Struct):
    """What one top-level statement gave, or one method."""

    hits: list[tuple[Rule, Hit]]
    crashes: list[Crash]
    dependencies: frozenset[Dependency]
    points_into: frozenset[str] = frozenset()
    """The other files that hits point into."""
    members: list[tuple[str, bytes]] = field(default_factory=list)
    """For a class, the keys of what its methods gave (which `hits` holds too)."""


_Units = dict[tuple[str, bytes], _Unit]
"""By anchor and text."""


class Raised(Struct):
    """The findings of one file before suppressions, sorted, and what went wrong on the way."""

    findings: list[Finding]
    crashes: list[Crash]


class Checker:
    """Runs rules over a project's files; remembers each statement's hits until something they stand on changes."""

    def __init__(self, project: Project, *, strict: bool = False) -> None:
        """`strict`: a rule that raises is not caught. For tests."""
        self.project = project
        self.strict = strict
        self._units: dict[str, _Units] = {}
        """By file: what its statements gave, and its methods."""
        self._walking: tuple[str, bytes, _Units] = ("", b"", {})
        """The file and the text of the statement being walked, and where what methods give is kept."""
        self._rules: dict[frozenset[str], tuple[Rule, ...]] = {}
        self._listeners: dict[frozenset[str], Listeners] = {}
        self._evaluator = Evaluator(project, self._event)
        if project.memo.recording:
            self._evaluator.around = self._member
        self.walks: Counter[str] = Counter()
        """How many statements and methods were walked so far, by file: what an edit costs."""
        self._current: _Unit = _Unit([], [], frozenset())
        self._hearing: Listeners = {}

    # ---- what changed

    def forget(self, changed: frozenset[Dependency]) -> set[str]:
        """Drop the hits that stand on something that changed; gives the files that lost some."""
        touched: set[str] = set()
        for path, units in self._units.items():
            stale = [key for key, unit in units.items() if not changed.isdisjoint(unit.dependencies)]
            for key in stale:
                del units[key]
            if stale:
                touched.add(path)
        return touched

    def pointing_into(self, path: str) -> set[str]:
        """The other files whose findings have notes or fixes in this one: where its lines move, so do they."""
        return {
            other for other, units in self._units.items() if any(path in each.points_into for each in units.values())
        }

    def clear(self) -> None:
        """Drop all hits: configuration or the set of files changed."""
        self._units.clear()
        self._rules.clear()
        self._listeners.clear()

    def let_go(self, path: str) -> None:
        """A file is not open any more."""
        self._units.pop(path, None)

    # ---- findings

    def raised(self, path: str, settings: Settings) -> Raised | None:
        """Everything the rules say of a file; None where it cannot be read."""
        parsed = self.project.files.parsed(path)
        if parsed is None:
            return None
        self.project.files.facts(path)
        self._hearing = self._subscribed(settings.enabled)
        before = self._units.get(path, {})
        after: _Units = {}
        out = Raised([], [])
        for statement in parsed.statements:
            key = (statement.anchor, statement.text)
            unit = before.get(key)
            if unit is None:
                self._walking = (path, statement.text, before)
                unit = self._walk(path, statement)
            after[key] = unit
            for member in unit.members:
                after[member] = before[member]
            self._collect(unit, path, parsed, settings, out)
        if self.project.memo.recording:
            self._units[path] = after
        self._collect(self._module(path, parsed), path, parsed, settings, out)
        out.findings.sort(key=lambda each: (each.start, each.end, each.code, each.message))
        return out

    def rules(self, enabled: frozenset[str]) -> tuple[Rule, ...]:
        """The rules with these codes, without those for another SQLAlchemy than the project's."""
        found = self._rules.get(enabled)
        if found is None:
            allows = self.project.allows
            found = self._rules[enabled] = tuple(
                each for each in all_rules() if each.meta.code in enabled and allows(each.meta.sqlalchemy)
            )
        return found

    def _subscribed(self, enabled: frozenset[str]) -> Listeners:
        found = self._listeners.get(enabled)
        if found is None:
            rules = self.rules(enabled)
            found = {name: pairs for name, pairs in subscriptions(rules, tuple(EVENTS.values())).items() if pairs}
            self._listeners[enabled] = found
        return found

    def _walk(self, path: str, statement: TopLevel) -> _Unit:
        self._current = unit = _Unit([], [], frozenset())
        self.walks[path] += 1

        def work() -> None:
            try:
                self._evaluator.unit(path, statement.anchor, statement.node)
            except Exception as error:
                self._crashed("evaluator", Place(path, statement.anchor, 0, 0), error)

        if self.project.memo.recording:
            looked_at = self.project.memo.watching(work)
            unit.dependencies |= looked_at
            _pointing(unit, path)
        else:
            work()
        return unit

    def _member(self, anchor: str, node: n.FunctionDef, walk: Callable[[], None]) -> None:
        """A method of the class being walked: its hits of last time, where it and what it looked at are the same."""
        path, text, units = self._walking
        outer = self._current
        key = (anchor, text[node.start : node.end])
        unit = units.get(key)
        if unit is None:
            self._current = unit = _Unit([], [], frozenset())
            self.walks[path] += 1
            try:
                looked_at = self.project.memo.watching(walk)
                unit.dependencies = looked_at
                _pointing(unit, path)
            finally:
                self._current = outer
            units[key] = unit
        outer.members.append(key)
        outer.hits.extend(unit.hits)
        outer.crashes.extend(unit.crashes)
        outer.dependencies |= unit.dependencies

    def _module(self, path: str, parsed: ParsedModule) -> _Unit:
        """Events about the file as a whole."""
        self._current = unit = _Unit([], [], frozenset())
        facts = self.project.files.facts(path)
        if facts is None or "revision" not in facts.variables or "upgrade" not in facts.functions:
            return unit
        anchor = facts.functions["upgrade"].anchor
        upgrade = self.project.function_node(Ref(path, "upgrade"))
        if upgrade is not None:
            try:
                self._evaluator.migration(facts, anchor, upgrade, _remarks(parsed, facts))
            except Exception as error:
                self._crashed("evaluator", Place(path, anchor, 0, 0), error)
        return unit

    def _event(self, event: Event) -> None:
        listeners = self._hearing.get(EVENTS[type(event)])
        if not listeners:
            return
        hits = self._current.hits
        for rule, method in listeners:
            try:
                for hit in method(event):
                    hits.append((rule, hit))
            except Exception as error:
                node = getattr(event, "node", None) or getattr(event, "call", None)
                place = event.at(node) if node is not None else Place(event.path, event.frame.anchor, 0, 0)
                self._crashed(rule.meta.name, place, error)

    def _crashed(self, rule: str, place: Place, error: Exception) -> None:
        if self.strict:
            raise error
        self._current.crashes.append(
            Crash(rule, place, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))
        )

    # ---- hits to findings

    def _collect(self, unit: _Unit, path: str, parsed: ParsedModule, settings: Settings, out: Raised) -> None:
        out.crashes.extend(unit.crashes)
        for rule, hit in unit.hits:
            finding = self._finding(rule, hit, path, parsed, settings)
            if finding is not None and finding not in out.findings[-8:]:
                out.findings.append(finding)

    def _finding(self, rule: Rule, hit: Hit, path: str, parsed: ParsedModule, settings: Settings) -> Finding | None:
        if hit.place.path != path:
            return None
        start = parsed.anchor_starts[hit.place.anchor]
        meta = rule.meta
        severity = settings.severity(meta.code)
        if hit.severity is not None and meta.code not in settings.severities:
            severity = hit.severity
        related = []
        for note in hit.related:
            resolved = self.resolve(note.place)
            if resolved is not None:
                related.append(Related(note.place.path, resolved[0], resolved[1], note.message))
        return Finding(
            meta.code,
            meta.name,
            severity,
            hit.message,
            path,
            start + hit.place.start,
            start + hit.place.end,
            tuple(related),
            hit.fix,
            hit.tags,
            hit.lazy,
            hit.others,
        )

    def resolve(self, place: Place) -> tuple[int, int] | None:
        """A place of any file as bytes from the file's start; None where its statement is gone."""
        if not place.anchor and not place.path.endswith(".py"):
            return place.start, place.end
        state = self.project.files.states.get(place.path)
        start = state.anchor_starts.get(place.anchor) if state is not None else None
        return (start + place.start, start + place.end) if start is not None else None


def _pointing(unit: _Unit, path: str) -> None:
    """Note what hits point to in other files: what moves there moves the notes."""
    places = [note.place for _, hit in unit.hits for note in hit.related]
    fixes = [fix for _, hit in unit.hits for fix in (hit.fix, *hit.others) if fix is not None]
    places += [op.at for fix in fixes for op in fix.ops]
    unit.dependencies |= {("places", each.path, each.anchor) for each in places if each.path != path}
    unit.points_into = frozenset(each.path for each in places if each.path != path)


def _remarks(parsed: ParsedModule, facts: ModuleFacts) -> tuple[str, ...]:
    """The comments in the body of a revision's downgrade, those after its last statement too."""
    fact = facts.functions.get("downgrade")
    statement = parsed.by_anchor.get(fact.anchor) if fact is not None else None
    if fact is None or statement is None:
        return ()
    header = parsed.source.line_at(statement.start + fact.name_start)
    end = next((each.start for each in parsed.statements if each.start > statement.start), len(parsed.source.data))
    comments = parsed.comments_between(parsed.source.line_span(header)[1], end)
    return tuple(
        each.text.strip("# \t")
        for each in comments
        if each.start < statement.end or parsed.source.position(each.start)[1] > 0
    )
