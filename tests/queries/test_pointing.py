"""What stands at a position, and where it is declared."""

from __future__ import annotations

import pytest
from queries.support import SHOP, Asked, at

USE = """

def names(session: Session) -> list[str]:
    found = session.get(User, 1)
    assert found is not None
    for post in found.posts:
        print(post.user.name)
    session.query(Post).filter_by(title="x")
    User(mail="x")
    return [user_groups.c.user_id, User.__table__.c.name]
"""

DECLARED = [
    # The names of things where they are declared.
    ("class ¦User(", "User", "class User(Base): [User]"),
    ("class User¦(", "User", "class User(Base): [User]"),
    ("class User(¦Base", "Base", "class Base(DeclarativeBase): [Base]"),
    ("na¦me: Mapped", "name", "name: Mapped[str | None] = mapped_column(index=True) [name]"),
    ("    ¦posts: Mapped", "posts", None),
    ("¦user_groups = Table", "user_groups", '"user_groups", [user_groups]'),
    # Strings.
    ('ForeignKey("us¦ers.id")', "users", "class User(Base): [User]"),
    ('ForeignKey("users.i¦d")', "id", "id: Mapped[int] = mapped_column(primary_key=True) [id]"),
    ('ForeignKey("groups.id¦"', "id", "id: Mapped[int] = mapped_column(primary_key=True) [id]"),
    ('secondary="user¦_groups"', "user_groups", '"user_groups", [user_groups]'),
    ("secondary=user¦_groups,", "user_groups", '"user_groups", [user_groups]'),
    (
        'back_populates="us¦er"',
        "user",
        'user: Mapped["User"] = relationship(back_populates="posts", lazy="joined") [user]',
    ),
    ('Mapped["¦User"]', "User", "class User(Base): [User]"),
    ('list["Po¦st"]', "Post", "class Post(Base): [Post]"),
    ('order_by="Po¦st.id"', "Post", "class Post(Base): [Post]"),
    ('order_by="Post.¦id"', "id", "id: Mapped[int] = mapped_column(primary_key=True) [id]"),
    ('__tablename__ = "us¦ers"', "users", "class User(Base): [User]"),
    ('UniqueConstraint("mail", "n¦ame")', "name", "name: Mapped[str | None] = mapped_column(index=True) [name]"),
    ('association_proxy("po¦sts"', "posts", None),
    ('association_proxy("posts", "ti¦tle")', "title", "title: Mapped[str] [title]"),
    # Code.
    ("session.get(¦User, 1)", "User", "class User(Base): [User]"),
    ("found.po¦sts", "posts", None),
    ("post.us¦er.name", "user", 'user: Mapped["User"] = relationship(back_populates="posts", lazy="joined") [user]'),
    ("post.user.na¦me", "name", "name: Mapped[str | None] = mapped_column(index=True) [name]"),
    ("filter_by(ti¦tle=", "title", "title: Mapped[str] [title]"),
    ("User(ma¦il=", "mail", "mail: Mapped[str] [mail]"),
    ("user_groups.c.us¦er_id", "user_id", 'Column("user_id", ForeignKey("users.id"), primary_key=True), [user_id]'),
    ("__table__.c.na¦me", "name", "name: Mapped[str | None] = mapped_column(index=True) [name]"),
]


@pytest.mark.parametrize(("text", "named", "declared"), DECLARED)
def test_what_is_named_and_where_it_is_declared(text: str, named: str, declared: str | None) -> None:
    asked = at(text, SHOP + USE)
    card = asked.card()
    assert card is not None
    assert card[0] == named
    target = asked.target()
    assert target is not None
    assert target == declared if declared is not None else target.endswith(f"[{named}]")


@pytest.mark.parametrize(
    "text",
    [
        "¦from sqlalchemy.ext",
        "relation¦ship(secondary",
        "back_popu¦lates=",
        "print(¦post.user.name)",
        "session.g¦et(",
        "    # mo¦re",
        "Mapped[s¦tr]",
        "pass¦",
    ],
)
def test_what_is_nothing_of_the_mappers(text: str) -> None:
    asked = at(text, SHOP + USE)
    assert asked.card() is None
    assert asked.target() is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('lazy="¦joined"', "joined"),
        ('cascade="all, delete-¦orphan"', "delete-orphan"),
        ('cascade="¦all, ', "all"),
        ('ondelete="SET NU¦LL"', "SET NULL"),
    ],
)
def test_words(text: str, word: str) -> None:
    asked = at(text)
    found = asked.card()
    assert found is not None
    assert found[0] == word
    assert found[1].startswith(f"`{word}`\n\n")
    assert asked.target() is None


def test_a_string_that_names_nothing() -> None:
    for text in ('"nobody.i¦d"', '"nob¦ody.id"', '"users.no¦thing"'):
        assert (
            at(f"ForeignKey({text}", SHOP.replace('"users.id", ondelete', f"{text.replace('¦', '')}, ondelete")).card()
            is None
        )


def test_a_local_name_hides_a_model() -> None:
    hidden = SHOP + "\n\ndef run(User: int) -> int:\n    return U¦ser\n"
    assert Asked({"models.py": hidden}).card() is None


