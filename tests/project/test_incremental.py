"""What an edit costs, by counters, and that its answers are those of a fresh look."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

import pytest
from msgspec import to_builtins
from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.semantics import memo
from sqlassay.syntax.source import TextEdit

FILES = {
    "base.py": """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Named:
    name: Mapped[str]
""",
    "models.py": """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship
from base import Base, Named

class User(Named, Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[list["Order"]] = relationship(back_populates="user")

    def hello(self):
        return self.name

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped["User"] = relationship(back_populates="orders")
    lines: Mapped[list["Line"]] = relationship(backref="order")

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
""",
    "reads_orders.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import User

def f(session: Session):
    for user in session.scalars(select(User)):
        print(user.orders)
""",
    "reads_name.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import User

def g(session: Session):
    for user in session.scalars(select(User)):
        print(user.name)
""",
    "reads_user.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import Order

def h(session: Session):
    for order in session.scalars(select(Order)):
        print(order.user, order.lines)
""",
    "mentions.py": """
from models import Order, User

def owner(order: Order, users: dict[int, User]) -> User:
    return users[order.user_id]
""",
    "builds.py": """
from models import User

def make(name: str) -> User:
    return User(name=name)
""",
}

EDITS = {
    "a letter in a method": ("return self.name", "return self.name + '!'", {"models.py": 2}),
    "a line above": ("class User(", "\n\nclass User(", {}),
    "a comment": ('    __tablename__ = "users"', '    # The people.\n    __tablename__ = "users"', None),
    # Whoever builds a user may have left out, or made up, any of its attributes.
    "a relationship renamed": (
        "    orders: Mapped",
        "    purchases: Mapped",
        {"models.py": 3, "reads_orders.py": 1, "builds.py": 1},
    ),
    "a parameter more": ("def hello(self)", "def hello(self, loud)", None),
    "a relationship gone": (
        '    lines: Mapped[list["Line"]] = relationship(backref="order")\n',
        "",
        None,
    ),
    "another class": ("class Line(Base)", "class Extra(Base):\n    __tablename__ = 'x'\n\nclass Line(Base)", None),
    "another base": ("class User(Named, Base)", "class User(Base)", None),
    "another table": ('__tablename__ = "users"', '__tablename__ = "people"', None),
    "the class gone": ("class User(Named, Base)", "class Person(Named, Base)", None),
    "broken": ("class Order(Base):", "class Order(Base", None),
}


def _path(name: str) -> str:
    return os.path.join(MEMORY_ROOT, name)


def _state(workspace: Workspace, files: Iterable[str] = FILES) -> object:
    findings = {
        name: [
            (each.code, each.start, each.end, each.message, each.related)
            for each in workspace.check(_path(name)).findings
        ]
        for name in files
    }
    return findings, to_builtins(workspace.schema())


@pytest.mark.parametrize(("old", "new", "costs"), EDITS.values(), ids=EDITS)
def test_an_edit_and_back(old: str, new: str, costs: dict[str, int] | None) -> None:
    workspace = Workspace.from_sources(FILES, live=True)
    first = _state(workspace)
    for before, after in ((old, new), (new, old)):
        walked = Counter(workspace._checker.walks)
        source = workspace.source(_path("models.py"))
        assert source is not None
        start = source.data.index(before.encode()) if before else source.data.index(b"\nclass Line(")
        workspace.edit(_path("models.py"), [TextEdit(start, start + len(before.encode()), after)])
        now = _state(workspace)
        text = workspace.source(_path("models.py"))
        assert text is not None
        assert now == _state(Workspace.from_sources({**FILES, "models.py": text.text}, live=True))
        if costs is not None and before == old:
            done = Counter(workspace._checker.walks) - walked
            assert {os.path.basename(path): count for path, count in done.items()} == costs
    assert _state(workspace) == first


def test_a_mixin_in_another_file() -> None:
    workspace = Workspace.from_sources(FILES, live=True)
    _state(workspace)
    walked = Counter(workspace._checker.walks)
    workspace.open(_path("base.py"), FILES["base.py"].replace("name: Mapped[str]", "nickname: Mapped[str]"))
    now = _state(workspace)
    done = {os.path.basename(path) for path in Counter(workspace._checker.walks) - walked}
    assert "reads_name.py" in done
    assert "reads_user.py" not in done
    changed = {**FILES, "base.py": FILES["base.py"].replace("name: Mapped[str]", "nickname: Mapped[str]")}
    assert now == _state(Workspace.from_sources(changed, live=True))


