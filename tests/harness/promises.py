"""What every fix promises: the text parses, its finding is gone, fixing again changes nothing, no comment is lost."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import libcst
from msgspec import Struct

from harness.project import Found, Opener, Project

SUPPRESSIONS = "ALC001"
"""The rule whose findings are comments: what its fixes remove is no loss."""


class Broken(Struct, frozen=True):
    """A promise not kept. `line` counts from 1 in the file at `path` as it was before the fix."""

    path: str
    line: int
    message: str


def broken_promises(files: Mapping[str, str], settings: Mapping[str, Any], open_project: Opener) -> Iterator[Broken]:
    """Try every fix on offer alone, then all safe ones, then all."""
    project = open_project(files, settings)
    findings = project.findings()
    for found in findings:
        if found.fix is not None:
            yield from _alone(found, files, settings, project, open_project)
    for unsafe in (False, True):
        yield from _together(findings, files, settings, project, open_project, unsafe=unsafe)


def _alone(
    found: Found, files: Mapping[str, str], settings: Mapping[str, Any], project: Project, open_project: Opener
) -> Iterator[Broken]:
    changed = project.fixed_by(found)
    what = f"the fix of {found.name}"
    if not changed:
        yield Broken(found.path, found.line, f"{what} is offered but cannot be applied")
        return
    for path, text in changed.items():
        said_of_it = text_promises(files[path], text, suppressions_go=found.code == SUPPRESSIONS)
        yield from (Broken(found.path, found.line, f"{what} {said}") for said in said_of_it)
    before = _count(project.findings(), found.code)
    after = _count(open_project({**files, **changed}, settings).findings(), found.code)
    if after >= before:
        said = f"leaves {after} findings of the {before} there were:\n{_shown(changed)}"
        yield Broken(found.path, found.line, f"{what} {said}")


def _together(
    findings: list[Found],
    files: Mapping[str, str],
    settings: Mapping[str, Any],
    project: Project,
    open_project: Opener,
    *,
    unsafe: bool,
) -> Iterator[Broken]:
    level = "fixing with unsafe fixes" if unsafe else "fixing"
    first = project.fix_all(unsafe=unsafe)
    changed = {path: text for path, text in first.items() if text != files[path]}
    wanted = [found for found in findings if found.safe or (unsafe and found.safe is not None)]
    path, line = (findings[0].path, findings[0].line) if findings else (next(iter(files), ""), 1)
    if changed and not wanted:
        yield Broken(path, line, f"{level} changes the text, though no such fix is on offer:\n{_shown(changed)}")
    go = any(found.code == SUPPRESSIONS for found in wanted)
    for each, text in changed.items():
        said_of_it = text_promises(files[each], text, suppressions_go=go)
        yield from (Broken(each, 1, f"{level} {said}") for said in said_of_it)
    again = open_project(first, settings)
    second = again.fix_all(unsafe=unsafe)
    moved = {each: text for each, text in second.items() if text != first[each]}
    if moved:
        yield Broken(path, line, f"{level} a second time changes the text again:\n{_shown(moved)}")
    left = [found for found in again.findings() if found.safe or (unsafe and found.safe is not None)]
    if left:
        yield Broken(path, line, f"{level} leaves a fix of {left[0].name} on offer at line {left[0].line}")


def text_promises(before: str, after: str, *, suppressions_go: bool = False) -> Iterator[str]:
    """What is wrong with the text after a fix, as the rest of a sentence; nothing is said of text that was broken.

    `suppressions_go`: comments that silence findings may be changed or removed.
    """
    if parses(before) and not parses(after):
        yield f"leaves code that does not parse:\n{after}"
        return
    lost = comments(before) - comments(after)
    missed = [each for each in lost if not (suppressions_go and re.search("noqa|sqlassay:", each))]
    if missed:
        yield f"loses the comment {missed[0]!r}"


def parses(text: str) -> bool:
    """Whether this is Python: for the running interpreter, or for libcst, which knows newer syntax."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        try:
            libcst.parse_module(text)
        except libcst.ParserSyntaxError:
            return False
    return True


def comments(text: str) -> Counter[str]:
    """The comments of a text and how often each stands there; none where it cannot be cut into tokens."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return Counter()
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)


def _count(findings: list[Found], code: str) -> int:
    return sum(found.code == code for found in findings)


def _shown(texts: Mapping[str, str]) -> str:
    return "\n".join(f"--- {path}\n{text}" for path, text in texts.items())