def test_across_files() -> None:
    files = {
        "base.py": "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase): ...\n",
        "users.py": (
            "from sqlalchemy.orm import Mapped, mapped_column, relationship\nfrom base import Base\n\n\n"
            'class User(Base):\n    __tablename__ = "users"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
            '    posts = relationship("Post", back_populates="writer")\n'
        ),
        "posts.py": (
            "from sqlalchemy import ForeignKey\nfrom sqlalchemy.orm import Mapped, mapped_column, relationship\n"
            "from base import Base\n\n\n"
            'class Post(Base):\n    __tablename__ = "posts"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
            '    user_id = mapped_column(ForeignKey("users.¦id"))\n'
            '    writer = relationship("User", back_populates="posts")\n'
        ),
    }
    asked = Asked(files)
    assert asked.target() == "id: Mapped[int] = mapped_column(primary_key=True) [id]"
    files["posts.py"] = files["posts.py"].replace("¦", "").replace('"posts")', '"po¦sts")')
    assert Asked(files).target() == 'posts = relationship("Post", back_populates="writer") [posts]'
    files["posts.py"] = files["posts.py"].replace("¦", "").replace("import Ba", "import B¦a")
    assert Asked(files).target() == "class Base(DeclarativeBase): ... [Base]"


def test_schemas() -> None:
    program = SHOP.replace('__tablename__ = "users"', '__tablename__ = "users"\n    __table_args__ = {"schema": "app"}')
    program = program.replace('    __table_args__ = (UniqueConstraint("mail", "name"),)\n', "")
    program = program.replace("users.id", "app.users.id")
    table = at('ForeignKey("app.us¦ers.id", onde', program).card()
    assert table is not None
    assert table[0] == "app.users"
    column = at('ForeignKey("app.users.¦id", onde', program).card()
    assert column is not None
    assert "app.users.id INTEGER NOT NULL PRIMARY KEY" in column[1]


def test_flask_sqlalchemy() -> None:
    program = """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    posts = db.relationship("Post", backref="writer")


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
"""
    column = at('db.ForeignKey("user.¦id")', program).card()
    assert column is not None
    assert "user.id INTEGER NOT NULL PRIMARY KEY" in column[1]
    made = at('backref="wri¦ter"', program).card()
    assert made is not None
    assert "**Post.writer**: many-to-one to `User`" in made[1]


def test_sqlmodel() -> None:
    program = """\
from sqlmodel import Field, Relationship, SQLModel


class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    heroes: list["Hero"] = Relationship(back_populates="team", sa_relationship_kwargs={"lazy": "selectin"})


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship(back_populates="heroes")
"""
    for text, start in (
        ('back_populates="te¦am"', "**Hero.team**: many-to-one to `Team`, one object"),
        ('foreign_key="team.i¦d"', "```sql\nteam.id INTEGER NOT NULL PRIMARY KEY"),
        ('"lazy": "sel¦ectin"', "`selectin`"),
        ('list["He¦ro"]', "**Hero**, mapped to `hero`"),
    ):
        found = at(text, program).card()
        assert found is not None, text
        assert found[1].startswith(start)


def test_references() -> None:
    asked = at("class ¦Post(")
    found = asked.workspace.references(asked.path, asked.offset, declaration=True)
    assert [asked.shown(each).split(" = ")[0] for each in found] == [
        "class Post(Base): [Post]",
        'posts: Mapped[list["Post"]]',
    ]
    asked = at('ForeignKey("users.¦id")')
    found = asked.workspace.references(asked.path, asked.offset)
    assert [asked.shown(each) for each in found] == [
        'Column("user_id", ForeignKey("users.id"), primary_key=True), [ForeignKey("users.id")]',
        'user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))'
        ' [ForeignKey("users.id", ondelete="SET NULL")]',
    ]
    asked = at("    ¦posts: Mapped")
    found = asked.workspace.references(asked.path, asked.offset)
    assert [asked.shown(each).rsplit(" [")[-1] for each in found] == ['"posts"]']


def test_every_position_of_broken_code_has_an_answer() -> None:
    """No question raises, wherever it is asked and however the code is cut."""
    for end in range(0, len(SHOP), 97):
        asked = Asked({"models.py": SHOP[:end] + "¦"})
        for offset in range(max(end - 60, 0), end + 1, 3):
            asked.workspace.describe(asked.path, offset)
            asked.workspace.definition(asked.path, offset)
            asked.workspace.complete(asked.path, offset)


def test_code_in_several_strings_side_by_side() -> None:
    program = SHOP.replace(
        'order_by="Post.id"', 'primaryjoin="and_(User.id == Post.user_id, "\n        "Post.ti¦tle == User.name)"'
    )
    asked = Asked({"models.py": program})
    assert asked.target() == "title: Mapped[str] [title]"
    assert asked.fits() == ("Post.title", ["Post.id", "Post.title", "Post.user_id", "Post.user"])
    assert (
        at('ForeignKey("us" "ers.¦id")', SHOP.replace('ForeignKey("users.id")', 'ForeignKey("us" "ers.id")')).card()
        is None
    )