MAKERS = {
    "base.py": """
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

class Base(DeclarativeBase):
    pass
""",
    "makers.py": """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from base import Base

def make_tag(name):
    size = 8
    class Tag(Base):
        __tablename__ = name
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str]
    return Tag

class HasNotes:
    @declared_attr
    def notes(cls):
        made = type(f"{cls.__name__}Note", (Base,), {
            "__tablename__": f"{cls.__tablename__}_notes",
            "id": mapped_column(primary_key=True),
            "of_id": mapped_column(ForeignKey(f"{cls.__tablename__}.id")),
        })
        return relationship(made)

def plain(value):
    return value + 1
""",
    "models.py": """
from sqlalchemy.orm import Mapped, mapped_column
from base import Base
from makers import HasNotes, make_tag

class Order(HasNotes, Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)

OrderTag = make_tag("order_tags")
""",
    "reads.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import Order, OrderTag

def notes(session: Session):
    for order in session.scalars(select(Order)):
        print(order.notes, order.other)
    return OrderTag(text="", other="")
""",
    "elsewhere.py": """
from base import Base
from sqlalchemy.orm import Mapped, mapped_column

def test_it():
    class Own(Base):
        __tablename__ = "own"
        id: Mapped[int] = mapped_column(primary_key=True)
    return Own(id=1)
""",
}

MAKING = {
    "an attribute of the class in a function": ("makers.py", "text: Mapped[str]", "other: Mapped[str]"),
    "the name in a function": ("makers.py", 'f"{cls.__name__}Note"', 'f"{cls.__name__}Remark"'),
    "what a call gives": ("models.py", 'make_tag("order_tags")', 'make_tag("tags")'),
    "a class that is made for": ("models.py", "class Order(HasNotes, Base)", "class Order(Base)"),
    "the table in a test": ("elsewhere.py", '"own"', '"mine"'),
    "a letter above the class": ("makers.py", "size = 8", "size = 80"),
}


@pytest.mark.parametrize(("name", "old", "new"), MAKING.values(), ids=MAKING)
def test_classes_that_functions_make(name: str, old: str, new: str) -> None:
    workspace = Workspace.from_sources(MAKERS, live=True)
    first = _state(workspace, MAKERS)
    for before, after in ((old, new), (new, old)):
        source = workspace.source(_path(name))
        assert source is not None
        start = source.data.index(before.encode())
        workspace.edit(_path(name), [TextEdit(start, start + len(before.encode()), after)])
        text = workspace.source(_path(name))
        assert text is not None
        now = _state(workspace, MAKERS)
        assert now == _state(Workspace.from_sources({**MAKERS, name: text.text}, live=True), MAKERS)
        assert (now == first) is (before == new)


def test_a_body_without_classes_concerns_nobody() -> None:
    workspace = Workspace.from_sources(MAKERS, live=True)
    _state(workspace, MAKERS)
    walked = Counter(workspace._checker.walks)
    source = workspace.source(_path("makers.py"))
    assert source is not None
    start = source.data.index(b"value + 1")
    workspace.edit(_path("makers.py"), [TextEdit(start, start + 9, "value + 2")])
    _state(workspace, MAKERS)
    done = Counter(workspace._checker.walks) - walked
    assert {os.path.basename(path) for path in done} == {"makers.py"}


GIVEN = {
    "base.py": """
from sqlalchemy import MetaData, String
from sqlalchemy.orm import declarative_base
from flask_sqlalchemy import SQLAlchemy

one = MetaData(schema="one")
two = MetaData(schema="two")
Base = declarative_base(metadata=one, type_annotation_map={str: String(10)})
db = SQLAlchemy(metadata=one)
""",
    "models.py": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship
from base import Base, db

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    orders = relationship("Order")

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("one.users.id"))

class Page(db.Model):
    __tablename__ = "pages"
    id = Column(Integer, primary_key=True)
""",
    "reads.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import Order, User

class Reader:
    model = User

    def read(self, session: Session):
        for each in session.scalars(select(self.model)):
            print(each.orders)
""",
}

GIVING = {
    "the MetaData of a base": ("base.py", "declarative_base(metadata=one", "declarative_base(metadata=two"),
    "the types of a base": ("base.py", "str: String(10)", "str: String(20)"),
    "the MetaData of Flask's": ("base.py", "SQLAlchemy(metadata=one)", "SQLAlchemy(metadata=two)"),
    "a foreign key that is none": ("models.py", "Column, ForeignKey, Integer", "Column, foreignkey, Integer"),
    "an attribute of a class": ("reads.py", "model = User", "model = Order"),
}


@pytest.mark.parametrize(("name", "old", "new"), GIVING.values(), ids=GIVING)
def test_what_an_answer_was_given(name: str, old: str, new: str) -> None:
    """An answer about something that its asker holds is another one once that is another."""
    workspace = Workspace.from_sources(GIVEN, live=True)
    first = _state(workspace, GIVEN)
    for before, after in ((old, new), (new, old)):
        source = workspace.source(_path(name))
        assert source is not None
        start = source.data.index(before.encode())
        workspace.edit(_path(name), [TextEdit(start, start + len(before.encode()), after)])
        text = workspace.source(_path(name))
        assert text is not None
        now = _state(workspace, GIVEN)
        assert now == _state(Workspace.from_sources({**GIVEN, name: text.text}, live=True), GIVEN)
        assert (now == first) is (before == new)


FOLLOWED = {
    **FILES,
    "shows.py": """
from models import User

def show(user: User):
    for order in user.orders:
        print(order.id, user.name)
""",
    "calls.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import User
from shows import show

def all_of_them(session: Session):
    title = ""
    for user in session.scalars(select(User)):
        show(user)
""",
}


