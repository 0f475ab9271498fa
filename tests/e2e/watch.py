"""Watch a session in a copy of any project, with the settings of docs/editors.md and fix on save:

    PYTHONPATH=server:tests python -m e2e.watch EDITOR PROJECT FILE TEXT

EDITOR is the name of a test here: neovim, emacs, lsp_mode, helix or kate. TEXT stands once in FILE, and the rule
is-comparison (ALC552) finds fault with it.
"""

from __future__ import annotations

import difflib
import importlib
import sys
import tempfile
import time
from pathlib import Path

from e2e.conftest import Session


def main(editor: str, project: str, file: str, text: str) -> None:
    run = importlib.import_module(f"e2e.test_{editor}").run
    before = (Path(project) / file).read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder), Path(project), file, text)
        start = time.monotonic()
        seen = run(session, fix_on_save=True)
        print(f"{editor}: {time.monotonic() - start:.1f} s")
        after = session.file.read_text("utf-8").splitlines()
    for what, milliseconds in seen.get("waited", ()):
        print(f"waited {milliseconds:5} ms for {what}")
    for what in ("diagnostics", "hover", "actions", "diagnostics_after"):
        value = seen.get(what, "")
        print(f"\n--- {what}", *([value] if isinstance(value, str) else value), sep="\n")
    print("\n--- the file", *difflib.unified_diff(before, after, lineterm="", n=0), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
