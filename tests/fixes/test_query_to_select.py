"""Query chains as 2.0 statements: the code they become, and that real SQLAlchemy does the same with both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fixing import Program
from sqlalchemy import event, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import Transform


def to_select(chain: str, entities: int = 1, **args: str) -> str:
    """What an expression becomes."""
    program = Program(chain)
    return program.fixed(Transform(program.at(chain), "query-to-select", {"entities": str(entities), **args}))


# ------------------------------------------------------------------ what is done


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(back_populates="user", order_by="Post.id")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "user"}  # noqa: RUF012


class Admin(User):
    __mapper_args__ = {"polymorphic_identity": "admin"}  # noqa: RUF012


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    title: Mapped[str]
    user: Mapped[User] = relationship(back_populates="posts")


class Database:
    """Users with posts in memory, and the statements that were sent."""

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://")
        Base.metadata.create_all(self.engine)
        with Session(self.engine) as session:
            ann, ben, cat = User(name="ann"), User(name="ben"), Admin(name="cat")
            session.add_all([ann, ben, cat])
            session.add_all(
                [
                    Post(user=ann, title="a"),
                    Post(user=ann, title="b"),
                    Post(user=ben, title="b"),
                    Post(user=ann, title="c"),
                ]
            )
            session.commit()
        self.statements: list[str] = []
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del connection, cursor, rest
        self.statements.append(statement)

    def run(self, code: str) -> tuple[object, list[str]]:
        """What the code gives or raises, made comparable, and its SQL without labels and line ends."""
        self.statements.clear()
        with Session(self.engine) as session:
            names = {**NAMES, "session": session, "u": aliased(User, name="u")}
            try:
                result = eval(code, names)
                outcome = comparable(
                    list(result) if isinstance(result, (Iterator, sa.Result, sa.ScalarResult)) else result
                )
            except sa.exc.InvalidRequestError as error:
                outcome = type(error)
        return outcome, [unlabelled(statement) for statement in self.statements]


NAMES: dict[str, Any] = {
    **{each.__name__: each for each in (User, Admin, Post, select, aliased, joinedload, contains_eager, selectinload)},
    "func": func,
    "sa": sa,
}


def comparable(value: object) -> object:
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, sa.Row):
        return ("row", *(comparable(each) for each in value))
    if isinstance(value, Base):
        loaded = sa.inspect(value).dict.get("posts")
        posts = None if loaded is None else [post.id for post in loaded]
        return (type(value).__name__, value.id, posts)
    return value


def unlabelled(statement: str) -> str:
    """Query labels its columns with their tables, select() does not; a subquery goes by its labels."""
    bare = re.sub(r" AS \w+(?=,|\s+FROM)", "", statement)
    return re.sub(r"\s+", " ", re.sub(r"\b(anon_\d+)\.(?:users|posts)_", r"\1.", bare))


@pytest.fixture(scope="module")
def database() -> Database:
    return Database()


SAME_SQL = [
    ("session.query(User).all()", 1),
    ("session.query(User).filter(User.name == 'ann').all()", 1),
    ("session.query(User).filter(User.name != 'x', User.id > 0).order_by(User.name.desc()).all()", 1),
    ("session.query(User).where(User.id > 1).filter_by(name='ben').all()", 1),
    ("session.query(User).filter_by(name='nobody').all()", 1),
    ("session.query(Admin).all()", 1),
    ("session.query(User).order_by(User.id).limit(2).offset(1).all()", 1),
    ("session.query(User).distinct().all()", 1),
    ("session.query(User).options(selectinload(User.posts)).order_by(User.id).all()", 1),
    ("session.query(User).options(joinedload(User.posts)).order_by(User.id).all()", 1),
    ("session.query(User).options(joinedload(User.posts)).order_by(User.id).limit(2).all()", 1),
    ("session.query(User).options(joinedload(User.posts)).order_by(User.id).first()", 1),
    ("session.query(User).options(joinedload(User.posts)).filter(User.id == 1).one()", 1),
    ("session.query(User).join(User.posts).order_by(User.id).all()", 1),
    ("session.query(User).join(User.posts).filter(Post.title == 'b').order_by(User.id).all()", 1),
    ("session.query(User).join(Post).order_by(User.id).all()", 1),
    ("session.query(User).join(Post, Post.user_id == User.id).order_by(User.id).all()", 1),
    ("session.query(User).outerjoin(User.posts).filter(Post.id == None).all()", 1),
    ("session.query(User).join(User.posts, isouter=True).order_by(User.id).all()", 1),
    ("session.query(User).join(User.posts).options(contains_eager(User.posts)).order_by(User.id, Post.id).all()", 1),
    ("session.query(User).join(User.posts).filter(User.name == 'ann').one()", 1),
    ("session.query(User).join(User.posts).filter(User.name == 'ann').one_or_none()", 1),
    ("session.query(User).join(User.posts).filter(User.name == 'ann').scalar()", 1),
    ("session.query(User).join(User.posts).order_by(Post.id.desc()).first()", 1),
    ("session.query(User).filter(User.id == Post.user_id).order_by(User.id).all()", 1),
    ("session.query(User, Post).join(User.posts).order_by(Post.id).all()", 2),
    ("session.query(User, Post).filter(User.id == Post.user_id).order_by(Post.id).all()", 2),
    (
        "session.query(User, func.count(Post.id)).join(User.posts).group_by(User.id)"
        ".having(func.count(Post.id) > 1).all()",
        1,
    ),
    ("session.query(User.name, User.id).order_by(User.id).all()", 0),
    ("session.query(User.name).order_by(User.id).all()", 0),
    ("session.query(User.name).join(User.posts).order_by(Post.id).all()", 0),
    ("session.query(User.name).filter_by(id=2).all()", 0),
    ("session.query(Post.title).distinct().all()", 0),
    ("session.query(u).filter(u.name == 'ann').all()", 1),
    ("session.query(User).filter(User.id.in_(session.query(Post.user_id))).order_by(User.id).all()", 1),
    ("session.query(User).first()", 1),
    ("session.query(User).filter_by(name='nobody').first()", 1),
    ("session.query(User).order_by(User.id).offset(1).first()", 1),
    ("session.query(User.name).order_by(User.id).first()", 0),
    ("session.query(User.name).filter_by(id=9).first()", 0),
    ("session.query(User).filter_by(name='ann').one()", 1),
    ("session.query(User).filter_by(name='nobody').one()", 1),
    ("session.query(User).one()", 1),
    ("session.query(User).one_or_none()", 1),
    ("session.query(User).filter_by(name='nobody').one_or_none()", 1),
    ("session.query(User.name, User.id).filter_by(id=1).one()", 0),
    ("session.query(User).filter_by(id=1).scalar()", 1),
    ("session.query(User).scalar()", 1),
    ("session.query(User.name).filter_by(id=1).scalar()", 0),
    ("session.query(User.name).filter_by(id=9).scalar()", 0),
    ("session.query(User.name).scalar()", 0),
    ("session.query(User.name, User.id).filter_by(id=1).scalar()", 0),
    ("session.query(User, User.id).filter_by(id=1).scalar()", 1),
    ("session.query(func.count(User.id)).scalar()", 0),
    ("session.query(func.max(User.id)).filter(User.id > 99).scalar()", 0),
    ("session.query(func.count(Post.id)).group_by(Post.user_id).scalar()", 0),
    ("session.query(User).order_by(User.id)", 1),
    ("session.query(User).join(User.posts).order_by(User.id)", 1),
    ("session.query(User.name).order_by(User.id)", 0),
]


@pytest.mark.parametrize(("chain", "entities"), SAME_SQL, ids=[chain for chain, _ in SAME_SQL])
def test_does_the_same(database: Database, chain: str, entities: int) -> None:
    changed = to_select(chain, entities)
    assert ".query(" not in changed.replace("in_(session.query", "in_(")
    result, statements = database.run(chain if not _iterates(chain) else f"iter({chain})")
    assert (result, statements) == database.run(changed)


def _iterates(chain: str) -> bool:
    return not chain.endswith(("all()", "first()", "one()", "one_or_none()", "scalar()", "count()"))


COUNTS = [
    "session.query(User).count()",
    "session.query(User).filter(User.id > 1).filter_by(name='ben').count()",
    "session.query(Admin).count()",
    "session.query(User).filter(User.id == Post.user_id).count()",
]


@pytest.mark.parametrize("chain", COUNTS)
def test_counts_the_same(database: Database, chain: str) -> None:
    changed = to_select(chain)
    assert changed.startswith("session.scalar(select(func.count()).select_from(")
    assert database.run(chain)[0] == database.run(changed)[0]


def test_a_caller_may_know_more(database: Database) -> None:
    chain = "session.query(User).filter(u.name == User.name, User.id == Post.user_id).order_by(User.id).all()"
    assert ".unique()" in to_select(chain, unique="true")
    assert ".unique()" not in to_select(chain, unique="false")
    assert database.run(chain) == database.run(to_select(chain, unique="true"))
    assert database.run(chain) != database.run(to_select(chain, unique="false"))


# ---------------------------------------------------------------- what it looks like

LOOKS = {
    "an entity": ("s.query(A).all()", "s.scalars(select(A)).all()"),
    "criteria": (
        "self.db.session.query(A).filter(A.b == c).all()",
        "self.db.session.scalars(select(A).where(A.b == c)).all()",
    ),
    "a join": ("s.query(A).join(A.b).all()", "s.scalars(select(A).join(A.b)).unique().all()"),
    "a constant is no class": (
        "s.query(A).filter(A.b == E.OPEN).all()",
        "s.scalars(select(A).where(A.b == E.OPEN)).all()",
    ),
    "another class": (
        "s.query(A).filter(A.b == m.B.c).all()",
        "s.scalars(select(A).where(A.b == m.B.c)).unique().all()",
    ),
    "the class by its module": (
        "s.query(m.A).filter(m.A.b == c).all()",
        "s.scalars(select(m.A).where(m.A.b == c)).all()",
    ),
    "first": ("s.query(A).first()", "s.scalars(select(A).limit(1)).first()"),
    "scalar": ("s.query(A).scalar()", "s.scalars(select(A)).one_or_none()"),
    "count": ("s.query(A).filter(b).count()", "s.scalar(select(func.count()).select_from(A).where(b))"),
    "arguments over lines": (
        "x = s.query(A).filter(\n    A.é == b,  # b\n).all()",
        "x = s.scalars(select(A).where(\n    A.é == b,  # b\n)).all()",
    ),
    "a chain over lines": (
        "def f():\n    return (\n        s.query(A)\n        .filter(A.b == c)  # b\n"
        "        # d\n        .order_by(A.d)\n        .all()\n    )",
        "def f():\n    return (\n        s.scalars(\n            select(A)\n            .where(A.b == c)  # b\n"
        "            # d\n            .order_by(A.d)\n        )\n        .all()\n    )",
    ),
    "first over lines": (
        "x = (\n    s.query(A)\n    .filter(b)  # b\n    .first()\n)",
        "x = (\n    s.scalars(\n        select(A)\n        .where(b)\n        .limit(1)\n    )  # b\n    .first()\n)",
    ),
    "unique over lines": (
        "x = (\n\ts.query(A)\n\t.join(\n\t\tB,\n\t)\n\t.all()\n)",
        "x = (\n\ts.scalars(\n\t\tselect(A)\n\t\t.join(\n\t\t\tB,\n\t\t)\n\t)\n\t.unique()\n\t.all()\n)",
    ),
    "entities over lines": (
        "x = s.query(\n    A.b,\n    A.c,\n).all()",
        "x = s.execute(select(\n    A.b,\n    A.c,\n)).all()",
    ),
    "backslashes": (
        "x = s.query(A) \\\n    .filter(b) \\\n    .all()",
        "x = s.scalars(select(A) \\\n    .where(b)) \\\n    .all()",
    ),
    "in a header": ("for a in s.query(A).filter(b):\n    c", "for a in s.scalars(select(A).where(b)):\n    c"),
    "in parentheses": ("x = (s.query(A).all())[0]", "x = (s.scalars(select(A)).all())[0]"),
    "CRLF": (
        "x = (\r\n    s.query(A)\r\n    .filter(b)\r\n    .all()\r\n)\r\n",
        "x = (\r\n    s.scalars(\r\n        select(A)\r\n        .where(b)\r\n    )\r\n    .all()\r\n)\r\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), LOOKS.values(), ids=LOOKS)
def test_looks(before: str, after: str) -> None:
    program = Program(before)
    found = re.search(
        r"(self\.db\.session|s)\.query\(.*(?:all|first|scalar|count)\(\)|s\.query\(A\)\.filter\(b\)", before, re.DOTALL
    )
    assert found is not None
    entities = "0" if "A.b,\n" in before else "1"
    assert program.fixed(Transform(program.at(found[0]), "query-to-select", {"entities": entities})) == after


def test_other_names() -> None:
    assert to_select("s.query(A).count()", select="sa.select", func="sa.func") == (
        "s.scalar(sa.select(sa.func.count()).select_from(A))"
    )


def test_flask() -> None:
    args = {"session": "db.session", "select": "db.select"}
    assert to_select("A.query.filter_by(b=1).first()", **args) == (
        "db.session.scalars(db.select(A).filter_by(b=1).limit(1)).first()"
    )
    assert to_select("models.A.query.all()", **args) == "db.session.scalars(db.select(models.A)).all()"


REFUSED = {
    "with another method": ("s.query(A).with_for_update().all()", "no simple counterpart"),
    "updates": ("s.query(A).update({})", "no simple counterpart"),
    "get_or_404": ("s.query(A).get_or_404(1)", "no simple counterpart"),
    "criteria after a limit": ("s.query(A).limit(1).filter(b).all()", "after a limit"),
    "filter_by after a join": ("s.query(A).join(A.b).filter_by(c=1).all()", "another entity"),
    "filter_by with another class": ("s.query(A).filter(A.b == B.c).filter_by(c=1).all()", "another entity"),
    "filter_by on a function": ("s.query(func.count(A.id)).filter_by(c=1).scalar()", "another entity"),
    "filter_by with two entities": ("s.query(A, B).filter_by(c=1).all()", "another entity"),
    "a join by name": ("s.query(A).join('b').all()", "a join that select"),
    "a join with old options": ("s.query(A).join(A.b, aliased=True).all()", "a join that select"),
    "a join along two": ("s.query(A).join(A.b, B.c).all()", "two relationships"),
    "a join with what is not known": ("s.query(A).join(*b).all()", "a join that select"),
    "distinct in an order": ("s.query(A).distinct().order_by(b).all()", "distinct"),
    "order_by(False)": ("s.query(A).order_by(False).all()", "order_by"),
    "first of a limit": ("s.query(A).limit(5).first()", "limit of the chain"),
    "a count of a join": ("s.query(A).join(A.b).count()", "counted"),
    "a count of a limit": ("s.query(A).limit(1).count()", "counted"),
    "no chain": ("f(a)", "no chain"),
    "no entities": ("s.query().all()", "without entities"),
    "keywords": ("s.query(entity=A).all()", "without entities"),
    "a terminal with arguments": ("s.query(A).all(1)", "no arguments"),
    "parentheses in the chain": ("(s.query(A)).all()", "parentheses inside"),
}


@pytest.mark.parametrize(("chain", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(chain: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        to_select(chain)


def test_refused_for_what_the_rule_says() -> None:
    with pytest.raises(CannotFix, match="ends in something else"):
        to_select("s.query(A).all()", terminal="first")
    assert to_select("s.query(A)", terminal="iterate") == "s.scalars(select(A))"
    with pytest.raises(CannotFix, match="counted"):
        to_select("s.query(A.b).count()", 0)
    with pytest.raises(CannotFix, match="no chain"):
        to_select("A.query.all()")
