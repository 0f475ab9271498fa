"""Runs one case and says what is not as it stands in the Markdown."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from harness.cases import ACROSS, FLAGS, SILENT, Case, Expected, FixStep, Program
from harness.project import Found, Opener, Project
from harness.promises import broken_promises


class Mismatch(Struct, frozen=True):
    """Something that is not as expected. `line` counts from 1 in the Markdown file."""

    line: int
    message: str


def rule_case(case: Case, rule: str, open_project: Opener) -> Iterator[Mismatch]:
    """Run a case of a rule's file. `rule` is on alone, unless the case's configuration says otherwise."""
    for program in case.programs:
        settings = {"select": [rule], **program.settings()}
        yield from _shape(case, program)
        project = open_project(program.sources(), settings)
        yield from _problems(case.line, project)
        yield from compare(program, program.expected(), project.findings())
        for broken in broken_promises(program.sources(), settings, open_project):
            yield Mismatch(program.markdown_line(broken.path, broken.line), broken.message)
    for step in case.fixes:
        yield from _fix(step, rule, open_project)


def rule_file(cases: list[Case], rule: str, *, has_fix: bool) -> Iterator[Mismatch]:
    """What a rule's file as a whole owes: both sides shown, the silent side at least as richly, fixes where it has any.

    `has_fix`: whether the rule says that it has a fix.
    """
    flags, silent = (sum(len(case.programs) for case in cases if case.section == part) for part in (FLAGS, SILENT))
    if not flags:
        yield Mismatch(1, f"nothing under '## {FLAGS}' shows what {rule} finds")
    if silent < flags:
        yield Mismatch(1, f"'## {SILENT}' has {silent} programs, '## {FLAGS}' {flags}: at least as many are needed")
    shows_fix = any(step.after is not None for case in cases for step in case.fixes)
    if has_fix and not shows_fix:
        yield Mismatch(1, f"{rule} says that it has a fix, and no case under '## Fix' shows it")
    if shows_fix and not has_fix:
        yield Mismatch(1, f"a case shows a fix, and {rule} says that it has none")


def semantics_case(case: Case, open_project: Opener) -> Iterator[Mismatch]:
    """Compare what the evaluator says of each line with its `# revealed:`."""
    for program in case.programs:
        project = open_project(program.sources(), program.settings())
        yield from _problems(case.line, project)
        expected = program.revealed()
        if not expected:
            yield Mismatch(case.line, "this program expects nothing: say `# revealed:` somewhere")
        revealed = project.revealed()
        for each in expected:
            found = revealed.get(each.path, {}).get(each.line)
            if found != each.message:
                said = "nothing is revealed here" if found is None else f"revealed: {found}"
                where = program.markdown_line(each.path, each.line)
                yield Mismatch(where, f"expected: {each.message}\n{said}{_code(program, each)}")


def compare(program: Program, expected: list[Expected], findings: list[Found]) -> Iterator[Mismatch]:
    """Pair expectations and findings one to one by path, line and rule; what is left over on either side is wrong."""
    left = sorted(findings, key=lambda found: (found.path, found.line))
    for each in expected:
        match = next((found for found in left if _fits(each, found)), None)
        if match is not None:
            left.remove(match)
            continue
        near = [found.message for found in left if (found.path, found.line) == (each.path, each.line)]
        said = f"found: {near[0]}" if near else "found: nothing"
        part = f" [{each.message}]" if each.message else ""
        where = program.markdown_line(each.path, each.line)
        yield Mismatch(where, f"expected: {each.rule}{part}\n{said}{_code(program, each)}")
    for found in left:
        where = program.markdown_line(found.path, found.line)
        yield Mismatch(where, f"not expected: {found.code} {found.name}: {found.message}{_code(program, found)}")


def _fits(expected: Expected, found: Found) -> bool:
    return (
        (expected.path, expected.line) == (found.path, found.line)
        and expected.rule in (found.code, found.name)
        and expected.message in found.message
    )


def _shape(case: Case, program: Program) -> Iterator[Mismatch]:
    """A case under the wrong heading could pass without showing anything."""
    announced = len(program.expected())
    if case.section == FLAGS and not announced:
        yield Mismatch(case.line, "a program that should be flagged announces no finding: say `# expect:`")
    if case.section == SILENT and announced:
        yield Mismatch(case.line, "a program that should be silent announces a finding")
    if case.section == ACROSS and len(program.files) < 2:
        yield Mismatch(case.line, "this case is of one file")


def _fix(step: FixStep, rule: str, open_project: Opener) -> Iterator[Mismatch]:
    sources = step.before.sources()
    settings = {"select": [rule], **step.before.settings()}
    project = open_project(sources, settings)
    yield from _problems(step.line, project)
    if step.after is not None and step.after.keys() - sources.keys():
        yield Mismatch(step.line, "a fix makes no new files")
        return
    if step.before.expected():
        yield from compare(step.before, step.before.expected(), project.findings())
    wanted = {**sources, **{path: fence.text for path, fence in (step.after or {}).items()}}
    yield from _texts(step.line, "unsafe" if step.unsafe else "safe", wanted, project.fix_all(unsafe=step.unsafe))
    if step.unsafe:
        yield from _texts(step.line, "safe", sources, open_project(sources, settings).fix_all(unsafe=False))
    if step.after is None:
        return
    for broken in broken_promises(sources, settings, open_project):
        yield Mismatch(step.before.markdown_line(broken.path, broken.line), broken.message)


def _texts(line: int, level: str, wanted: Mapping[str, str], got: Mapping[str, str]) -> Iterator[Mismatch]:
    for path, text in wanted.items():
        if got[path] != text:
            # Line ends are part of the text: shown where nothing else differs.
            left, right = text.splitlines(), got[path].splitlines()
            if left == right:
                left, right = ([repr(each) for each in side.splitlines(keepends=True)] for side in (text, got[path]))
            diff = difflib.unified_diff(left, right, "expected", "found", n=100, lineterm="")
            yield Mismatch(line, "\n".join([f"after {level} fixes {path} is not as it should be:", *diff]))


def _problems(line: int, project: Project) -> Iterator[Mismatch]:
    yield from (Mismatch(line, f"the engine had a problem: {problem}") for problem in project.problems())


def _code(program: Program, at: Expected | Found) -> str:
    fence = program.files.get(at.path)
    lines = fence.text.splitlines() if fence else []
    return f"\n    {lines[at.line - 1].strip()}" if at.line <= len(lines) else ""
