"""A project on disk and editors in front of it.

Tests that change nothing but documents share one session a file (`editor`): starting a server takes a second. Hence
one event loop a file for all tests here (`MODULE_LOOP`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsp.editor import Editor

MODULE_LOOP = pytest.mark.asyncio(loop_scope="module")

Start = Callable[..., Awaitable[Editor]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty project."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest_asyncio.fixture(loop_scope="module")
async def start(root: Path, tmp_path: Path) -> AsyncIterator[Start]:
    """Start an editor: the profile's name, then what `Editor.start` takes. They end with the test, in order."""
    editors: list[Editor] = []

    async def begin(profile: str = "visual_studio_code", **options: Any) -> Editor:
        editor = Editor(root, tmp_path / "cache")
        editors.append(editor)
        await editor.start(profile, **options)
        return editor

    yield begin
    for editor in editors:
        await editor.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Editor]:
    """One session for a file of tests, as VS Code or the profile that is the fixture's parameter.

    A file's `SESSION` holds what else `Editor.start` takes.
    """
    folder = tmp_path_factory.mktemp("project")
    shared = Editor(folder, tmp_path_factory.mktemp("cache"))
    options = getattr(request.module, "SESSION", {})
    await shared.start(getattr(request, "param", "visual_studio_code"), **options)
    yield shared
    await shared.end()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A document's name that no other test of the session uses."""
    return f"doc_{abs(hash(request.node.nodeid))}.py"
