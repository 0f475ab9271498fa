"""Besides the option of the query, an editor offers to await the attribute where it is read."""

from __future__ import annotations

import os

import pytest
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.syntax.source import apply_edits

HEAD = """\
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(AsyncAttrs, DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


"""

PLAIN = HEAD.replace("AsyncAttrs, ", "")

FUNCTION = """\
async def f(session: AsyncSession) -> None:
    user = await session.get_one(User, 1)
    {}
"""

AWAIT = "Await `posts` of `awaitable_attrs`"
REFRESH = "Refresh `posts` before it is read"
REFRESHED = 'await session.refresh(user, ["posts"])\n    '


def offered(code: str) -> dict[str, str]:
    """What the other fixes of the one finding make of some code, by their titles."""
    config = Config.from_settings({"select": ["async-lazy-load"]}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"main.py": code}, config)
    path = os.path.join(MEMORY_ROOT, "main.py")
    (finding,) = workspace.check(path).findings
    made: dict[str, str] = {}
    for fix in finding.others:
        edits = workspace.edits(fix)
        assert edits is not None
        assert not fix.safe
        made[fix.title] = apply_edits(workspace.module(path).source, edits[path]).text
        again = Workspace.from_sources({"main.py": made[fix.title]}, config).check(path).findings
        assert not again, "it is a repair"
    return made


@pytest.mark.parametrize(
    ("read", "awaited", "refreshed"),
    [
        ("print(user.posts)", "print(await user.awaitable_attrs.posts)", "print(user.posts)"),
        (
            "for post in user.posts:\n        print(post)",
            "for post in await user.awaitable_attrs.posts:\n        print(post)",
            "for post in user.posts:\n        print(post)",
        ),
        ("user.posts.append(Post())", "(await user.awaitable_attrs.posts).append(Post())", "user.posts.append(Post())"),
        ("print([each for each in user.posts])", "print([each for each in await user.awaitable_attrs.posts])", None),
        ("while user.posts:\n        break", "while await user.awaitable_attrs.posts:\n        break", None),
        (
            "if not session:\n        pass\n    elif user.posts:\n        pass",
            "if not session:\n        pass\n    elif await user.awaitable_attrs.posts:\n        pass",
            None,
        ),
        ("user.posts = []", None, "user.posts = []"),
        ("print(list(each for each in user.posts))", None, None),
    ],
)
def test_where_it_is_read(read: str, awaited: str | None, refreshed: str | None) -> None:
    expected = {}
    if awaited is not None:
        expected[AWAIT] = HEAD + FUNCTION.format(awaited)
    if refreshed is not None:
        expected[REFRESH] = HEAD + FUNCTION.format(REFRESHED + refreshed)
    assert offered(HEAD + FUNCTION.format(read)) == expected


def test_a_class_without_async_attrs_is_refreshed() -> None:
    assert offered(PLAIN + FUNCTION.format("print(user.posts)")) == {
        REFRESH: PLAIN + FUNCTION.format(REFRESHED + "print(user.posts)")
    }


def test_two_names_of_the_session() -> None:
    assert offered(PLAIN + FUNCTION.format("other = session\n    print(user.posts)")) == {}


def test_nothing_where_a_call_reads_it() -> None:
    helper = "\n\ndef helper(user: User) -> None:\n    print(user.posts)\n"
    assert offered(HEAD + FUNCTION.format("helper(user)") + helper) == {}
