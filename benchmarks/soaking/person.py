"""What the person does, and how often."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from soaking import words
from soaking.desk import Desk
from soaking.document import Document, Edit
from soaking.words import Words

OPEN = 8
"""How many documents are open at most."""

KEY = (0.08, 0.3)
"""Seconds between two keys."""

BRANCHES = ("main", "feature", "release")

_MODEL = re.compile(r"\b(?:Column|mapped_column|relationship|Table)\(")
_QUERY = re.compile(r"\b(?:session|select|query)\b")
_NAME = re.compile(r"[A-Za-z_]{4,}")
_CODE = (".py",)
_PAGES = (".html", ".jinja2", ".j2")


class Person:
    """Somebody at a desk. What they do follows from their draw alone, and from what the server answers."""

    def __init__(self, desk: Desk, draw: random.Random) -> None:
        self.desk = desk
        self.draw = draw
        texts = {path: self.desk.folder.read(path) or "" for path in desk.folder.files()}
        self.models = [path for path, text in texts.items() if _MODEL.search(text)]
        self.words = Words((texts[path] for path in self.models), draw)
        using = {name for path in self.models for name in _names(texts[path])}
        self.users = [path for path, text in texts.items() if _QUERY.search(text) and using & set(_NAME.findall(text))]
        self.clipboard = "\n"

    def prepare_branches(self) -> None:
        """Branches on which files were changed, moved, made and deleted. Before the editor looks."""
        folder = self.desk.folder
        for branch in BRANCHES[1:]:
            folder.git("checkout", "-q", "-b", branch)
            for path in self._some(self.models, 6) + self._some(self.users, 10):
                text = folder.read(path)
                if text:
                    folder.write(path, self._reworked(text))
            for path in self._some(folder.files(), 4):
                folder.remove(path)
            home = self.draw.choice(self.models).rpartition("/")[0]
            folder.write(f"{home}/made_on_{branch}.py".lstrip("/"), self.words.line(words.FILES))
            inside = [path for path in folder.files() if path.startswith(f"{home}/") and home.count("/")]
            if inside and len(inside) < 30:
                for path in inside:
                    text = folder.read_any(path)
                    folder.remove(path)
                    folder.write(f"{home}_{branch}/{path.rpartition('/')[2]}", text or "")
            folder.commit(branch)
            folder.git("checkout", "-q", "main")
        folder.touched.update(folder.files(""))

    def step(self) -> str:
        """Do one thing. Gives its name."""
        self.desk.act += 1
        if not self.desk.docs:
            self.open_file()
        (act,) = self.draw.choices(list(ACTS), list(ACTS.values()))
        act(self)
        self.desk.wait(self.draw.uniform(0.5, 3))
        return act.__name__

    # ---- choosing

    def _some(self, paths: list[str], count: int) -> list[str]:
        there = [path for path in paths if self.desk.folder.exists(path)]
        return self.draw.sample(there, min(count, len(there)))

    def _doc(self) -> Document:
        return self.draw.choice(list(self.desk.docs.values()))

    def _line(self, doc: Document, pattern: str) -> tuple[int, int] | None:
        """The start and end of a line that the pattern begins, without its line end."""
        found = [match.start() for match in re.finditer(pattern, doc.text, re.MULTILINE)]
        if not found:
            return None
        start = self.draw.choice(found)
        end = doc.text.find("\n", start)
        return start, end if end >= 0 else len(doc.text)

    def _any_line(self, doc: Document) -> tuple[int, int]:
        return self._line(doc, "^.") or (0, 0)

    def _reworked(self, text: str) -> str:
        """A text as somebody else left it."""
        lines = text.split("\n")
        for _ in range(self.draw.randint(1, 4)):
            at = self.draw.randrange(len(lines))
            kind = self.draw.randrange(4)
            if kind == 0:
                del lines[at : at + self.draw.randint(1, 3)]
                lines = lines or [""]
            elif kind == 1:
                name = self.draw.choice(self.words.attributes)
                lines = re.sub(rf"\b{name}\b", f"{name}_{self.draw.randrange(5)}", "\n".join(lines)).split("\n")
            elif re.match(r"    \w+ = (Column|mapped_column|relationship)", lines[at]):
                lines.insert(at, "    " + self.words.line(words.IN_MODEL).replace("\n", "\n    "))
            elif indent := re.match(r"        +(?=\w)", lines[at]):
                lines.insert(at, indent[0] + self.words.line(words.IN_FUNCTION).replace("\n", "\n" + indent[0]))
        return "\n".join(lines)

    # ---- typing

    def _type(self, doc: Document, at: int, text: str) -> int:
        """Type letter by letter, with a slip now and then. Gives where the cursor is then."""
        for letter in text:
            if self.draw.random() < 0.03:
                self.desk.edit(doc, Edit(at, at, self.draw.choice("aeq(.")))
                self.desk.wait(self.draw.uniform(*KEY))
                self.desk.edit(doc, Edit(at, at + 1, ""))
            self.desk.edit(doc, Edit(at, at, letter))
            at += 1
            if letter in ".\"'" and self.draw.random() < 0.5:
                self._ask_here(doc, at, "textDocument/completion", cancel=self.draw.random() < 0.7)
            self.desk.wait(self.draw.uniform(*KEY))
        return at

    def _type_line(self, pattern: str, templates: tuple[str, ...]) -> None:
        doc = self._doc()
        line = self._line(doc, pattern)
        if line is None:
            self.open_file()
            return
        indent = re.match(r"\s*", doc.text[line[0] : line[1]])
        assert indent is not None
        text = "\n" + self.words.line(templates)
        end = self._type(doc, line[1], text.replace("\n", "\n" + indent[0]))
        if self.draw.random() < 0.4:
            self.desk.wait(2)
            while end > line[1]:  # it was not that
                self.desk.edit(doc, Edit(end - 1, end, ""))
                end -= 1
                self.desk.wait(0.04)
        elif self.draw.random() < 0.3:
            self.desk.save(doc)

    def type_in_function(self) -> None:
        self._type_line(r"^        +(?:\w+ = |return|for|if|with|\w+\.)", words.IN_FUNCTION)

    def type_in_model(self) -> None:
        self._type_line(r"^    \w+(?::.*)? = (?:\w+\.)?(?:Column|mapped_column|relationship)\(.*\)$", words.IN_MODEL)

    def change_a_word(self) -> None:
        doc = self._doc()
        names = list(_NAME.finditer(doc.text))
        if names:
            name = self.draw.choice(names)
            at = self.draw.randint(name.start() + 1, name.end())
            at = self._type(doc, at, self.draw.choice(("s", "_2", "x", "ed")))
            for _ in range(self.draw.randint(0, 3)):
                self.desk.edit(doc, Edit(at - 1, at, ""))
                at -= 1
                self.desk.wait(0.2)

    def delete_lines(self) -> None:
        doc = self._doc()
        start, end = self._any_line(doc)
        for _ in range(self.draw.choice((0, 0, 1, 5, 20))):
            end = max(end, doc.text.find("\n", end + 1))
        end = min(end + 1, len(doc.text))
        self.clipboard = doc.text[start:end] or "\n"
        self.desk.edit(doc, Edit(start, end, ""))

    def paste_lines(self) -> None:
        doc = self._doc()
        start, _ = self._any_line(doc)
        self.desk.edit(doc, Edit(start, start, self.clipboard))

    def comment_out(self) -> None:
        doc = self._doc()
        edits, start = [], self._any_line(doc)[0]
        for _ in range(self.draw.randint(1, 5)):
            edits.append(Edit(start, start, "# "))
            start = doc.text.find("\n", start) + 1
            if start == 0:
                break
        self.desk.edit(doc, *reversed(edits))

    def break_for_a_while(self) -> None:
        doc = self._doc()
        at = self.draw.randrange(len(doc.text) + 1)
        self.desk.edit(doc, Edit(at, at, self.draw.choice(words.BROKEN)))
        self.desk.wait(1)
        steps = len(doc.done)
        self.type_in_function()
        if self.draw.random() < 0.8:
            for _ in range(len(doc.done) - steps + 1):
                self.desk.undo(doc)
                self.desk.wait(0.03)

    def undo(self) -> None:
        doc = self._doc()
        count = self.draw.choice((1, 3, 10, 60))
        back = 0
        while back < count and self.desk.undo(doc):
            back += 1
            self.desk.wait(0.03)
        for _ in range(self.draw.choice((0, 0, back // 2, back))):
            self.desk.undo(doc, again=True)
            self.desk.wait(0.03)

    # ---- documents

    def open_file(self) -> None:
        kind = self.draw.random()
        paths = self.models if kind < 0.4 else self.users if kind < 0.85 else self.desk.folder.files()
        for path in self._some(paths, 1) or self._some(self.desk.folder.files(), 1):
            self.desk.open(path)
        while len(self.desk.docs) > OPEN:
            self.close_file()

    def close_file(self) -> None:
        doc = self._doc()
        if doc.dirty and self.draw.random() < 0.6:
            self.desk.save(doc)
        self.desk.close(doc)

    def save(self) -> None:
        self.desk.save(self._doc())

    def save_all(self) -> None:
        for doc in self.desk.docs.values():
            if doc.dirty:
                self.desk.save(doc)

    # ---- asking

    def _ask_here(self, doc: Document, at: int, method: str, *, cancel: bool = False) -> None:
        self.desk.counts["questions"] += 1
        params = {"textDocument": {"uri": self.desk.editor.uri(doc.path)}, "position": doc.position(at)}
        self.desk.editor.fire(method, params, cancel=cancel)

    def look_around(self) -> None:
        doc = self._doc()
        for name in self.draw.sample(found := list(_NAME.finditer(doc.text)), min(6, len(found))):
            self._ask_here(doc, name.start(), self.draw.choice(("textDocument/hover", "textDocument/definition")))
            self.desk.wait(0.6)
        uri = {"uri": self.desk.editor.uri(doc.path)}
        self.desk.editor.fire("textDocument/documentSymbol", {"textDocument": uri})
        self.desk.editor.fire("workspace/symbol", {"query": self.draw.choice(self.words.models)})

    def find_references(self) -> None:
        doc = self._doc()
        for name in list(_NAME.finditer(doc.text))[:1]:
            params = {
                "textDocument": {"uri": self.desk.editor.uri(doc.path)},
                "position": doc.position(name.start()),
                "context": {"includeDeclaration": True},
            }
            self.desk.editor.fire("textDocument/references", params)

    def quick_fix(self) -> None:
        doc = self._doc()
        self.desk.editor.settle()
        shown = self.desk.editor.held.get(self.desk.editor.uri(doc.path))
        if shown:
            self._act_on(doc, self.draw.choice(shown)["range"], [])

    def fix_all(self) -> None:
        doc = self._doc()
        start = {"line": 0, "character": 0}
        self._act_on(doc, {"start": start, "end": start}, ["source.fixAll.sqlassay"])

    def _act_on(self, doc: Document, place: dict[str, Any], only: list[str]) -> None:
        uri = {"uri": self.desk.editor.uri(doc.path)}
        context: dict[str, Any] = {"diagnostics": [], "triggerKind": 1, **({"only": only} if only else {})}
        params = {"textDocument": uri, "range": place, "context": context}
        offered = self.desk.editor.ask("textDocument/codeAction", params) or []
        wanted = [each for each in offered if each.get("data") is not None]
        if wanted:
            action = self.desk.editor.ask("codeAction/resolve", self.draw.choice(wanted)) or {}
            for change in (action.get("edit") or {}).get("documentChanges", ()):
                self._take(self.desk.editor.path(change["textDocument"]["uri"]), change["edits"])
            self.desk.counts["fixes"] += 1

    def _take(self, path: str, edits: list[dict[str, Any]]) -> None:
        doc = self.desk.open(path)
        if doc is not None:
            found = [
                Edit(doc.offset(each["range"]["start"]), doc.offset(each["range"]["end"]), each["newText"])
                for each in edits
            ]
            self.desk.edit(doc, *sorted(found, key=lambda each: (each.start, each.end), reverse=True))

    # ---- many files

    def rename_symbol(self) -> None:
        """A name is another one in several files, open or not."""
        source = self.draw.choice((self.words.models, self.words.attributes))
        old = self.draw.choice(source)
        new = f"{old}{self.draw.choice(('s', '_new', '2'))}"
        pattern = re.compile(rf"\b{old}\b")
        self.desk.counts["renames"] += 1
        for doc in list(self.desk.docs.values()):
            edits = [Edit(found.start(), found.end(), new) for found in pattern.finditer(doc.text)]
            if edits:
                self.desk.edit(doc, *reversed(edits))
        for path in self._some(self.models + self.users, 60):
            text = self.desk.folder.read(path) if path not in self.desk.docs else None
            if text is not None and pattern.search(text):
                self.desk.write(path, pattern.sub(new, text))

    def move_file(self) -> None:
        doc = self._doc()
        paths = [doc.path] if self.draw.random() < 0.4 else self._some(self.models, 1)
        for path in paths:
            if self.desk.folder.exists(path):
                place, name = self.draw.choice(self.models).rpartition("/")[0], path.rpartition("/")[2]
                new = f"{place}/moved_{name}".lstrip("/") if self.draw.random() < 0.5 else path[:-3] + "_2.py"
                if not self.desk.folder.exists(new):
                    self.desk.move({path: new})
                    self.desk.wait(5)
                    if self.draw.random() < 0.5:  # and back
                        self.desk.move({new: path})

    def move_folder(self) -> None:
        home = self.draw.choice(self.models).rpartition("/")[0]
        inside = [path for path in self.desk.folder.files("") if path.startswith(f"{home}/")]
        if home and inside and len(inside) < 40 and all(self.desk.folder.read(path) is not None for path in inside):
            moves = {path: f"{home}_moved{path[len(home) :]}" for path in inside}
            if not self.desk.folder.exists(f"{home}_moved"):
                self.desk.move(moves)
                self.desk.wait(10)
                back = {new: old for old, new in moves.items() if self.desk.folder.exists(new)}
                if self.draw.random() < 0.8:
                    self.desk.move(back)

    def make_file(self) -> None:
        home, _, name = self.draw.choice(self.models).rpartition("/")
        path = f"{home}/new_{self.draw.randrange(5)}.py".lstrip("/")
        if not self.desk.folder.exists(path):
            self.desk.counts["files made"] += 1
            text = self.words.line(words.FILES, name.removesuffix(".py"))
            self.desk.write(path, "" if self.draw.random() < 0.5 else text)
            doc = self.desk.open(path)
            if doc is not None and not doc.text:
                self.desk.edit(doc, Edit(0, 0, text))

    def delete_file(self) -> None:
        for path in self._some(self.models if self.draw.random() < 0.5 else self.desk.folder.files(), 1):
            self.desk.counts["files deleted"] += 1
            text = self.desk.folder.read(path)
            doc = self.desk.docs.get(path)
            if doc is not None and not doc.dirty and self.draw.random() < 0.7:
                self.desk.close(doc)
            self.desk.remove([path])
            self.desk.wait(5)
            if text is not None and self.draw.random() < 0.6 and not self.desk.folder.exists(path):
                self.desk.write(path, text)

    def run_a_tool(self) -> None:
        """Something changes files behind the editor's back."""
        for path in self._some(self.models, 2) + self._some(self.users, 3):
            text = self.desk.folder.read(path)
            if text:
                self.desk.write(path, self._reworked(text))

    def change_a_template(self) -> None:
        pages = [path for suffix in _PAGES for path in self.desk.folder.files(suffix)]
        for path in self._some(pages, 1):
            text = self.desk.folder.read(path)
            if text is not None:
                self.desk.write(path, text + "\n{{ item." + self.draw.choice(self.words.attributes) + " }}\n")

    def change_settings(self) -> None:
        text = self.desk.folder.read("sqlassay.toml")
        if text is not None:
            silent = 'ignore = ["is-comparison"]\n'
            self.desk.write("sqlassay.toml", text.replace(silent, "") if silent in text else text + silent)

    def switch_branch(self) -> None:
        if self.draw.random() < 0.5:
            self.save_all()
        current = self.desk.folder.git("branch", "--show-current").strip()
        self.desk.switch(self.draw.choice([each for each in BRANCHES if each != current]))


def _names(text: str) -> list[str]:
    return re.findall(r"^class (\w+)\(", text, re.MULTILINE)


ACTS: dict[Callable[[Person], None], float] = {
    Person.type_in_function: 20,
    Person.type_in_model: 10,
    Person.change_a_word: 12,
    Person.delete_lines: 5,
    Person.paste_lines: 4,
    Person.comment_out: 3,
    Person.break_for_a_while: 5,
    Person.undo: 10,
    Person.open_file: 10,
    Person.close_file: 6,
    Person.save: 8,
    Person.save_all: 2,
    Person.look_around: 5,
    Person.find_references: 1,
    Person.quick_fix: 5,
    Person.fix_all: 2,
    Person.rename_symbol: 3,
    Person.move_file: 2,
    Person.move_folder: 0.7,
    Person.make_file: 2,
    Person.delete_file: 2,
    Person.run_a_tool: 2,
    Person.change_a_template: 1,
    Person.change_settings: 0.4,
    Person.switch_branch: 1.5,
}
"""How often each is done, beside the others."""
