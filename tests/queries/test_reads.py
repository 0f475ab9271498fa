"""What a card says that a read runs is what SQLAlchemy runs."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import Session
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace

HEAD = """
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass

"""

USERS = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(20), unique=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="user", {many})


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped["User"] = relationship(back_populates="posts", {one})
"""

TAGS = """
post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, {many})


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
"""

NODES = """
class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    children: Mapped[list["Node"]] = relationship(back_populates="parent", {many})
    parent: Mapped["Node | None"] = relationship(back_populates="children", remote_side=[id], {one})
"""

FRIENDS = """
friends = Table(
    "friends",
    Base.metadata,
    Column("a", ForeignKey("people.id"), primary_key=True),
    Column("b", ForeignKey("people.id"), primary_key=True),
)


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    others: Mapped[list["Person"]] = relationship(
        secondary=friends,
        primaryjoin="Person.id == friends.c.a",
        secondaryjoin="Person.id == friends.c.b",
    )
"""

STAFF = """
class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    staff: Mapped[list["{who}"]] = relationship({many})


class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {{"polymorphic_on": "kind", "polymorphic_identity": "employee"}}


"""

MANAGERS = (
    STAFF.replace("{who}", "Manager")
    + """
class Manager(Employee):
    __tablename__ = "managers"
    id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    __mapper_args__ = {{"polymorphic_identity": "manager"}}
"""
)

ENGINEERS = (
    STAFF.replace("{who}", "Engineer")
    + """
class Engineer(Employee):
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    __mapper_args__ = {{"polymorphic_identity": "manager"}}
"""
)

COMPOSITE = """
class Order(Base):
    __tablename__ = "orders"
    shop: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list["Line"]] = relationship(back_populates="order", {many})


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[int]
    number: Mapped[int]
    order: Mapped["Order"] = relationship(back_populates="lines", {one})
    __table_args__ = (ForeignKeyConstraint(["shop", "number"], ["orders.shop", "orders.number"]),)
"""

CASES = [
    (USERS, "User", "posts", ""),
    (USERS, "User", "posts", 'order_by="Post.title.desc(), Post.id"'),
    (USERS, "User", "posts", 'lazy="selectin"'),
    (USERS, "User", "posts", 'lazy="joined"'),
    (USERS, "Post", "user", ""),
    (USERS, "Post", "user", 'lazy="selectin"'),
    (USERS, "Post", "user", 'lazy="joined"'),
    (USERS, "Post", "user", 'lazy="joined", innerjoin=True'),
    (USERS, "Post", "user", 'lazy="immediate"'),
    (TAGS, "Post", "tags", ""),
    (TAGS, "Post", "tags", 'lazy="selectin"'),
    (TAGS, "Post", "tags", 'lazy="joined"'),
    (NODES, "Node", "children", ""),
    (NODES, "Node", "children", 'lazy="selectin"'),
    (NODES, "Node", "parent", ""),
    (MANAGERS, "Company", "staff", ""),
    (MANAGERS, "Company", "staff", 'lazy="selectin"'),
    (ENGINEERS, "Company", "staff", ""),
    (ENGINEERS, "Company", "staff", 'lazy="selectin"'),
    (ENGINEERS, "Company", "staff", 'lazy="joined"'),
    (COMPOSITE, "Order", "lines", ""),
    (COMPOSITE, "Order", "lines", 'lazy="joined"'),
    (COMPOSITE, "Line", "order", ""),
]


@pytest.mark.parametrize(("models", "owner", "name", "options"), CASES)
def test_the_statement_is_the_one_that_runs(models: str, owner: str, name: str, options: str) -> None:
    many, one = ("", options) if name in ("user", "parent", "order") else (options, "")
    source = HEAD + models.format(many=many, one=one)
    config = Config.from_settings({"target-version": ".".join(sqlalchemy.__version__.split(".")[:2])}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"models.py": source}, config)
    path = os.path.join(MEMORY_ROOT, "models.py")
    at = source.index(f"    {name}: Mapped", source.index(f"class {owner}(")) + 4
    card = workspace.describe(path, at)
    assert card is not None
    shown = re.search(r"```sql\n(.*?)\n```", card.text, re.DOTALL)
    assert shown is not None, card.text
    assert normal(shown[1]) in [normal(each) for each in emitted(source, owner, name)]


def test_a_join_of_ones_own_shows_no_statement_that_may_be_wrong() -> None:
    source = HEAD + FRIENDS
    card = Workspace.from_sources({"models.py": source}).describe(
        os.path.join(MEMORY_ROOT, "models.py"), source.index("others: Mapped")
    )
    assert card is not None
    assert "```" not in card.text
    assert "people.id = friends.a and friends.b = people.id" in card.text, card.text


READ = """

from sqlalchemy import select
from sqlalchemy.orm import Session


def read(session: Session) -> None:
    for each in session.scalars(select({owner})):
        print(each.{name})
"""


@pytest.mark.parametrize("options", ["", 'lazy="raise"'])
@pytest.mark.parametrize(
    ("models", "owner", "name"), [(USERS, "User", "posts"), (USERS, "Post", "user"), (TAGS, "Post", "tags")]
)
def test_the_lazy_load_of_a_finding_is_the_one_that_runs(models: str, owner: str, name: str, options: str) -> None:
    """Or the one that would run, were it not forbidden."""
    code = HEAD + models.format(many=options, one=options) + READ.format(owner=owner, name=name)
    config = Config.from_settings({"select": ["n-plus-one", "raise-lazy-access"]}, MEMORY_ROOT)
    workspace = Workspace.from_sources({"models.py": code}, config)
    (finding,) = workspace.check(os.path.join(MEMORY_ROOT, "models.py")).findings
    assert (finding.name == "n-plus-one") is not bool(options)
    lazily = HEAD + models.format(many="", one="")
    assert normal(workspace.lazy_load(finding)) in [normal(each) for each in emitted(lazily, owner, name)]


def emitted(source: str, owner: str, name: str) -> list[str]:
    """The SELECTs that loading an object and reading its relationship emits."""
    scope: dict[str, Any] = {"__name__": "models"}
    exec(compile(source, "models.py", "exec", dont_inherit=True), scope)
    engine = create_engine("sqlite://")
    scope["Base"].metadata.create_all(engine)
    model = scope[owner]
    with engine.begin() as connection:
        for table in scope["Base"].metadata.sorted_tables:
            if table.name == "nodes":
                connection.execute(table.insert(), [{"id": 2, "parent_id": None}, {"id": 1, "parent_id": 2}])
            else:
                connection.execute(table.insert().values({each.name: _value(each) for each in table.columns}))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with Session(engine) as session:
        for each in session.scalars(select(model).order_by(*model.__table__.primary_key)).unique().fetchmany(1):
            getattr(each, name)
    return statements


def _value(column: Any) -> Any:
    return 1 if column.type.python_type is int else "manager"


def normal(statement: str) -> str:
    """A statement without what a card leaves out: its columns, the number of keys; and with `= ?` on the right."""
    text = " ".join(statement.split())
    text = re.sub(r"^SELECT .*? FROM ", "SELECT ... FROM ", text)
    text = re.sub(r" ORDER BY \w+\.(?:id|shop, \w+\.number)$", "", text) if "WHERE" not in text else text
    text = re.sub(r"\? = ([\w.]+)", r"\1 = ?", text)
    return re.sub(r"IN \((?:\?(?:, )?)+\)", "IN (?, ...)", text)