def test_letters_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a call comes to is kept by what it is given, and rows say where their query stands: each letter before it
    makes other ones."""
    monkeypatch.setattr(memo, "FLEETING", 5)
    workspace = Workspace.from_sources(FOLLOWED, live=True)
    _state(workspace, FOLLOWED)
    kept = workspace._project.memo
    sizes = []
    at = FOLLOWED["calls.py"].index('title = ""') + len('title = "')
    for _ in range(40):
        workspace.edit(_path("calls.py"), [TextEdit(at, at, "a")])
        workspace.check(_path("calls.py"))
        sizes.append((len(kept.entries), sum(map(len, kept._users.values()))))
    assert len(set(sizes[10:])) == 1
    text = workspace.source(_path("calls.py"))
    assert text is not None
    now = _state(workspace, FOLLOWED)
    assert now == _state(Workspace.from_sources({**FOLLOWED, "calls.py": text.text}, live=True), FOLLOWED)


DEEP = {
    "models.py": FILES["models.py"],
    "base.py": FILES["base.py"],
    "steps.py": """
from sqlalchemy import select
from sqlalchemy.orm import Session
from models import User

def users(session: Session):
    return session.scalars(select(User)).all()

def first(user):
    second(user)

def second(user):
    third(user)

def third(user):
    fourth(user)

def fourth(user):
    fifth(user)

def fifth(user):
    print(user.orders)
""",
    "from_the_top.py": """
from steps import first, users

def f(session):
    for user in users(session):
        first(user)
""",
    "from_the_middle.py": """
from steps import third, users

def g(session):
    for user in users(session):
        third(user)
""",
}


def test_what_a_call_comes_to_does_not_hang_on_who_asked_first() -> None:
    """A call is followed so many calls deep: what is known of it there is not what is known of it further up."""
    asking = ("from_the_top.py", "from_the_middle.py")
    found = []
    for order in (asking, asking[::-1]):
        workspace = Workspace.from_sources(DEEP, live=True)
        _state(workspace, order)
        found.append(_state(workspace, asking))
    assert found[0] == found[1]
    codes = {name: [each.code for each in workspace.check(_path(name)).findings] for name in asking}
    assert codes == {"from_the_top.py": [], "from_the_middle.py": ["ALC602"]}


MOVED = {
    **FILES,
    "repository.py": """
from sqlalchemy import Column, ForeignKey, Integer, Table, select
from sqlalchemy.orm import Session
from base import Base
from models import User

tags = Table("tags", Base.metadata, Column("user_id", Integer, ForeignKey("users.idd"), primary_key=True))

class Tag(Base):
    __table__ = tags

class Repository:
    def __init__(self, session: Session):
        self.session = session

    def people(self):
        return self.session.scalars(select(User))

    def show(self):
        for user in self.people():
            print(user.orders)
""",
    "together.py": """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from base import Base

class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)

    def label(self):
        return str(self.id)

    books: Mapped[list["Book"]] = relationship()

class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))

def show(shelf):
    print(shelf.books)

def read(session: Session):
    for shelf in session.scalars(select(Shelf)):
        show(shelf)
""",
}

MOVES = {
    "a line in the method above": (
        "repository.py",
        "self.session = session",
        "self.session = session\n        # kept\n",
    ),
    "a space in a list of bases": ("models.py", "class User(Named,", "class User(  Named,"),
    "a line in a table": ("repository.py", '"tags", Base.metadata,', '"tags", Base.metadata,\n   '),
    "a line above a relationship": ("together.py", "return str", "# It has no other.\n        return str"),
}


@pytest.mark.parametrize(("name", "old", "new"), MOVES.values(), ids=MOVES)
def test_what_only_moved_is_found_where_it_is_now(name: str, old: str, new: str) -> None:
    """No fact of the file means anything else after the edit, and what is walked anew must still find them."""
    workspace = Workspace.from_sources(MOVED, live=True)
    files = {**MOVED}

    def edit(before: str, after: str, in_file: str) -> None:
        start = files[in_file].index(before)
        workspace.edit(_path(in_file), [TextEdit(start, start + len(before), after)])
        files[in_file] = files[in_file].replace(before, after, 1)
        assert _state(workspace, MOVED) == _state(Workspace.from_sources(files, live=True), MOVED)

    edit(old, new, name)
    edit("print(user.orders)", "print(user.orders, user.name)", "repository.py")
    edit("def show(self):", "def show(self, loud):", "repository.py")
    edit(new, old, name)
    edit("select(User)", "select(User).where(User.name == '')", "repository.py")
    codes = {each.code for each in workspace.check(_path("repository.py")).findings}
    assert "ALC601" in codes or "ALC602" in codes
