"""What an edit only moves is found where it is now: spaces, line ends, comments and statements that mean nothing are
put in, and the findings, notes and fixes are compared with those of a fresh look at the same texts.

`SQLASSAY_CORPUS=folder` takes six files with findings from a folder, `SQLASSAY_FUZZ=5` makes five times as many edits.
"""

from __future__ import annotations

import io
import os
import random
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.damage import ROOT
from sqlassay.config import Config
from sqlassay.linter import Workspace
from sqlassay.syntax.source import TextEdit

CORPUS = os.environ.get("SQLASSAY_CORPUS")
EDITS = 60 * int(os.environ.get("SQLASSAY_FUZZ", "1"))
FILES = 6
SEEDS = (0, 2, 7)
"""The last one finds the fault for which this was written: facts that said where a class and its methods had been."""

ASKED = 0.5
"""How often somebody looks at the findings after an edit."""

COMPARED = 0.3
"""How often they are compared."""


def gaps(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Where something may stand that means nothing, in characters from 0, and what."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    depth = 0
    indents = [""]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        after = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if depth and token.string in "([{,":
                yield after, (" ", "\n", "  # why\n")
        elif token.type == tokenize.INDENT:
            indents.append(token.string)
        elif token.type == tokenize.DEDENT:
            indents.pop()
        elif token.type == tokenize.NEWLINE and not token.line.rstrip().endswith(":"):
            yield after, ("\n", "# why\n", f"{indents[-1]}pass\n")


def shown(workspace: Workspace, paths: list[str]) -> list[object]:
    return [
        (each, each.related, workspace.edits(each.fix) if each.fix is not None else None)
        for path in paths
        for each in workspace.check(path).findings
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_moved_is_found_where_it_is_now(seed: int) -> None:
    draw = random.Random(seed)
    root = Path(CORPUS) if CORPUS else ROOT / "examples" / "shop"
    config = Config.load(str(root))
    live = Workspace(root, config, live=True, cached=True)
    live.index()
    found = [path for path in live.discover() if live.check(path).findings]
    paths = draw.sample(found, min(FILES, len(found)))
    texts = {path: Path(path).read_text("utf-8") for path in paths}
    for path, text in texts.items():
        live.open(path, text)
    assert shown(live, paths)
    for _ in range(EDITS):
        path = draw.choice(paths)
        text = texts[path]
        at, what = draw.choice(list(gaps(text)))
        new = draw.choice(what)
        start = len(text[:at].encode())
        live.edit(path, [TextEdit(start, start, new)])
        texts[path] = text[:at] + new + text[at:]
        if draw.random() < ASKED:
            for each in paths:
                live.check(each)
        if draw.random() > COMPARED:
            continue
        fresh = Workspace(root, config, live=True, cached=True)
        for each, now in texts.items():
            fresh.open(each, now)
        assert shown(live, paths) == shown(fresh, paths)
