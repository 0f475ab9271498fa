"""Programs for questions, with the cursor in them: `¦` is where it stands."""

from __future__ import annotations

import os

from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.queries.answers import Location

CURSOR = "¦"

SHOP = """\
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


user_groups = Table(
    "user_groups",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
)


class Group(Base):
    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    users: Mapped[list["User"]] = relationship(secondary="user_groups", back_populates="groups")


class User(Base):
    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("mail", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    mail: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="user", order_by="Post.id", cascade="all, delete-orphan")
    groups: Mapped[list[Group]] = relationship(secondary=user_groups, back_populates="users")
    titles = association_proxy("posts", "title")
    # more


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    user: Mapped["User"] = relationship(back_populates="posts", lazy="joined")
"""


def path(name: str = "models.py") -> str:
    return os.path.join(MEMORY_ROOT, *name.split("/"))


class Asked:
    """A project and the cursor in one of its files."""

    def __init__(self, files: dict[str, str]) -> None:
        self.offset = -1
        clean = {}
        for name, text in files.items():
            if CURSOR in text:
                self.path = path(name)
                self.offset = len(text[: text.index(CURSOR)].encode())
                text = text.replace(CURSOR, "")
            clean[name] = text
        assert self.offset >= 0, "no cursor"
        self.workspace = Workspace.from_sources(clean, live=True)
        self.data = clean[os.path.relpath(self.path, MEMORY_ROOT)].encode()

    def code(self, start: int, end: int) -> str:
        return self.data[start:end].decode()

    def card(self) -> tuple[str, str] | None:
        """What names the thing, and its card."""
        found = self.workspace.describe(self.path, self.offset)
        return (self.code(found.start, found.end), found.text) if found is not None else None

    def target(self) -> str | None:
        """Where the thing is declared, as `line [code]`."""
        found = self.workspace.definition(self.path, self.offset)
        return self.shown(found.targets[0]) if found is not None else None

    def shown(self, location: Location) -> str:
        source = self.workspace.source(location.path)
        assert source is not None
        line = source.line_text(source.line_at(location.start)).strip()
        return f"{line} [{source.data[location.start : location.end].decode()}]"

    def fits(self) -> tuple[str, list[str]]:
        """What would be replaced, and by what."""
        found = self.workspace.complete(self.path, self.offset)
        return self.code(found.start, found.end), [each.text for each in found.items]


def at(text: str, program: str = SHOP) -> Asked:
    """The cursor where `text`, which holds it, stands in the program."""
    plain = text.replace(CURSOR, "")
    assert plain in program, plain
    return Asked({"models.py": program.replace(plain, text, 1)})


def typed(code: str, program: str = SHOP) -> Asked:
    """The cursor in code that stands in the class User."""
    return Asked({"models.py": program.replace("    # more\n", "".join(f"    {line}\n" for line in code.split("\n")))})
