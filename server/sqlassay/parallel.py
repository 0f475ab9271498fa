"""Checking a project over several processes.

Each process reads the facts of its share of the files and keeps their trees; the facts go round, so that every process
knows all of them; then each checks its own share. The parent is one of the processes.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import msgspec

from sqlassay.facts.model import ModuleFacts
from sqlassay.findings import Finding

if TYPE_CHECKING:
    from sqlassay.linter import Problem, Progress, Report, Workspace


class _Shared(msgspec.Struct, array_like=True):
    """The facts of one file on their way to another process."""

    facts: ModuleFacts
    anchor_starts: dict[str, int]


class _Answer(msgspec.Struct, array_like=True):
    """A Report on its way back; the text stays where it is."""

    path: str
    readable: bool
    findings: tuple[Finding, ...]
    problems: tuple[tuple[str, str, bool, str], ...]
    suppressed: int


def check_in_parallel(
    workspace: Workspace, wanted: list[str], jobs: int, progress: Progress | None
) -> Iterator[Report]:
    """The reports of the `wanted` files, in their order, over `jobs` processes."""
    every = sorted({*workspace.discover(), *wanted})
    shares = _shares(every, jobs)
    ends: list[Connection] = []
    children: list[int] = []
    sys.stdout.flush()
    sys.stderr.flush()
    for index in range(1, jobs):
        mine, theirs = multiprocessing.Pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                mine.close()
                _child(workspace, theirs, every, shares[index], set(wanted))
                status = 0
            except (KeyboardInterrupt, BrokenPipeError, EOFError):
                status = 0
            finally:
                os._exit(status)
        theirs.close()
        ends.append(mine)
        children.append(pid)
    try:
        yield from _parent(workspace, ends, every, shares[0], wanted, progress)
    finally:
        for end in ends:
            end.close()
        for pid in children:
            os.waitpid(pid, 0)


def _shares(paths: list[str], jobs: int) -> list[list[str]]:
    """The files dealt out, neighbours together, so that each process has about the same number of bytes.

    What stands in one folder calls the same functions: apart, each process would have to follow those calls.
    """
    loads = [_size(path) + 400 for path in paths]
    part = sum(loads) / jobs
    shares: list[list[str]] = [[] for _ in range(jobs)]
    before = 0
    for path, load in zip(paths, loads, strict=True):
        shares[min(jobs - 1, int((before + load / 2) / part))].append(path)
        before += load
    return shares


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _read(workspace: Workspace, every: list[str], share: list[str]) -> bytes:
    project = workspace._project
    project.set_paths(every)
    workspace._indexed = True
    out = []
    for path in share:
        facts = project.files.facts(path)
        if facts is not None:
            out.append(_Shared(facts, project.files.states[path].anchor_starts))
    return msgspec.msgpack.encode(out)


_DECODER = msgspec.msgpack.Decoder(list[_Shared])
_ANSWERS = msgspec.msgpack.Decoder(list[_Answer])


def _adopt(workspace: Workspace, data: bytes) -> None:
    for each in _DECODER.decode(data):
        workspace._project.files.adopt(each.facts, each.anchor_starts)


def _child(workspace: Workspace, end: Connection, every: list[str], share: list[str], wanted: set[str]) -> None:
    end.send_bytes(_read(workspace, every, share))
    for _ in range(end.recv()):
        _adopt(workspace, end.recv_bytes())
    answers = []
    for path in share:
        if path in wanted:
            answers.append(_answer(workspace.check(path)))
            workspace._project.files.let_go(path)
    end.send_bytes(msgspec.msgpack.encode(answers))


def _answer(report: Report) -> _Answer:
    problems = tuple((each.path, each.message, each.internal, each.trace) for each in report.problems)
    return _Answer(report.path, report.source is not None, report.findings, problems, report.suppressed)


def _parent(
    workspace: Workspace,
    ends: list[Connection],
    every: list[str],
    share: list[str],
    wanted: list[str],
    progress: Progress | None,
) -> Iterator[Report]:
    from sqlassay.linter import Report

    mine = _read(workspace, every, share)
    others = [end.recv_bytes() for end in ends]
    for index, end in enumerate(ends):
        give = [mine, *(data for other, data in enumerate(others) if other != index)]
        end.send(len(give))
        for data in give:
            end.send_bytes(data)
    for data in others:
        _adopt(workspace, data)
    reports: dict[str, Report] = {}
    own = [path for path in share if path in set(wanted)]
    for done, path in enumerate(own):
        reports[path] = workspace.check(path)
        workspace._project.files.let_go(path)
        if progress is not None:
            progress((done + 1) * len(wanted) // max(1, len(own)), len(wanted), path)
    for end in ends:
        for answer in _ANSWERS.decode(end.recv_bytes()):
            source = workspace.source(answer.path) if answer.findings or answer.problems else None
            reports[answer.path] = Report(
                answer.path,
                source if answer.readable else None,
                answer.findings,
                tuple(_problem(each) for each in answer.problems),
                answer.suppressed,
            )
    for path in wanted:
        if path in reports:
            yield reports[path]


def _problem(parts: tuple[str, str, bool, str]) -> Problem:
    from sqlassay.linter import Problem

    return Problem(*parts)
