"""The symbols of a file, and of the project."""

from __future__ import annotations

from queries.support import SHOP, path
from sqlassay.linter import Workspace


def workspace(program: str = SHOP) -> Workspace:
    return Workspace.from_sources({"models.py": program}, live=True)


def test_the_symbols_of_a_file() -> None:
    found = workspace().symbols(path())
    shown = [(each.name, each.kind, each.detail, [(c.name, c.kind) for c in each.children]) for each in found]
    assert shown[1] == ("user_groups", "table", "", [("user_id", "column"), ("group_id", "column")])
    assert shown[3] == (
        "User",
        "model",
        "users",
        [
            ("id", "column"),
            ("name", "column"),
            ("mail", "column"),
            ("posts", "relationship"),
            ("groups", "relationship"),
            ("titles", "attribute"),
        ],
    )
    data = SHOP.encode()
    for each in found:
        assert each.start <= each.name_start < each.name_end <= each.end
        assert data[each.name_start : each.name_end].decode() == each.name
        for child in each.children:
            assert each.start <= child.start <= child.name_start < child.name_end <= child.end <= each.end


def test_a_file_that_is_broken_keeps_its_other_symbols() -> None:
    program = SHOP.replace("    mail: Mapped[str]\n", "    mail: Mapped[str\n")
    (user,) = [each for each in workspace(program).symbols(path()) if each.name == "User"]
    assert {"id", "name", "posts"} <= {each.name for each in user.children}


def test_a_file_without_models() -> None:
    assert workspace("import os\n\n\nclass A: ...\n").symbols(path()) == ()


def test_what_a_query_finds() -> None:
    project = workspace()

    def names(query: str) -> list[str]:
        return [f"{hit.container}.{hit.name}" if hit.kind == "column" else hit.name for hit in project.search(query)]

    assert names("user")[:2] == ["User", "user"]
    assert names("usgr") == ["user_groups"]
    assert names("User.ma") == ["User.mail"]
    assert names("xyz") == []
    assert {"User", "Post", "Group", "posts", "User.mail", "user_groups.group_id"} <= set(names(""))
