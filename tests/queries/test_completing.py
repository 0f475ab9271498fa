"""What fits into a string, whole or still open."""

from __future__ import annotations

import pytest
from queries.support import SHOP, Asked, at, typed

KEYS = ["groups.id", "users.id", "posts.id", "groups", "users", "posts", "user_groups"]

FITTING = [
    ('x: Mapped[int] = mapped_column(ForeignKey("¦', "", KEYS),
    ('x: Mapped[int] = mapped_column(ForeignKey("¦"', "", KEYS),
    ('x: Mapped[int] = mapped_column(ForeignKey("¦"))', "", KEYS),
    ("x: Mapped[int] = mapped_column(ForeignKey('¦'))", "", KEYS),
    ('x: Mapped[int] = mapped_column(\n    ForeignKey(\n        "us¦', "us", KEYS),
    ('x: Mapped[int] = mapped_column(ForeignKey("posts.¦', "posts.", ["posts.id", "posts.title", "posts.user_id"]),
    (
        'x: Mapped[int] = mapped_column(ForeignKey("posts.t¦it"))',
        "posts.tit",
        ["posts.id", "posts.title", "posts.user_id"],
    ),
    ('x: Mapped[int] = mapped_column(ForeignKey("us¦ers.nam"))', "users.nam", KEYS),
    ('x: Mapped[int] = mapped_column(ForeignKey("us¦ers.nam"', "users.nam", KEYS),
    (
        'x: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="¦',
        "",
        ["CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT"],
    ),
    ('x: Mapped[list["¦', "", ["Group", "User", "Post"]),
    ('x: Mapped["P¦o"] = relationship()', "Po", ["Group", "User", "Post"]),
    ('x = relationship("¦', "", ["Group", "User", "Post"]),
    ('x = relationship("Post", order_by="¦', "", ["Group", "User", "Post"]),
    ('x = relationship("Post", order_by="Post.¦', "Post.", ["Post.id", "Post.title", "Post.user_id", "Post.user"]),
    ('x = relationship("Post", primaryjoin="User.id == Po¦st.user_id")', "Post", ["Group", "User", "Post"]),
    ('x = relationship("Post", back_populates="¦', "", ["user"]),
    ('x: Mapped[list["Post"]] = relationship(back_populates="¦', "", ["user"]),
    ('x: Mapped[list["Group"]] = relationship(\n    back_populates="¦",\n)', "", ["users"]),
    ('x = relationship("Group", secondary="¦', "", ["user_groups", "posts", "groups", "users"]),
    ('x = relationship("Post", cascade="all, ¦"', "", None),
    ('x = relationship("Post", cascade="all, del¦"', "del", None),
    ('x = association_proxy("¦', "", ["posts", "groups"]),
    ('x = association_proxy("posts", "¦', "", ["id", "title", "user_id", "user"]),
]


@pytest.mark.parametrize(("code", "replaced", "texts"), FITTING)
def test_what_fits(code: str, replaced: str, texts: list[str] | None) -> None:
    found = typed(code).fits()
    assert found[0] == replaced
    if texts is None:
        texts = ["save-update", "merge", "delete", "delete-orphan", "expunge", "refresh-expire", "none"]
    assert found[1] == texts


def test_tables_that_join_both_sides_come_first() -> None:
    found = typed('x: Mapped[list[Group]] = relationship(secondary="¦').fits()[1]
    assert found[0] == "user_groups"


def test_relationships_that_lead_back_come_first() -> None:
    program = SHOP.replace("    titles = ", '    friend_id = mapped_column(ForeignKey("users.id"))\n    titles = ')
    found = at('back_populates="po¦sts", lazy', program).fits()
    assert found == ("posts", ["posts", "groups"])


def test_columns_of_the_own_table() -> None:
    assert at('UniqueConstraint("mail", "n¦ame")').fits() == ("name", ["id", "name"])
    broken = SHOP.replace('("mail", "name"),)', '("mail", "¦')
    assert Asked({"models.py": broken}).fits() == ("", ["id", "name"])


def test_a_table_of_its_own() -> None:
    code = '\n\nlinks = Table("links", Base.metadata, Column("a", ForeignKey("¦'
    assert Asked({"models.py": SHOP + code}).fits() == ("", KEYS)


@pytest.mark.parametrize(
    "code",
    ['x = print("¦', 'x = "¦"', "x = relationship(¦", 'x: Mapped[Literal["¦"]]', 'x = relationship("Post", doc="¦'],
)
def test_nothing_fits(code: str) -> None:
    assert typed(code).fits()[1] == []


def test_wide_characters_and_line_ends() -> None:
    code = 'é = "𝒳𝒳"; x = relationship("Post", back_populates="us¦'
    assert typed(code).fits() == ("us", ["user"])
    asked = Asked({"models.py": SHOP.replace("    # more\n", f"    {code}\n").replace("\n", "\r\n")})
    assert asked.fits() == ("us", ["user"])


def test_a_name_that_is_not_imported_yet() -> None:
    program = SHOP.replace("ForeignKey, ", "")
    assert typed('x: Mapped[int] = mapped_column(ForeignKey("¦', program).fits()[1] == KEYS


def test_a_function_of_the_projects_own() -> None:
    program = SHOP.replace("ForeignKey, ", "") + "\n\ndef ForeignKey(text: str) -> None: ...\n"
    assert typed('x: Mapped[int] = mapped_column(ForeignKey("¦', program).fits()[1] == []


def test_names_are_gathered_again_when_the_project_is_small() -> None:
    asked = typed('x = relationship("¦')
    assert "Shop" not in asked.fits()[1]
    text = asked.data.decode() + '\n\nclass Shop(Base):\n    __tablename__ = "shops"\n    id: Mapped[int]\n'
    asked.workspace.open(asked.path, text)
    assert "Shop" in asked.fits()[1]


def test_a_large_project_is_not_walked_for_a_keystroke() -> None:
    many = "".join(
        f'\n\nclass M{number}(Base):\n    __tablename__ = "m{number}"\n'
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        for number in range(60)
    )
    asked = typed('x = relationship("¦', SHOP + many)
    found = asked.workspace.complete(asked.path, asked.offset)
    assert found.settled
    assert len(found.items) == 63
    asked.workspace.open(asked.path, asked.data.decode() + '\n\nclass Late(Base):\n    __tablename__ = "late"\n')
    found = asked.workspace.complete(asked.path, asked.offset)
    assert not found.settled
    assert "Late" not in [each.text for each in found.items]
    asked.workspace.gather()
    found = asked.workspace.complete(asked.path, asked.offset)
    assert found.settled
    assert "Late" in [each.text for each in found.items]


def test_each_suggestion_has_its_card() -> None:
    asked = typed('x: Mapped[int] = mapped_column(ForeignKey("¦')
    for each in asked.workspace.complete(asked.path, asked.offset).items:
        assert each.thing is not None
        card = asked.workspace.card(each.thing)
        assert card is not None
        assert each.text.split(".")[0] in card
